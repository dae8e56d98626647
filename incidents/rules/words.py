"""The reasons in words: why there is one incident, and why a component belongs to it."""

import re
from collections.abc import Callable, Sequence

from incidents.rules.correlation import Failing

Name = Callable[[str], str]
MOST_NAMES = 4


def cause_reason(name: str, cause: Failing, above: int, markets: int, unseen: Sequence[str]) -> str:
    """Return why the incident stands here.

    Args:
        name: of the cause.
        cause: what fails.
        above: how many failing components depend on it.
        markets: how many markets these are in.
        unseen: names of what the cause itself needs and nobody sees.

    """
    if cause.is_suspected:
        return (
            f"Suspected: {_components(above)}{_in_markets(markets)} above {name} "
            f"{_verb(above, 'fail')}, and it does not report itself."
        )
    text = f"{name} {cause.severity.word} since {cause.since:%H:%M}"
    if above:
        text += (
            f"; {_components(above)}{_in_markets(markets)} above {_verb(above, 'depend')} on it "
            "and no healthy one lies between"
        )
    if unseen:
        text += f". Below it {listed(unseen)} {_is(len(unseen))} not seen: the cause may lie there"
    return f"{text}."


def symptom_reason(names: Sequence[str]) -> str:
    """Return why a symptom belongs to its cause, from the names on the way down to it."""
    if len(names) < 2:
        return "in a circle with the cause"
    between = names[1:-1]
    through = f" through {listed(between)}" if between else ""
    return f"needs {names[-1]}{through}"


def outlived(name: str) -> str:
    """Return why a former symptom stands alone."""
    return f"{name} has cleared and this still fails"


def cause_cleared(others: Sequence[tuple[str, str]]) -> str:
    """Return why an incident is over although ``others``, names and their incidents, still fail.

    An incident may be empty: what fails has none of its own yet.
    """
    parts = [
        f"{name} goes on as {number}" if number else f"{name} still fails"
        for name, number in others
    ]
    return f"over: its cause cleared; {listed(parts)}"


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Return names in one phrase, the rest as a number."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _components(count: int) -> str:
    return f"{count} component{'' if count == 1 else 's'}"


def _in_markets(count: int) -> str:
    return f" in {count} markets" if count > 1 else ""


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


_DETAIL = re.compile(r" \(|, limit |, \d+ of \d+ polls|; ")


def headline(summary: str) -> str:
    """Return the symptom for a title: what is wrong with its yardstick, without how it was found.

    ``says it is down (status fail), 3 of 3 polls`` is ``says it is down``.
    """
    words = " ".join(summary.split())
    cut = _DETAIL.split(words, maxsplit=1)[0].rstrip(" .:,")
    return cut or words
