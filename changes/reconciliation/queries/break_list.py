"""Breaks of all parallel runs under one filter: paged, counted, and whole for a file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.models import ParallelRun, ReconBreak, ReconRun
from changes.reconciliation.queries.days import break_view
from changes.reconciliation.queries.overview import MOST as MOST
from changes.reconciliation.queries.overview import NOBODY
from changes.reconciliation.queries.parallels import Known, business_days
from changes.reconciliation.rules.business import BusinessDays
from changes.reconciliation.rules.money import EXPONENTS, decimal_of
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.values import BreakView
from ssoc.core.calendar import local_date
from ssoc.core.errors import BadInput, TooLarge
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

PAGE = 100
MOST_AT_ONCE = 1_000  # judged
MOST_ROWS = 20_000  # of a file
MOST_AGE = 3_650
OLDEST, LARGEST = "oldest", "amount"
ORDERS = (OLDEST, LARGEST)
ANY = "any"
_LARGE = Decimal(10) ** 13


@dataclass(frozen=True)
class BreakFilter:
    """What is asked for; empty means all. ``state`` empty means open, ``age`` business days."""

    market: str = ""
    subjects: Collection[str] | None = None
    parallel_id: int = 0
    day: date | None = None
    state: str = ""
    kind: str = ""
    owner: str = ""
    age: int = 0
    amount: Decimal | None = None
    currency: str = ""
    words: str = ""
    order: str = OLDEST


@dataclass(frozen=True)
class ListedBreak:
    """One break and the parallel run it is of."""

    view: BreakView
    title: str
    subject: str
    market: str
    zone: str


@dataclass(frozen=True)
class Counted:
    """How many breaks of one class and currency, and what they are worth."""

    kind: BreakClass
    currency: str
    breaks: int
    value: Decimal


@dataclass(frozen=True)
class BreakList:
    """One page; ``unlisted`` breaks of these runs are counted by their days, and not in here.

    ``is_cut``: the filter has older parallel runs, whose breaks are not in here.
    """

    items: Sequence[ListedBreak]
    next: str
    counts: Sequence[Counted]
    unlisted: int
    is_cut: bool = False

    @property
    def whole(self) -> int:
        """Return how many breaks the filter leaves."""
        return sum(each.breaks for each in self.counts)


def page(work: Work, wanted: BreakFilter, cursor: str = "", limit: int = PAGE) -> BreakList:
    """Return one page of breaks, with what the whole filter leaves; a constant cost."""
    runs, is_cut = _runs(work, wanted)
    size = max(1, min(limit, 200))
    rows = work.session.execute(break_rows(work, wanted, runs, cursor).limit(size + 1)).all()
    items = _listed(work, [(each[0], runs[each[0].parallel_id]) for each in rows[:size]])
    after = _cursor(items[-1].view, wanted.order) if len(rows) > size else ""
    counts, unlisted = _counts(work, wanted, runs), _unlisted(work, wanted, runs)
    return BreakList(items, after, counts, unlisted, is_cut)


def numbers(work: Work, wanted: BreakFilter) -> list[int]:
    """Return the numbers of all breaks under a filter, to be judged at once."""
    rows = break_rows(work, wanted, _runs(work, wanted)[0], "").limit(MOST_AT_ONCE + 1)
    found = [each[0].id for each in work.session.execute(rows)]
    if len(found) > MOST_AT_ONCE:
        raise BadInput(
            f"the filter leaves more than {MOST_AT_ONCE} breaks; narrow it, by class or day"
        )
    return found


def whole(work: Work, wanted: BreakFilter) -> list[ListedBreak]:
    """Return all breaks under a filter, for a file."""
    runs, _ = _runs(work, wanted)
    rows = work.session.execute(break_rows(work, wanted, runs, "").limit(MOST_ROWS + 1)).all()
    if len(rows) > MOST_ROWS:
        raise TooLarge(
            f"the filter leaves more than {MOST_ROWS} breaks; narrow it, by class or day"
        )
    return _listed(work, [(each[0], runs[each[0].parallel_id]) for each in rows])


def _runs(work: Work, wanted: BreakFilter) -> tuple[dict[int, ParallelRun], bool]:
    """Return the newest parallel runs under a filter, and whether there are older ones."""
    rows = select(ParallelRun).where(work.visible(ParallelRun.market, Permission.CHANGE_SEE))
    if wanted.parallel_id:
        rows = rows.where(ParallelRun.id == wanted.parallel_id)
    if wanted.market:
        rows = rows.where(ParallelRun.market == wanted.market)
    if wanted.subjects is not None:
        rows = rows.where(ParallelRun.subject.in_(list(wanted.subjects)))
    found = list(work.session.scalars(rows.order_by(ParallelRun.id.desc()).limit(MOST + 1)))
    return {each.id: each for each in found[:MOST]}, len(found) > MOST


_DIFFERENCE: ColumnElement[int] = func.abs(
    func.coalesce(ReconBreak.new_amount, 0) - func.coalesce(ReconBreak.old_amount, 0)
)


def break_rows(
    work: Work, wanted: BreakFilter, runs: Mapping[int, ParallelRun], cursor: str
) -> Select[Any]:
    """Return the statement of a page, from behind its cursor."""
    rows = _narrowed(select(ReconBreak), work, wanted, runs)
    if wanted.order not in ORDERS:
        raise BadInput(f"no order {wanted.order[:16]!r}; there are {', '.join(ORDERS)}")
    if wanted.order == LARGEST:
        rows = rows.order_by(_DIFFERENCE.desc(), ReconBreak.id)
    else:
        rows = rows.order_by(ReconBreak.day, ReconBreak.id)
    return rows.where(_behind(cursor, wanted.order)) if cursor else rows


def _behind(cursor: str, order: str) -> ColumnElement[bool]:
    first, _, last = cursor.partition(".")
    try:
        number = int(last) if last.isascii() and last.isdecimal() and len(last) < 18 else -1
        at: Any = int(first) if order == LARGEST else date.fromisoformat(first)
    except ValueError:
        number = -1
    if number < 0 or len(first) > 18:
        raise BadInput(f"{cursor[:40]!r} is no cursor; take it from the page before")
    if order == LARGEST:
        return or_(at > _DIFFERENCE, and_(at == _DIFFERENCE, ReconBreak.id > number))
    return or_(ReconBreak.day > at, and_(ReconBreak.day == at, ReconBreak.id > number))


def _cursor(last: BreakView, order: str) -> str:
    if order == LARGEST:
        exponent = EXPONENTS.get(last.currency, 2)
        return f"{int(abs(last.difference).scaleb(exponent))}.{last.id}"
    return f"{last.day.isoformat()}.{last.id}"


def _narrowed(
    rows: Select[Any], work: Work, wanted: BreakFilter, runs: Mapping[int, ParallelRun]
) -> Select[Any]:
    found: Select[Any] = (
        rows.join(ReconRun, ReconRun.id == ReconBreak.run_id)
        .where(ReconBreak.parallel_id.in_(list(runs)), ReconRun.is_current)
        .where(*_of_state(wanted.state), *_plain(wanted), *_of_amount(wanted))
    )
    return found.where(_of_age(work, wanted.age, runs)) if wanted.age else found


def _of_state(state: str) -> list[ColumnElement[bool]]:
    if state == ANY:
        return []
    if state and state not in set(BreakState):
        raise BadInput(f"{state[:16]!r} is no state of breaks: {', '.join(BreakState)}, {ANY}")
    return [ReconBreak.state == BreakState(state or BreakState.OPEN)]


def _plain(wanted: BreakFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind:
        if wanted.kind not in set(BreakClass):
            raise BadInput(f"{wanted.kind[:16]!r} is no class of breaks: {', '.join(BreakClass)}")
        found.append(ReconBreak.kind == wanted.kind)
    if wanted.owner:
        found.append(ReconBreak.owner == ("" if wanted.owner == NOBODY else wanted.owner))
    if wanted.day:
        found.append(ReconBreak.day == wanted.day)
    if wanted.currency:
        found.append(ReconBreak.currency == wanted.currency)
    if wanted.words:
        found.append(ReconBreak.reference.icontains(wanted.words, autoescape=True))
    return found


def _of_amount(wanted: BreakFilter) -> list[ColumnElement[bool]]:
    """Return what differs by at least an amount, in whole units of each break's own currency."""
    if wanted.amount is None:
        return []
    if not wanted.amount.is_finite() or not 0 <= wanted.amount < _LARGE:
        raise BadInput("the amount must be between 0 and ten million million")
    least = [
        int(wanted.amount.scaleb(places).to_integral_value(ROUND_CEILING)) for places in (0, 2, 3)
    ]
    codes = [[code for code, places in EXPONENTS.items() if places == each] for each in (0, 3)]
    wanted_minor = case(
        (ReconBreak.currency.in_(codes[0]), least[0]),
        (ReconBreak.currency.in_(codes[1]), least[2]),
        else_=least[1],
    )
    return [wanted_minor <= _DIFFERENCE]


