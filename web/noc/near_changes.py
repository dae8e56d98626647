"""What was changed near an incident: the change log and windows, nearest in time first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.queries import IncidentPage
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from ssoc.monitoring import queries
from ssoc.monitoring.queries import LoggedChange
from ssoc.monitoring.rules.windows import Window, WindowState
from web import words

WITHIN = timedelta(days=3)
MOST = 8
_FAR = 9


@dataclass(frozen=True)
class ChangeLine:
    """One change: what, where, how far from the cause, when."""

    title: str
    sub: str
    where: str
    distance: str
    when: str
    before: str
    href: str = ""


@dataclass(frozen=True)
class _Found:
    at: datetime
    title: str
    sub: str
    components: Sequence[str]
    href: str = ""


def near(work: Work, page: IncidentPage, estate: Estate) -> list[ChangeLine]:
    """Return changes and windows on the cause, on what it needs and on what suffers."""
    opened = page.line.opened_at
    hops = distances(estate, page.line.component, [node.component for node in page.nodes])
    found = [_logged(each) for each in _changes(work, opened, [*hops], page.line.markets)]
    found += [
        _announced(each, work.now)
        for each in _windows(work, opened)
        if _touches(each, hops, page.line.markets)
    ]
    found.sort(key=lambda each: (abs(each.at - opened), _hops(each, hops)))
    return [_line(each, hops, estate, opened, work.now) for each in found[:MOST]]


def _changes(
    work: Work, opened: datetime, components: Sequence[str], markets: Sequence[str]
) -> list[LoggedChange]:
    if not work.actor.markets(Permission.ALERT_SEE):
        return []
    return queries.changes(work, components, opened - WITHIN, 50, markets)


def _windows(work: Work, opened: datetime) -> list[Window]:
    if not work.actor.markets(Permission.ALERT_SEE):
        return []
    days = max(1, (work.now - opened + WITHIN).days + 1)
    return [
        each
        for each in queries.windows(work, days)
        if each.state(work.now) not in {WindowState.UPCOMING, WindowState.CANCELLED}
        and each.ends_at >= opened - WITHIN
    ]


def distances(estate: Estate, cause: str, also: Sequence[str]) -> dict[str, int]:
    """Return components near the cause with their hops: below it negative, above it positive."""
    found = dict.fromkeys(also, _FAR)
    for sign, edges in ((-1, estate.needs), (1, estate.needed_by)):
        level = {cause}
        for hop in (1, 2, 3):
            level = {
                (edge.needs if sign < 0 else edge.component)
                for each in level
                for edge in edges.get(each, ())
            }
            for each in level:
                if found.get(each, _FAR) == _FAR:
                    found[each] = sign * hop
    found[cause] = 0
    return found


def _touches(window: Window, hops: Mapping[str, int], markets: Sequence[str]) -> bool:
    return any(window.covers(each, market) for each in hops for market in markets or ("",))


def _logged(change: LoggedChange) -> _Found:
    href = next((each.get("href", "") for each in change.links), "")
    is_web = href.startswith(("https://", "http://"))
    return _Found(
        change.at,
        change.summary or change.reference,
        " · ".join(filter(None, (change.reference, change.source, change.market))),
        [change.component or change.market],
        href if is_web else "",
    )


def _announced(window: Window, now: datetime) -> _Found:
    state = window.state(now)
    end = window.ended_at or window.ends_at
    words_of = {WindowState.OPEN: "open until", WindowState.OVERRUN: "overrun since"}
    sub = f"window {words_of.get(state, 'ended')} {words.when(end, now)} UTC"
    return _Found(
        window.starts_at,
        window.title,
        " · ".join(filter(None, (window.reference, sub))),
        sorted(window.components) or sorted(window.markets),
    )


def _hops(found: _Found, hops: Mapping[str, int]) -> int:
    return min((abs(hops.get(each, _FAR)) for each in found.components), default=_FAR)


def _line(
    found: _Found, hops: Mapping[str, int], estate: Estate, opened: datetime, now: datetime
) -> ChangeLine:
    nearest = min(found.components, key=lambda each: abs(hops.get(each, _FAR)), default="")
    early = opened - found.at
    before = f"{words.age(abs(early))} {'before' if early >= timedelta(0) else 'after'}"
    return ChangeLine(
        found.title,
        found.sub,
        _name(estate, nearest) or "not placed",
        "the whole market" if nearest in estate.markets else _distance(hops.get(nearest, _FAR)),
        words.when(found.at, now),
        before,
        found.href,
    )


def _name(estate: Estate, place: str) -> str:
    """Return the name of a component, or of a market that was changed as a whole."""
    market = estate.markets.get(place)
    return market.name if market else estate.name_of(place)


def _distance(hops: int) -> str:
    if hops == 0:
        return "the cause itself"
    if abs(hops) >= _FAR:
        return "elsewhere in it"
    return f"{words.counted(abs(hops), 'hop')} {'below' if hops < 0 else 'above'}"
