"""Judge breaks of several parallel runs at once: all of them, or none."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import select

from changes.reconciliation.actions import breaks
from changes.reconciliation.models import ReconBreak
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work


class _Act(Protocol):
    def __call__(
        self, work: Work, parallel_id: int, numbers: Sequence[int], reason: str, owner: str
    ) -> None: ...


ACTS: dict[str, _Act] = {
    "explain": breaks.explain,
    "carry": lambda work, parallel_id, numbers, reason, owner: breaks.carry(
        work, parallel_id, numbers, owner, reason
    ),
    "assign": lambda work, parallel_id, numbers, _reason, owner: breaks.assign(
        work, parallel_id, numbers, owner
    ),
    "close": lambda work, parallel_id, numbers, reason, _owner: breaks.close(
        work, parallel_id, numbers, reason
    ),
    "reopen": lambda work, parallel_id, numbers, reason, _owner: breaks.reopen(
        work, parallel_id, numbers, reason
    ),
}


def judge(work: Work, act: str, numbers: Sequence[int], reason: str = "", owner: str = "") -> int:
    """Do one of ``ACTS`` to breaks wherever they are; return how many there were.

    Raises:
        BadInput: there is no such act, or too many or none are chosen.
        NotFound: one of them is not there, or is not seen by the actor; nothing was changed.

    """
    if act not in ACTS:
        raise BadInput(f"say what to do: {', '.join(ACTS)}")
    wanted = sorted(set(numbers))
    if not wanted or len(wanted) > breaks.MOST or not all(0 < each < 1 << 62 for each in wanted):
        raise BadInput(f"choose from 1 to {breaks.MOST} breaks")
    rows = select(ReconBreak.id, ReconBreak.parallel_id).where(ReconBreak.id.in_(wanted))
    by_run: dict[int, list[int]] = {}
    for number, parallel_id in work.session.execute(rows.order_by(ReconBreak.parallel_id)):
        by_run.setdefault(parallel_id, []).append(number)
    lost = set(wanted).difference(*by_run.values())
    if lost:
        raise NotFound(f"there is no break {min(lost)} that you may see; nothing was changed")
    for parallel_id, some in sorted(by_run.items()):
        ACTS[act](work, parallel_id, some, reason, owner)
    return len(wanted)