def _of_age(work: Work, age: int, runs: Mapping[int, ParallelRun]) -> ColumnElement[bool]:
    """Return breaks that are at least so many business days old, each on its own calendar."""
    if not 0 < age <= MOST_AGE:
        raise BadInput(f"the age must be from 0 to {MOST_AGE} business days")
    known: Known = {}
    by_day: dict[date, list[int]] = {}
    for row in runs.values():
        today = local_date(row.zone, work.now)
        day = _so_old(business_days(work, row, today, known), today, age)
        by_day.setdefault(day, []).append(row.id)
    some = [
        and_(ReconBreak.parallel_id.in_(ids), ReconBreak.day <= day) for day, ids in by_day.items()
    ]
    return or_(false(), *some)


def _so_old(open_days: BusinessDays, today: date, age: int) -> date:
    """Return the last day that is ``age`` business days before ``today``."""
    day, left = today, age
    for _ in range(2 * MOST_AGE):
        left -= open_days.is_open(day)
        day -= timedelta(days=1)
        if left <= 0:
            break
    return day


def _counts(work: Work, wanted: BreakFilter, runs: Mapping[int, ParallelRun]) -> list[Counted]:
    row = ReconBreak
    counted: Any = select(row.kind, row.currency, func.count(), func.sum(_DIFFERENCE))
    rows = _narrowed(counted, work, wanted, runs).group_by(row.kind, row.currency)
    found = [
        Counted(BreakClass(kind), currency, number, decimal_of(int(minor), currency))
        for kind, currency, number, minor in work.session.execute(rows)
    ]
    order = list(BreakClass)
    return sorted(found, key=lambda each: (order.index(each.kind), each.currency))


def _unlisted(work: Work, wanted: BreakFilter, runs: Mapping[int, ParallelRun]) -> int:
    rows = select(func.coalesce(func.sum(ReconRun.unlisted), 0)).where(
        ReconRun.parallel_id.in_(list(runs)), ReconRun.is_current
    )
    if wanted.day:
        rows = rows.where(ReconRun.day == wanted.day)
    return int(work.session.scalar(rows) or 0)


def _listed(work: Work, rows: Sequence[tuple[ReconBreak, ParallelRun]]) -> list[ListedBreak]:
    known: Known = {}
    calendars: dict[int, tuple[BusinessDays, date]] = {}
    found = []
    for each, run in rows:
        if run.id not in calendars:
            today = local_date(run.zone, work.now)
            calendars[run.id] = (business_days(work, run, today, known), today)
        view = break_view(each, *calendars[run.id])
        found.append(ListedBreak(view, run.title, run.subject, run.market, run.zone))
    return found
