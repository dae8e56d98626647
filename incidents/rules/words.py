"""The reasons in words: why there is one incident, and why a component belongs to it."""

import re
from collections.abc import Sequence
from datetime import datetime

from incidents.rules.correlation import Failing
from incidents.rules.wording import MOST_NAMES, Across, Named, Part, Quoted, Told, phrase, when
from ssoc.core.signs import calm

ALL_CLEAR = "All clear since "


def cause_reason(
    cause: Failing, above: int, markets: int, unseen: Sequence[str], by_hand: int = 0
) -> Told:
    """Return why the incident stands here.

    Args:
        cause: what fails.
        above: how many failing components depend on it.
        markets: how many markets these are in.
        unseen: what the cause itself needs and nobody sees, by key.
        by_hand: how many fail here that do not depend on it: a person put them here.

    """
    name = Named((cause.component,))
    who = f"{_components(above)}{_in_markets(markets)}"
    if cause.is_suspected:
        that = f"Suspected: {who} {_verb(above, 'need')} "
        put = f" {_put_here(by_hand)}." if by_hand else ""
        return (that, name, f" and {_verb(above, 'fail')}, but it does not report itself.{put}")
    told: list[Part] = [name, f" {cause.severity.word} since ", when(cause.since)]
    if above:
        told.append(
            f"; {who} {_verb(above, 'need')} it and {_verb(above, 'fail')} too, "
            "with nothing healthy between"
        )
    if by_hand:
        told.append(f"; {_put_here(by_hand)}")
    if unseen:
        seen = f" {_is(len(unseen))} not seen: the cause may lie there"
        told += [". Of what it needs, ", Named(tuple(unseen)), seen]
    return (*told, ".")


def link_reason(markets: Sequence[str], since: datetime) -> Told:
    """Return why markets that stopped answering are one incident on the way to them."""
    whose = "it is" if len(markets) == 1 else "they are"
    how = "" if len(markets) == 1 else " together"
    return (
        Across(tuple(markets)),
        f" stopped answering{how}, since ",
        when(since),
        f": our link is suspected; {whose} not seen, not down.",
    )


def watch_reason(component: str, since: datetime) -> Told:
    """Return why an incident is about our watching alone."""
    name = Named((component,))
    return ("We cannot watch ", name, " as meant since ", when(since), "; it may well work.")


def kept_reason(clear: datetime, until: datetime) -> Told:
    """Return why an incident is open although nothing fails in it."""
    return (ALL_CLEAR, when(clear), "; kept open until ", when(until), " because it flapped.")


def symptom_reason(way: Sequence[str]) -> Told:
    """Return why a symptom belongs to its cause, from the components on the way down to it."""
    if len(way) < 2:
        return ("in a circle with the cause",)
    through: Told = (" through ", Named(tuple(way[1:-1]))) if way[1:-1] else ()
    return ("needs ", Named((way[-1],)), *through)


def outlived(component: str) -> Told:
    """Return why a former symptom stands alone."""
    return (Named((component,)), " has cleared and this still fails")


def cause_cleared(others: Sequence[tuple[str, str]]) -> Told:
    """Return why an incident is over although ``others``, components and incidents, still fail.

    An incident may be empty: what fails has none of its own yet.
    """
    told: list[str | Named | Quoted] = ["over: its cause has cleared"]
    for component, number in others[:MOST_NAMES]:
        told += ["; ", Named((component,)), f" goes on as {number}" if number else " still fails"]
    more = tuple(component for component, _ in others[MOST_NAMES:])
    if more:
        told.append(f"; {len(more)} more still fail{'s' if len(more) == 1 else ''}")
    return tuple(told)


def joined(components: Sequence[str]) -> Told:
    """Return which components fail with the cause now."""
    who = "1 more component fails" if len(components) == 1 else f"{len(components)} more fail"
    return (f"{who} with it: ", Named(tuple(components)))


def title(component: str, name: str, words: str, markets: Sequence[str], instead: str) -> Told:
    """Return a title: the component, and what the worst of its alerts says of it.

    Args:
        component: the cause, by key.
        name: its name, which the alert need not say again.
        words: of the alert; who does not see all ``markets`` reads ``instead``.
        markets: of the alert; none when it has none.
        instead: what may be said to everybody.

    """
    said = headline(without_name(words, component, name))
    if not said:
        return (Named((component,)),)
    return (Named((component,)), ": ", Quoted(said, tuple(markets), instead))


def own_title(words: str, name: str, market: str) -> Told:
    """Return the title of an alert that ssoc raised about no component: its sentence says it all.

    Who does not see its market reads the name of the alert instead.
    """
    return (Quoted(headline(words), (market,) if market else (), name),)


def unplaced_title(place: str, alerts: int) -> Told:
    """Return the title of several alerts of one name that no component of the estate explains."""
    more = alerts - 1
    return (
        Named((place,)),
        f" and {more} more alert{'' if more == 1 else 's'} of no known component",
    )


def without_comment(held: str) -> str:
    """Return what holds pages and until when, without what a person wrote about it."""
    return held.partition(": ")[0]


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Return names in one phrase, the rest as a number."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return phrase(names)


def _components(count: int) -> str:
    return f"{count} component{'' if count == 1 else 's'}"


def _put_here(count: int) -> str:
    was = "was" if count == 1 else "were"
    return f"{_components(count)} {was} put here by hand"


def _in_markets(count: int) -> str:
    return f" in {count} markets" if count > 1 else ""


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


_DETAIL = re.compile(r" \(|, limit |, \d+ of \d+ polls|; ")
_BETWEEN = " \t:,;.-–—|/"


def headline(summary: str) -> str:
    """Return the symptom for a title: what is wrong with its yardstick, without how it was found.

    ``says it is down (status fail), 3 of 3 polls`` is ``says it is down``.
    """
    words = " ".join(calm(summary).split())
    cut = _DETAIL.split(words, maxsplit=1)[0].rstrip(" .:,")
    return cut or words


def without_name(words: str, *names: str) -> str:
    """Return ``words`` without the component's own name in front, however often it stands there."""
    words = " ".join(calm(words).split())
    for _ in range(MOST_NAMES):
        shorter = next((rest for each in names if (rest := _after(words, each)) is not None), None)
        if shorter is None:
            return words
        words = shorter
    return words


def _after(words: str, name: str) -> str | None:
    if not name or not words.casefold().startswith(name.casefold()):
        return None
    rest = words[len(name) :]
    if rest and rest[0].strip(_BETWEEN):  # a longer word that only begins alike
        return None
    return rest.strip(_BETWEEN)
