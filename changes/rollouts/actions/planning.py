"""Plan the waves of a change, plan them anew, take them away.

The waves are part of what is approved: other waves begin a new round (rule A7).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from changes.actions import moving, requests
from changes.actions.words import told
from changes.draft import BadDraft
from changes.gates.queries import planning as gates
from changes.gates.rules import definition
from changes.gates.rules.definition import BadDefinition
from changes.models import Change, Run
from changes.policy import policy
from changes.rollouts import sites
from changes.rollouts.actions import found as finding
from changes.rollouts.lifecycle import WAVE, RolloutState
from changes.rollouts.models import Rollout, Wave, WaveTask
from changes.rollouts.rules import drafting
from changes.rollouts.rules.drafting import WaveDraft, WavesDraft
from changes.rollouts.rules.faults import Fault, of_gate
from changes.values import ChangeView
from ssoc.core.errors import Conflict, IllegalMove
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import RolloutMoved
from ssoc.core.work import Work

PLANNED = "plan"


def plan(work: Work, change_id: int, draft: WavesDraft, version: int | None = None) -> int:
    """Give a change its waves, or other waves than before; return the number of the roll-out.

    Raises:
        BadDraft: every fault at once, those of gates too (G13).
        IllegalMove: the change, or its roll-out, has begun or ended.
        Conflict: somebody else planned ``version`` meanwhile, or a run is open.

    """
    change, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    row = work.session.scalars(
        select(Rollout).where(Rollout.change_id == change_id).with_for_update()
    ).first()
    _refuse_begun(work, view, row)
    if row is not None and version is not None and row.version != version:
        raise Conflict(
            f"somebody planned ROL-{row.id} anew meanwhile; nothing of yours was kept; look at it "
            "as it stands now, then edit it again"
        )
    refuse_faults(work, draft, view.markets)
    digest = drafting.digest(draft)
    if row is not None and row.digest == digest:
        return row.id
    row = row or Rollout(change_id=change_id, created_at=work.now, created_by=work.actor.name)
    row.watch_minutes, row.watch, row.digest = draft.watch_minutes, dict(draft.watch), digest
    work.session.add(row)
    work.session.flush()
    _replace(work, row, draft)
    _tell(work, row, view, PLANNED, f"{len(draft.waves)} waves")
    _approve_anew(work, change, digest)
    return row.id


def remove(work: Work, rollout_id: int, reason: str) -> None:
    """Take the waves from a change that has not begun: it is run by its run sheet again."""
    found = finding.find(work, rollout_id)
    finding.require(work, found, Permission.CHANGE_PLAN)
    _refuse_begun(work, found.of_change(work), found.row)
    _refuse_too_long(work, found.of_change(work))
    said = told(reason, "taking the waves away")
    _tell(work, found.row, found.of_change(work), "remove", said)
    ids = [each.id for each in found.waves.values()]
    work.session.execute(delete(WaveTask).where(WaveTask.wave_id.in_(ids)))
    work.session.execute(delete(Wave).where(Wave.rollout_id == rollout_id))
    work.session.delete(found.row)
    work.session.flush()
    _approve_anew(work, found.change, None)


def _refuse_too_long(work: Work, change: ChangeView) -> None:
    """Raise IllegalMove when only its waves allow the change its long window."""
    longest = policy(work).types.longest_window
    if change.starts_at and change.ends_at and change.ends_at - change.starts_at > longest:
        raise IllegalMove(
            f"the window of {change.reference} is longer than {longest.days} days, which a change "
            "without waves may not have; shorten it first; nothing was changed"
        )


def _tell(work: Work, row: Rollout, change: ChangeView, move: str, reason: str) -> None:
    markets = moving.markets_text(change.markets)
    work.record(RolloutMoved(row.id, change.id, markets, move, row.state.value, reason))


def _refuse_begun(work: Work, change: ChangeView, row: Rollout | None) -> None:
    if row is not None and row.state is not RolloutState.PLANNED:
        raise IllegalMove(
            f"ROL-{row.id} is {row.state}; its waves are as they were approved; abort it, then "
            "plan another change"
        )
    if not change.state.may_be_edited:
        raise IllegalMove(
            f"cannot plan waves of {change.reference} while it is {change.state}; nothing was "
            "changed"
        )
    run = select(Run.id).where(Run.change_id == change.id, Run.ended_at.is_(None))
    if work.session.scalar(run) is not None:
        raise Conflict(f"{change.reference} has an open run; end it, then plan its waves")


def refuse_faults(work: Work, draft: WavesDraft, markets: Sequence[str]) -> None:
    """Raise BadDraft with every fault: what is written, sites that are not, gates (G13)."""
    codes = {code for each in draft.waves for code in each.sites}
    found = [
        *drafting.faults_of(draft, markets, sites.known(work, codes)),
        *_unmeasurable(work, draft, markets),
    ]
    if found:
        raise BadDraft(found)


def _unmeasurable(work: Work, draft: WavesDraft, markets: Sequence[str]) -> Iterator[Fault]:
    """Yield where a gate asks for what the estate has not, or whom we may not ask."""
    for where, content, places in _gates(draft, markets):
        try:
            definition.read(content)
        except BadDefinition:
            continue  # told already, with what else is wrong in it
        for fault in gates.faults(work, content, places):
            yield of_gate(fault, where)


def warnings(work: Work, draft: WavesDraft, markets: Sequence[str]) -> list[Fault]:
    """Return in words what a gate will not see: figures never stored, or only those of before."""
    found: list[Fault] = []
    for where, content, places in _gates(draft, markets):
        try:
            known = definition.read(content)
        except BadDefinition:
            continue
        found += [of_gate(each, where) for each in gates.too_early(known)]
        for each in gates.without_samples(work, known, places):
            said = "until there is one it is no data, which does what the gate says of no data"
            found.append(of_gate(f"{each}; {said}", where))
    return list(dict.fromkeys(found))


def _gates(
    draft: WavesDraft, markets: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any], Sequence[str]]]:
    for place, each in enumerate(draft.waves, 1):
        if each.gate:
            yield f"the gate of wave {place}", each.gate, each.markets or markets
    if draft.watch:
        yield "the watch", draft.watch, markets


def _replace(work: Work, row: Rollout, draft: WavesDraft) -> None:
    old = list(work.session.scalars(select(Wave.id).where(Wave.rollout_id == row.id)))
    work.session.execute(delete(WaveTask).where(WaveTask.wave_id.in_(old)))
    work.session.execute(delete(Wave).where(Wave.id.in_(old)))
    for position, each in enumerate(draft.waves, 1):
        wave = _wave(row.id, position, each)
        work.session.add(wave)
        work.session.flush()
        work.session.add_all(
            WaveTask(wave_id=wave.id, position=number, **vars(task))
            for number, task in enumerate(each.tasks, 1)
        )
    work.session.flush()


def _wave(rollout_id: int, position: int, draft: WaveDraft) -> Wave:
    return Wave(
        rollout_id=rollout_id,
        position=position,
        name=draft.name,
        markets=list(draft.markets),
        cohorts=[{**vars(each), "values": list(each.values)} for each in draft.cohorts],
        sites=list(draft.sites),
        percent=draft.percent,
        people=draft.people,
        not_before=draft.not_before,
        is_automatic=draft.is_automatic,
        soak_minutes=draft.soak_minutes,
        gate=dict(draft.gate),
        state=WAVE.start,
    )


def _approve_anew(work: Work, change: Change, digest: str | None) -> None:
    """Keep the hash of the waves in the plan; a plan that was submitted is approved anew (A7)."""
    change.waves_digest = digest
    flag_modified(change, "waves_digest")
    work.session.flush()
    requests.replanned(work, change, "waves")
    bump(work.session)
