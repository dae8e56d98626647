"""When something was down, from single polls: stretches that polls prove, overlaps counted once."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from ssoc.core.calendar import Span

PROVES = 2  # intervals that one poll speaks for when no other follows


def proven(
    polls: Sequence[tuple[datetime, bool]], every: timedelta, until: datetime
) -> Iterator[Span]:
    """Yield the stretches in which one check was down.

    Args:
        polls: instant and whether the target said down, oldest first, answers or not.
        every: the interval of the check; a down poll proves at most two of them, since what
            lies in a gap is not known.
        until: the end of the question.

    """
    ends = [at for at, _ in polls[1:]] + [until]
    for (at, is_down), next_at in zip(polls, ends, strict=True):
        if is_down:
            yield Span(at, min(next_at, at + PROVES * every, until))


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the stretches in order, those that overlap or touch as one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.since <= found[-1].until:
            found[-1] = Span(found[-1].since, max(found[-1].until, span.until))
        else:
            found.append(span)
    return found


def total(spans: Iterable[Span]) -> timedelta:
    """Return the time the stretches take together, overlaps counted once."""
    return sum((span.length for span in merged(spans)), timedelta())
