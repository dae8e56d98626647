"""The wall as text: what is open, which clocks run out, what is being changed, every market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from incidents import queries
from incidents.queries import Line, Silent
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.trend_queries import StepMemory
from web import words
from web.noc import wall_lists
from web.noc.banners import banners
from web.noc.changing import changing, count_by_market
from web.noc.tiles import LocalTime, Tile, tiles
from web.noc.wall_lists import Row

MOST_LINES, FEW_LINES = 4, 2
FEW_MARKETS, ROW_OF_MARKETS, TWO_ROWS = 3, 8, 16
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
    unseen: Sequence[str]
    seen_again: Sequence[str]
    why: str
    hurts: Sequence[Hurt]
    silent: str = ""  # alerts of it that nobody repeats any more
    is_silent: bool = False  # all of them: whether it still fails is not known

    @property
    def tone(self) -> str:
        """Return the tone of its markets."""
        return self.priority.lower()


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
    changing: int
    tiles: Sequence[Tile]
    banners: Sequence[str]
    last_closed: str = ""

    @property
    def is_calm(self) -> bool:
        """Tell whether little is open: the markets take the room."""
        return self.lead is None or len(self.lines) <= FEW_LINES

    @property
    def draws_load(self) -> bool:
        """Tell whether there is room for the line of transactions per second."""
        return len(self.tiles) <= ROW_OF_MARKETS

    @property
    def shape(self) -> str:
        """Return how the tiles are laid out: so many a row, wide when few, lower when many."""
        number = len(self.tiles)
        rows = 1 if number <= ROW_OF_MARKETS else 2 if number <= TWO_ROWS else 3
        kind = "few" if number <= FEW_MARKETS else ("", "dense", "tight")[rows - 1]
        return f"a-row-{min(ROW_OF_MARKETS, -(-number // rows))} {kind}".strip()


def wall(work: Work, memory: StepMemory | None = None) -> WallView:
    """Return the wall for the actor, in a fixed number of statements."""
    found = queries.wall(work)
    lead = found.lead if found.lead and found.lead.priority in _URGENT else None
    others = found.lines[1:] if lead else found.lines
    clocks = wall_lists.clocks(work, found.lines)
    changed = changing(work)
    most = wall_lists.MOST_CHANGES if clocks.rows else wall_lists.MOST_ALONE
    changes = wall_lists.changes(work, changed, most)
    markets = tiles(work, found.worst, found.unseen, memory, count_by_market(work, changed))
    shown = others[: _most_lines(len(markets))]
    silent = queries.silent(work, [each.id for each in found.lines])
    names = _names(work, [each.code for each in markets])
    resting = 0 if lead else sum(each.priority in _URGENT for each in found.lines)
    return WallView(
        heading=_heading(work, names),
        today=words.day(work.now, work.now),
        quarters=_quarters(work),
        counts=[Count(each, found.counts[each]) for each in Priority],
        critical=[str(each.id) for each in found.lines if each.priority is Priority.P1],
        lead=_lead(lead, clocks.next_due.get(lead.id, ("", "")), silent.get(lead.id), work.now)
        if lead
        else None,
        nothing=_nothing(found.counts[Priority.P4], resting, _where(work, names)),
        list_title="Other open incidents" if lead or resting else "Low priority, for the day shift",
        list_note=_more(others[len(shown) :], found.more),
        lines=[_row(each, silent.get(each.id), work.now) for each in shown],
        clocks=clocks.rows,
        clocks_note=clocks.note,
        changes=changes.rows,
        changes_note=changes.note,
        changing=changed.now,
        tiles=markets,
        banners=banners(work),
        last_closed="" if lead else _last_ended(work),
    )


def _most_lines(markets: int) -> int:
    """Return for how many other incidents there is room beside so many markets."""
    return MOST_LINES if markets <= ROW_OF_MARKETS else FEW_LINES


def _names(work: Work, codes: Sequence[str]) -> list[str]:
    markets = estate_queries.current(work).markets
    return [markets[code].name for code in codes]


def _sees_all(work: Work) -> bool:
    return EVERYWHERE in work.actor.markets(Permission.INCIDENT_SEE)


def _heading(work: Work, names: Sequence[str]) -> str:
    """Return what is shown: how many markets, or by name the few that somebody sees of more."""
    if names and len(names) <= FEW_MARKETS and not _sees_all(work):
        return words.listed(names)
    return f"{words.cardinal(len(names))} market{'' if len(names) == 1 else 's'}"


def _where(work: Work, names: Sequence[str]) -> str:
    """Return where nothing is open, which for some is not everywhere."""
    if _sees_all(work):
        return "any market"
    if names and len(names) <= FEW_MARKETS:
        return words.listed(names)
    return "these markets" if work.actor.kind is ActorKind.KIOSK else "your markets"


def _last_ended(work: Work) -> str:
    last = queries.last_ended(work)
    if last is None:
        return "none has ended yet"
    word, at = ("closed", last.closed_at) if last.closed_at else ("resolved", last.resolved_at)
    return f"last one {word} {words.when(at, work.now)} UTC, {last.mark}"


def _quarters(work: Work) -> LocalTime | None:
    zone = work.settings.web.headquarters
    if not zone:
        return None
    return LocalTime(words.place(zone), zone, words.time(words.local(work.now, zone)))


def _nothing(low: int, resting: int, where: str) -> str:
    if resting:
        they = "one comes and goes" if resting == 1 else f"{words.cardinal(resting)} come and go"
        return f"No P1, P2 or P3 fails now in {where}; {they}."
    rest = "" if low else " Nothing else is open either."
    return f"No P1, P2 or P3 is open in {where}.{rest}"


def _more(rest: Sequence[Line], uncounted: int) -> str:
    number = len(rest) + uncounted
    if not number:
        return ""
    kinds = sorted({str(each.priority) for each in rest}) or ["lower"]
    return f"+ {words.exact(number)} more, {words.listed(kinds)}"


def _lead(line: Line, next_due: tuple[str, str], silent: Silent | None, now: datetime) -> Lead:
    age = words.age(now - line.opened_at)
    number = line.symptoms
    verb = "fails" if number == 1 else "fail"
    suffer = f"{words.counted(number, 'more component')} {verb} with it" if number else ""
    taken = f"with {line.owner}" if line.owner else "nobody has taken it"
    return Lead(
        priority=line.priority,
        title=words.cut(line.title, 60),
        shared=_shared(line),
        markets=line.hurt,
        unseen=line.unseen,
        seen_again=line.seen_again,
        why=" · ".join(filter(None, (suffer, f"open {age}", str(line.state), taken))),
        hurts=_hurts(line, next_due),
        silent=_silent(silent),
        is_silent=silent is not None and silent.is_whole,
    )


def _silent(silent: Silent | None) -> str:
    if silent is None:
        return ""
    if silent.is_whole:
        return "Alerts stale: their sources are silent, whether it still fails is not known"
    return f"{words.exact(silent.stale)} of {words.counted(silent.open, 'alert')} stale"


def _shared(line: Line) -> str:
    if not line.hurt and (line.unseen or line.seen_again):
        return ""
    return "Across" if len(line.hurt) > 1 else "In"


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


def _row(line: Line, silent: Silent | None, now: datetime) -> Row:
    taken = "" if line.owner else "nobody has taken it"
    stale = "alerts stale" if silent and silent.is_whole else ""
    codes = " ".join(line.hurt)
    unseen = f"not seen: {' '.join(line.unseen)}" if line.unseen else ""
    lost = ""
    if line.lost is not None and line.lost >= Decimal(1):
        lost = f"{words.short(line.lost)} transactions lost"
    return Row(
        priority=line.priority,
        title=line.title,
        sub=" · ".join(
            filter(
                None, (codes, unseen, stale, lost, words.cut(line.reason.rstrip("."), 90), taken)
            )
        ),
        right=words.age(now - line.opened_at),
        right_sub=str(line.state),
    )
