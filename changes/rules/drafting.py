"""Every fault of what a requester wrote, in words, all at once. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from changes.draft import BadDraft, Draft
from changes.rules.reach import strangers
from changes.rules.types import Types
from changes.values import PlanStep
from ssoc.core.signs import is_blank
from ssoc.estate.values import Estate

LINE, NAME, TEAM, MARKET, TEXT = 255, 128, 64, 8, 4_000
MOST_MINUTES = 7 * 24 * 60
MOST_ROWS = 200
FIRST_YEAR, LAST_YEAR = 2000, 2099


def refuse_faults(draft: Draft, estate: Estate, types: Types, *, in_waves: bool = False) -> None:
    """Raise BadDraft that names every fault of ``draft`` at once."""
    found = list(faults(draft, estate, types, in_waves=in_waves))
    if found:
        raise BadDraft(found)


def faults(draft: Draft, estate: Estate, types: Types, *, in_waves: bool = False) -> Iterator[str]:
    """Yield every fault of ``draft`` as a sentence without its full stop.

    ``in_waves`` says that the change has waves: its window may be longer.
    """
    yield from _text_faults(draft)
    yield from _type_faults(draft, types)
    yield from _place_faults(draft, estate)
    yield from _time_faults(draft, types, in_waves)
    yield from step_faults(draft.steps, types)
    yield from _row_faults(draft, estate)


def _text_faults(draft: Draft) -> Iterator[str]:
    if is_blank(draft.title):
        yield "a change has a title; say what is changed"
    short: Mapping[str, int] = {
        **dict.fromkeys(("title",), LINE),
        **dict.fromkeys(("implementer", "verifier"), NAME),
        **dict.fromkeys(("team", "vendor", "external_reference"), TEAM),
        **dict.fromkeys(("purpose", "rollback_plan"), TEXT),
    }
    for name, most in short.items():
        if len(getattr(draft, name)) > most:
            yield f"the {name.replace('_', ' ')} is longer than {most} signs; shorten it"
    if any(len(each) > NAME or not each.strip() for each in draft.people):
        yield f"people are named by 1 to {NAME} signs each"


def _type_faults(draft: Draft, types: Types) -> Iterator[str]:
    known = types.get(draft.type)
    if known is None:
        yield f"there is no type {draft.type[:32]!r}; there are {', '.join(types.known)}"
        return
    strange = sorted(set(draft.markets) - set(known.markets)) if known.markets else []
    if strange:
        yield (
            f"the type {draft.type} is only for {', '.join(known.markets)}, and the change "
            f"touches {', '.join(strange)}; choose another type"
        )


def _place_faults(draft: Draft, estate: Estate) -> Iterator[str]:
    known = estate.markets
    for code in draft.markets:
        if code not in known:
            yield f"no market {code[:MARKET]!r}; there are: {', '.join(known) or 'none'}"
    yield from _component_faults(draft, estate)
    strange = [each for each in strangers(estate, draft.markets, draft.touched) if each in known]
    if strange:
        yield (
            f"nothing that the change touches is in {', '.join(strange)}, nor does anything there "
            "stand on it; take the market out, or name the component that is changed there"
        )
    vendors = {each.vendor for each in estate.components.values()} - {""}
    if draft.vendor and vendors and draft.vendor not in vendors:
        yield f"no vendor {draft.vendor[:TEAM]!r}; there are: {', '.join(sorted(vendors))}"
    if draft.vendor_must_attend and not draft.vendor:
        yield "a vendor must attend, and none is named; name the vendor"


def _component_faults(draft: Draft, estate: Estate) -> Iterator[str]:
    keys = [each.component for each in draft.touched]
    for key in sorted({each for each in keys if keys.count(each) > 1}):
        yield f"the component {key} stands twice; name it once, with its worst effect"
    for what, named in (
        ("component", keys),
        ("gate", draft.gates),
        ("component of the roll-back", draft.rollback_needs),
    ):
        for key in dict.fromkeys(named):
            if key not in estate.components:
                yield f"no {what} {key[:64]!r} is in the estate; choose one of its keys"


def _time_faults(draft: Draft, types: Types, in_waves: bool) -> Iterator[str]:
    for name in ("preparation", "rollback", "soak"):
        yield from _minute_faults(f"the {name}", getattr(draft, f"{name}_minutes"))
    minutes = min(max(0, draft.preparation_minutes), MOST_MINUTES)
    if timedelta(minutes=minutes) > types.longest_preparation:
        yield f"the preparation is longer than {_words(types.longest_preparation)}"
    named = (
        ("start", draft.starts_at),
        ("end", draft.ends_at),
        ("rehearsal", draft.rollback_rehearsed_at),
    )
    for name, at in named:
        if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
            yield f"the {name} lies in the year {at.year}; choose from {FIRST_YEAR} to {LAST_YEAR}"
    yield from _window_faults(draft.starts_at, draft.ends_at, types, in_waves)


def _window_faults(
    since: datetime | None, until: datetime | None, types: Types, in_waves: bool
) -> Iterator[str]:
    if since is None or until is None:
        if since is not until:
            missing = "start" if since is None else "end"
            yield f"the window has no {missing}; give both, or neither yet"
    elif until <= since:
        yield f"the window ends at {_at(until)}, not after it starts at {_at(since)}; correct one"
    elif until - since > (longest := types.longest(in_waves=in_waves)):
        more = types.longest(in_waves=True)
        waves = (
            f"plan its waves first, with a shorter window: with waves it may last {_words(more)}"
        )
        policy = "types.longest_window_in_waves" if in_waves else "types.longest_window"
        yield (
            f"the window is longer than {_words(longest)}; "
            f"{f'{waves}; or ' if more > longest else ''}"
            f"plan several changes, or set {policy} in the policy"
        )


def _minute_faults(what: str, minutes: int) -> Iterator[str]:
    if minutes < 0:
        yield f"{what} takes {minutes} minutes; give 0 or more"
    elif minutes > MOST_MINUTES:
        yield f"{what} takes {minutes} minutes; a week, {MOST_MINUTES}, is the most"


def step_faults(steps: Sequence[PlanStep], types: Types) -> Iterator[str]:
    """Yield what is wrong with the steps of a plan."""
    if len(steps) > types.most_steps:
        yield f"the plan has {len(steps)} steps; {types.most_steps} is the most, set by the policy"
    positions = [each.position for each in steps]
    if positions != list(range(1, len(steps) + 1)):
        yield "the steps are not numbered 1, 2, 3 … in their order"
        return
    for step in steps:
        yield from _step_faults(step, len(steps))
    round_about = circle(steps)
    if round_about:
        path = " → ".join(str(each) for each in round_about)
        yield f"the steps wait for each other in a circle: {path}; take one of these needs out"


def _step_faults(step: PlanStep, most: int) -> Iterator[str]:
    here = f"step {step.position}"
    if is_blank(step.title):
        yield f"{here} has no title; say what is done"
    if len(step.title) > LINE or len(step.owner) > NAME:
        yield f"{here}: its title may have {LINE} signs, its owner {NAME}; shorten it"
    if len(step.check) > TEXT or len(step.undo) > TEXT:
        yield f"{here}: its check and undo may have {TEXT} signs each; shorten them"
    yield from _minute_faults(here, step.planned_minutes)
    for needed in step.needs:
        if not 1 <= needed <= most:
            yield f"{here} waits for step {needed}, and there is none; there are 1 to {most}"
        elif needed == step.position:
            yield f"{here} waits for itself; take that out"


def circle(steps: Sequence[PlanStep]) -> list[int]:
    """Return one circle of steps that wait for each other, its first again at the end; or none.

    A step that names no others waits for the one before it.
    """
    needs = {
        each.position: [n for n in each.needs or (each.position - 1,) if n != each.position]
        for each in steps
    }
    done: set[int] = set()
    for start in needs:
        found = _walk(start, needs, done)
        if found:
            return found
    return []


def _walk(start: int, needs: Mapping[int, Sequence[int]], done: set[int]) -> list[int]:
    """Walk from ``start`` without recursion; what was left without a circle goes into ``done``."""
    path, ahead = [start], [iter(needs.get(start, ()))]
    while path:
        step = next((each for each in ahead[-1] if each not in done), None)
        if step is None:
            done.add(path.pop())
            ahead.pop()
        elif step in path:
            return [*path[path.index(step) :], step]
        else:
            path.append(step)
            ahead.append(iter(needs.get(step, ())))
    return []


def _row_faults(draft: Draft, estate: Estate) -> Iterator[str]:
    for what, rows in (
        ("tests", draft.tests),
        ("notices", draft.notices),
        ("trainings", draft.trainings),
        ("people", draft.people),
        ("components", draft.touched),
    ):
        if len(rows) > MOST_ROWS:
            yield f"there are {len(rows)} {what}; {MOST_ROWS} is the most"
    for test in draft.tests:
        yield from _named("a test", "name", test.name, test.evidence)
    for notice in draft.notices:
        yield from _named("a notice", "receiver", notice.to, notice.text)
        if notice.market and notice.market not in estate.markets:
            yield f"the notice to {notice.to[:NAME]} names no market we know: {notice.market[:8]!r}"
        if not 0 <= notice.hours_before <= 24 * 90:
            yield f"the notice to {notice.to[:NAME]} goes 0 to 2160 hours before the window"
    for training in draft.trainings:
        yield from _named("a training", "audience", training.audience, training.subject)


def _named(what: str, part: str, name: str, more: str) -> Iterator[str]:
    if is_blank(name):
        yield f"{what} has no {part}; give it or leave the row empty"
    if len(name) > LINE or len(more) > TEXT:
        yield f"{what}: its {part} may have {LINE} signs, its text {TEXT}; shorten it"


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"


def _words(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"
