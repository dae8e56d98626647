"""What every action on a roll-out shares: find it, lock it, ask for the right, keep what was done.

The change is locked first, then its roll-out: of two people who press at once the second sees
what the first has written.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from changes.actions.moving import markets_text, require_in
from changes.lifecycle import CHANGE, Move
from changes.models import Change
from changes.queries import views
from changes.rollouts.lifecycle import ROLLOUT, WAVE, RolloutMove, RolloutState, WaveMove
from changes.rollouts.models import Rollout, RolloutDecision, Wave
from changes.rollouts.queries import rollouts
from changes.rollouts.rules import endings
from changes.rollouts.values import RolloutView, WaveView
from changes.values import ChangeView
from ssoc.core.errors import Conflict, NotFound
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ChangeEnded, RolloutMoved, WaveMoved
from ssoc.core.work import Work

LONGEST = 500
GATE = "its gate"  # who pauses where no person did


@dataclass(frozen=True)
class Found:
    """A roll-out to be acted on, with its change, locked for this unit of work."""

    row: Rollout
    change: Change
    waves: Mapping[int, Wave]

    def view(self, work: Work) -> RolloutView:
        """Return how it stands now, with what was decided so far."""
        work.session.flush()
        return rollouts.whole(work, rollouts.views_of(work, [self.row])[0])

    def of_change(self, work: Work) -> ChangeView:
        """Return its change."""
        return views.changes_of(work, [self.change])[0]

    def wave(self, position: int) -> Wave:
        """Return one wave, or raise NotFound."""
        if position not in self.waves:
            raise NotFound(
                f"ROL-{self.row.id} has no wave {position}; it has {len(self.waves)} of them"
            )
        return self.waves[position]


def find(work: Work, rollout_id: int) -> Found:
    """Return a roll-out that the actor may see, locked."""
    change_id = work.session.scalar(select(Rollout.change_id).where(Rollout.id == rollout_id))
    missing = NotFound(f"there is no roll-out ROL-{rollout_id} that you may see")
    if change_id is None:
        raise missing
    try:
        views.change(work, change_id)
    except NotFound:
        raise missing from None
    change = work.session.get(Change, change_id, with_for_update=True)
    row = work.session.get(Rollout, rollout_id, with_for_update=True)
    if change is None or row is None:
        raise missing
    chosen = select(Wave).where(Wave.rollout_id == rollout_id).order_by(Wave.position)
    rows = work.session.scalars(chosen.execution_options(populate_existing=True))
    return Found(row, change, {each.position: each for each in rows})


def require(
    work: Work, found: Found, permission: Permission, wave: Wave | WaveView | None = None
) -> None:
    """Ask for a right where one wave is, or wherever the whole change is."""
    markets = (wave.markets if wave else ()) or found.of_change(work).markets
    require_in(work, permission, markets)


def move_wave(
    work: Work,
    found: Found,
    wave: Wave,
    move: WaveMove,
    reason: str = "",
    *,
    by: str = "",
    through: int = 0,
) -> None:
    """Move a wave along its lifecycle, keep the decision and tell it.

    Raises:
        IllegalMove: the lifecycle has no such move from here.

    """
    wave.state = WAVE.after(wave.state, move)
    keep(
        work, found, wave.position, move.value, wave.state.value, reason, by, wave.gate_id, through
    )
    work.record(
        WaveMoved(
            found.row.id,
            found.change.id,
            markets_text(wave.markets or found.of_change(work).markets),
            wave.position,
            wave.name,
            move.value,
            wave.state.value,
            reason,
        )
    )


def move_rollout(work: Work, found: Found, move: RolloutMove, reason: str = "") -> None:
    """Move the roll-out as a whole, keep the decision and tell it."""
    found.row.state = ROLLOUT.after(found.row.state, move)
    tell(work, found, move.value, reason)


def tell(
    work: Work, found: Found, move: str, reason: str, *, by: str = "", through: int = 0
) -> None:
    """Keep what was decided on the whole, and tell it."""
    row = found.row
    keep(work, found, None, move, row.state.value, reason, by, row.gate_id, through)
    markets = markets_text(found.of_change(work).markets)
    work.record(RolloutMoved(row.id, found.change.id, markets, move, row.state.value, reason))


def keep(  # noqa: PLR0913 (the columns of a decision)
    work: Work,
    found: Found,
    position: int | None,
    move: str,
    state: str,
    reason: str,
    by: str = "",
    gate_id: int | None = None,
    through: int = 0,
) -> None:
    """Add a decision; live pages hear of it."""
    work.session.add(
        RolloutDecision(
            rollout_id=found.row.id,
            position=position,
            move=move,
            state=state,
            reason=reason[:LONGEST],
            by=by or work.actor.name,
            at=work.now,
            gate_id=gate_id,
            through=through,
        )
    )
    work.session.flush()
    bump(work.session)


def consumed(work: Work, gate_id: int) -> int:
    """Return the newest measurement of a gate that somebody has decided about already (G9)."""
    chosen = select(RolloutDecision.through).where(RolloutDecision.gate_id == gate_id)
    resumes = chosen.where(RolloutDecision.move.in_(RESUMES))
    return max(work.session.scalars(resumes), default=0)


RESUMES = (WaveMove.RESUME.value, WaveMove.RESUME_AT_GATE.value, "resume watch")


def end_change(work: Work, found: Found, state: RolloutState) -> None:
    """End the change as the roll-out has ended, with its outcome; nothing if it never ran."""
    found.row.ended_at = work.now
    if (found.change.state, Move.END) not in CHANGE.table:
        return
    from changes.actions.moving import move

    outcome = endings.outcome(found.view(work), state)
    move(work, found.change, Move.END)
    found.change.outcome, found.change.finished_at = outcome, work.now
    view = found.of_change(work)
    overran = bool(view.window and work.now > view.window.until)
    work.record(ChangeEnded(view.id, markets_text(view.markets), 0, outcome.value, overran))


def require_person(work: Work, what: str) -> None:
    """Let no token, and no job, do what a person has to answer for."""
    if work.actor.kind is not ActorKind.PERSON:
        from ssoc.core.errors import NotAllowed

        raise NotAllowed(
            f"{what} by a person with a name, not by {work.actor.name}; nothing was changed; "
            "somebody who may approve changes there does it on the page of the roll-out",
            Permission.CHANGE_APPROVE,
        )


def refuse_unless(known: bool, sentence: str) -> None:
    """Raise Conflict with ``sentence`` and that nothing was written."""
    if not known:
        raise Conflict(f"{sentence}; nothing was written; look again")
