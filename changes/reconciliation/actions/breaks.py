"""Explain, carry, close or assign breaks, many at once: all of them, or none."""

from collections.abc import Sequence

from sqlalchemy import select

from changes.reconciliation.lifecycle import BREAK, BreakMove, BreakState
from changes.reconciliation.models import ParallelRun, ReconBreak, ReconRun
from changes.reconciliation.queries.parallels import found
from ssoc.accounts.queries import active_holders
from ssoc.core.errors import BadInput, IllegalMove, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.signs import is_blank
from ssoc.core.vocabulary import BreaksJudged
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

MOST = 1_000
MOST_SIGNS = 1_000
ASSIGN = "assign"


def explain(
    work: Work, parallel_id: int, numbers: Sequence[int], reason: str, owner: str = ""
) -> None:
    """Say why these are as they are; who explains owns them unless somebody else is named."""
    _judge(work, parallel_id, numbers, BreakMove.EXPLAIN, reason, owner)


def carry(work: Work, parallel_id: int, numbers: Sequence[int], owner: str, reason: str) -> None:
    """Carry these into the next days, by name."""
    if is_blank(owner):
        raise BadInput("a break is carried with a name; say whose it is")
    _judge(work, parallel_id, numbers, BreakMove.CARRY, reason, owner)


def close(work: Work, parallel_id: int, numbers: Sequence[int], reason: str) -> None:
    """Say that what was explained or carried is over: booked, corrected, paid back."""
    _judge(work, parallel_id, numbers, BreakMove.CLOSE, reason, "")


def reopen(work: Work, parallel_id: int, numbers: Sequence[int], reason: str) -> None:
    """Take an explanation back."""
    _judge(work, parallel_id, numbers, BreakMove.REOPEN, reason, "")


def assign(work: Work, parallel_id: int, numbers: Sequence[int], owner: str) -> None:
    """Say who finds out about these."""
    named = _known(work, owner)
    row, rows = _rows(work, parallel_id, numbers)
    for each in rows:
        each.owner = named
    _record(work, row, rows, ASSIGN, named, "")


def _judge(
    work: Work,
    parallel_id: int,
    numbers: Sequence[int],
    move: BreakMove,
    reason: str,
    owner: str,
) -> None:
    said = str(storable(reason)).strip()
    if not said or len(said) > MOST_SIGNS:
        raise BadInput(f"say in a few words why, in at most {MOST_SIGNS} signs")
    named = _known(work, owner) if owner.strip() else ""
    row, rows = _rows(work, parallel_id, numbers)
    for each in rows:
        if each.found_on is not None:
            raise IllegalMove(
                f"break {each.id} was matched on {each.found_on}; nothing was changed"
            )
        each.state = BREAK.after(each.state, move)
        is_open = each.state is BreakState.OPEN
        each.explanation = said
        each.explained_by = "" if is_open else work.actor.name
        each.explained_at = None if is_open else work.now
        each.owner = named or each.owner or work.actor.name
    _record(work, row, rows, move.value, named, said)


def _known(work: Work, owner: str) -> str:
    named = owner.strip()
    if named not in active_holders(work):
        raise BadInput(f"there is no person named {named[:64] or 'so'} who may sign in")
    return named


def _rows(
    work: Work, parallel_id: int, numbers: Sequence[int]
) -> tuple[ParallelRun, list[ReconBreak]]:
    row = found(work, parallel_id)
    work.require(Permission.PROGRAMME_WORK, row.market)
    wanted = sorted(set(numbers))
    if not wanted or len(wanted) > MOST or not all(0 < each < 1 << 62 for each in wanted):
        raise BadInput(f"choose from 1 to {MOST} breaks")
    rows = list(
        work.session.scalars(
            select(ReconBreak)
            .join(ReconRun, ReconRun.id == ReconBreak.run_id)
            .where(ReconBreak.id.in_(wanted), ReconBreak.parallel_id == parallel_id)
            .where(ReconRun.is_current)
            .order_by(ReconBreak.id)
            .with_for_update(of=ReconBreak)
        )
    )
    if len(rows) != len(wanted):
        lost = sorted(set(wanted) - {each.id for each in rows})[0]
        raise NotFound(
            f"there is no break {lost} in this parallel run, or its day was run again since; "
            "nothing was changed"
        )
    return row, rows


def _record(
    work: Work, row: ParallelRun, rows: Sequence[ReconBreak], move: str, owner: str, reason: str
) -> None:
    numbers = ",".join(str(each.id) for each in rows)
    work.record(BreaksJudged(row.id, row.subject, row.market, move, numbers, owner, reason))
    work.session.flush()
    bump(work.session)
