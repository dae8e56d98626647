"""The wall as text: what is open, which clocks run out, what is being changed, every market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from incidents import queries
from incidents.queries import Line
from ssoc.core import jobs
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.monitoring import sample_queries
from web import words
from web.noc import wall_lists
from web.noc.tiles import LocalTime, Tile, tiles
from web.noc.wall_lists import Row

MOST_LINES, FEW_LINES = 4, 2
_URGENT = (Priority.P1, Priority.P2, Priority.P3)


@dataclass(frozen=True)
class Count:
    """How many incidents of one priority are open."""

    priority: str
    number: int


@dataclass(frozen=True)
class Hurt:
    """One figure of harm."""

    figure: str
    label: str
    unit: str = ""


@dataclass(frozen=True)
class Lead:
    """The most urgent incident."""

    priority: str
    title: str
    shared: str
    markets: Sequence[str]
    why: str
    hurts: Sequence[Hurt]


@dataclass(frozen=True)
class WallView:
    """Everything the wall shows."""

    heading: str
    today: str
    quarters: LocalTime | None
    counts: Sequence[Count]
    critical: Sequence[str]
    lead: Lead | None
    nothing: str
    list_title: str
    list_note: str
    lines: Sequence[Row]
    clocks: Sequence[Row]
    clocks_note: str
    changes: Sequence[Row]
    changes_note: str
    tiles: Sequence[Tile]
    banners: Sequence[str]
    last_closed: str = ""

    @property
    def is_calm(self) -> bool:
        """Tell whether little is open: the markets take the room."""
        return self.lead is None or len(self.lines) <= FEW_LINES


def wall(work: Work) -> WallView:
    """Return the wall for the actor, in a fixed number of statements."""
    found = queries.wall(work)
    lead = found.lines[0] if found.lines and found.lines[0].priority in _URGENT else None
    others = found.lines[1:] if lead else found.lines
    shown = others[:MOST_LINES]
    clocks = wall_lists.clocks(work, found.lines)
    changes = wall_lists.changes(work)
    markets = tiles(work, found.worst)
    return WallView(
        heading=f"{words.cardinal(len(markets))} market{'' if len(markets) == 1 else 's'}",
        today=words.day(work.now, work.now),
        quarters=_quarters(work),
        counts=[Count(each, found.counts[each]) for each in Priority],
        critical=[str(each.id) for each in found.lines if each.priority is Priority.P1],
        lead=_lead(lead, clocks.next_due.get(lead.id, ("", "")), work.now) if lead else None,
        nothing=_nothing(found.counts[Priority.P4]),
        list_title="Other open incidents" if lead else "Low priority, for the day shift",
        list_note=_more(others[MOST_LINES:], found.more),
        lines=[_row(each, work.now) for each in shown],
        clocks=clocks.rows,
        clocks_note=clocks.note,
        changes=changes.rows,
        changes_note=changes.note,
        tiles=markets,
        banners=_banners(work),
    )


def _quarters(work: Work) -> LocalTime | None:
    zone = work.settings.web.headquarters
    if not zone:
        return None
    return LocalTime(words.place(zone), zone, words.time(words.local(work.now, zone)))


def _nothing(low: int) -> str:
    rest = "" if low else " Nothing else is open either."
    return f"No P1, P2 or P3 is open in any market.{rest}"


def _more(rest: Sequence[Line], uncounted: int) -> str:
    number = len(rest) + uncounted
    if not number:
        return ""
    kinds = sorted({str(each.priority) for each in rest}) or ["lower"]
    return f"+ {words.exact(number)} more, {words.listed(kinds)}"


def _lead(line: Line, next_due: tuple[str, str], now: datetime) -> Lead:
    age = words.age(now - line.opened_at)
    suffer = f"{words.counted(line.symptoms, 'component')} above it suffer" if line.symptoms else ""
    taken = f"with {line.owner}" if line.owner else "nobody has taken it"
    return Lead(
        priority=line.priority,
        title=words.cut(line.title, 60),
        shared="Shared by" if len(line.markets) > 1 else "In",
        markets=line.markets,
        why=" · ".join(filter(None, (suffer, f"open {age}", str(line.state), taken))),
        hurts=_hurts(line, next_due),
    )


def _hurts(line: Line, next_due: tuple[str, str]) -> list[Hurt]:
    hurts = [Hurt(words.short(line.lost), "transactions lost")]
    if line.usd_lost is not None:
        hurts.append(Hurt(words.short(line.usd_lost), "not moved so far", "USD"))
    if line.lost_per_minute is not None:
        hurts.append(Hurt(words.short(line.lost_per_minute), "still being lost", "/ min"))
    if line.lost is None:
        hurts.append(Hurt(words.exact(line.alerts), "alerts"))
    span, label = next_due
    if span:
        hurts.append(Hurt(span, label))
    return hurts


def _row(line: Line, now: datetime) -> Row:
    taken = "" if line.owner else "nobody has taken it"
    codes = " ".join(line.markets)
    lost = ""
    if line.lost is not None and line.lost >= Decimal(1):
        lost = f"{words.short(line.lost)} transactions lost"
    return Row(
        priority=line.priority,
        title=line.title,
        sub=" · ".join(filter(None, (codes, lost, words.cut(line.reason.rstrip("."), 90), taken))),
        right=words.age(now - line.opened_at),
        right_sub=str(line.state),
    )


def _banners(work: Work) -> list[str]:
    banners = []
    if dead := jobs.scheduler_silent_since(work):
        banners.append(
            f"Scheduler silent since {_since(dead, work.now)}: no alert becomes an incident; "
            "start it again"
        )
    if silent := sample_queries.poller_silent_since(work):
        banners.append(
            f"Poller silent since {_since(silent, work.now)}: the figures below do not move; "
            "look at the scheduler"
        )
    return banners[:1]  # one line of the wall; a dead scheduler explains a silent poller


def _since(at: datetime, now: datetime) -> str:
    return f"{words.when(at, now)} UTC, {words.age(now - at)}"
