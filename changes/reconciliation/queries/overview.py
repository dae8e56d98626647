"""All parallel runs at a glance: where each stands, what is open, how old, and whose it is."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, or_, select

from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.models import ParallelRun, ReconBreak, ReconRun
from changes.reconciliation.queries.parallels import Known, business_days, views
from changes.reconciliation.rules.groups import Group, group_of, group_on
from changes.reconciliation.rules.money import decimal_of
from changes.reconciliation.values import ParallelView
from ssoc.core.calendar import local_date
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

MOST = 2_000  # reckoned at once; more are told, not shown
NOBODY = "-"  # an owner that is none


@dataclass(frozen=True)
class RunFilter:
    """What is asked for; empty means all. ``subjects`` None is every one."""

    market: str = ""
    subjects: Collection[str] | None = None
    words: str = ""
    day: date | None = None
    group: str = ""
    owner: str = ""
    with_ended: bool = False


@dataclass(frozen=True)
class OpenBreaks:
    """What nobody has explained; ``unlisted`` of them are counted alone, not kept one by one."""

    count: int = 0
    unlisted: int = 0
    oldest: date | None = None
    age: int = 0  # business days
    owners: Sequence[str] = ()
    unowned: int = 0
    values: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """Return all of them."""
        return self.count + self.unlisted


@dataclass(frozen=True)
class RunLine:
    """One parallel run with what is open; ``group`` on the day asked for, else as it stands."""

    view: ParallelView
    group: Group
    open: OpenBreaks


@dataclass(frozen=True)
class Overview:
    """Parallel runs under a filter; ``counts`` by group before the group is asked for."""

    lines: Sequence[RunLine]
    counts: Mapping[Group, int]
    is_cut: bool
    owners: Sequence[str]


def overview(work: Work, wanted: RunFilter) -> Overview:
    """Return the parallel runs under a filter, those that need somebody first; few statements."""
    rows = list(work.session.scalars(run_rows(work, wanted).limit(MOST + 1)))
    kept = rows[:MOST]
    opened = _open(work, kept)
    found = (_line(each, opened.get(each.id, _NONE), wanted.day) for each in views(work, kept))
    lines = [each for each in found if each is not None]
    owners = sorted({owner for each in lines for owner in each.open.owners})
    left = [each for each in lines if _is_owned(each.open, wanted.owner)]
    counts = Counter(each.group for each in left)
    if wanted.group:
        left = [each for each in left if each.group == wanted.group]
    return Overview(sorted(left, key=_urgent), counts, len(rows) > MOST, owners)


_NONE = OpenBreaks()


def _line(one: ParallelView, opened: OpenBreaks, day: date | None) -> RunLine | None:
    """Return a line, None when the day asked for is none of the parallel run."""
    if day is not None:
        group = group_on(one.standing, day)
        return RunLine(one, group, opened) if group is not None else None
    group = group_of(one.standing, one.ended_at is not None, bool(opened.whole))
    return RunLine(one, group, opened)


def line_of(work: Work, one: ParallelView) -> RunLine:
    """Return one parallel run with what is open of it."""
    row = work.session.get_one(ParallelRun, one.id)
    opened = _open(work, [row]).get(one.id, _NONE)
    return RunLine(
        one, group_of(one.standing, one.ended_at is not None, bool(opened.whole)), opened
    )


def run_rows(work: Work, wanted: RunFilter) -> Select[ParallelRun]:
    """Return the statement of parallel runs, the newest first."""
    rows = select(ParallelRun).where(work.visible(ParallelRun.market, Permission.CHANGE_SEE))
    if wanted.market:
        rows = rows.where(ParallelRun.market == wanted.market)
    if wanted.subjects is not None:
        rows = rows.where(ParallelRun.subject.in_(list(wanted.subjects)))
    if not (wanted.with_ended or wanted.group == Group.ENDED):
        rows = rows.where(ParallelRun.ended_at.is_(None))
    for word in wanted.words.split()[:8]:
        said = ParallelRun.title.icontains(word, autoescape=True)
        rows = rows.where(or_(said, ParallelRun.subject.icontains(word, autoescape=True)))
    return rows.order_by(ParallelRun.id.desc())


def _is_owned(found: OpenBreaks, owner: str) -> bool:
    if not owner:
        return True
    return bool(found.unowned) if owner == NOBODY else owner in found.owners


def _urgent(line: RunLine) -> tuple[int, int, int, str, int]:
    order = list(Group).index(line.group)
    return order, -line.open.age, -line.open.whole, line.view.title.casefold(), line.view.id


def _open(work: Work, rows: Sequence[ParallelRun]) -> dict[int, OpenBreaks]:
    ids = [each.id for each in rows]
    counted: dict[int, list[tuple[str, str, int, date, int]]] = {}
    for number, owner, currency, breaks, oldest, minor in work.session.execute(_open_rows(ids)):
        counted.setdefault(number, []).append((owner, currency, breaks, oldest, int(minor)))
    cut = select(ReconRun.parallel_id, func.sum(ReconRun.unlisted)).where(
        ReconRun.parallel_id.in_(ids), ReconRun.is_current, ReconRun.unlisted > 0
    )
    cut = cut.group_by(ReconRun.parallel_id)
    unlisted = {number: int(cut_off) for number, cut_off in work.session.execute(cut)}
    known: Known = {}
    return {
        row.id: _told(work, row, counted.get(row.id, []), unlisted.get(row.id, 0), known)
        for row in rows
        if row.id in counted or row.id in unlisted
    }


def _open_rows(ids: Collection[int]) -> Select[int, str, str, int, date, Any]:
    difference = func.coalesce(ReconBreak.new_amount, 0) - func.coalesce(ReconBreak.old_amount, 0)
    return (
        select(
            ReconBreak.parallel_id,
            ReconBreak.owner,
            ReconBreak.currency,
            func.count(),
            func.min(ReconBreak.day),
            func.sum(func.abs(difference)),
        )
        .join(ReconRun, ReconRun.id == ReconBreak.run_id)
        .where(ReconBreak.parallel_id.in_(ids), ReconRun.is_current)
        .where(ReconBreak.state == BreakState.OPEN)
        .group_by(ReconBreak.parallel_id, ReconBreak.owner, ReconBreak.currency)
    )


def _told(
    work: Work,
    row: ParallelRun,
    counted: Sequence[tuple[str, str, int, date, int]],
    unlisted: int,
    known: Known,
) -> OpenBreaks:
    today = local_date(row.zone, work.now)
    oldest = min((each[3] for each in counted), default=None)
    age = business_days(work, row, today, known).age(oldest, today) if oldest else 0
    values: dict[str, Decimal] = {}
    for _, currency, _, _, minor in counted:
        value = decimal_of(minor, currency)
        values[currency] = values.get(currency, Decimal()) + value
    return OpenBreaks(
        count=sum(each[2] for each in counted),
        unlisted=unlisted,
        oldest=oldest,
        age=age,
        owners=sorted({each[0] for each in counted} - {""}),
        unowned=sum(each[2] for each in counted if not each[0]) + unlisted,
        values=dict(sorted(values.items())),
    )
