"""Who does what when: one unit of work for the whole month, each act at its own instant."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from changes.actions import approving, deciding, requests, running, scheduling, stepping
from changes.lifecycle import Outcome, State, StepMove
from changes.queries import rounds, runs, views
from changes.rules import run_sheet
from changes.rules.approvals import StageState
from changes.values import ChangeView
from ssoc.core.errors import IllegalMove
from ssoc.core.permissions import Actor, Role
from ssoc.core.work import Work

ANSWERERS: dict[Role, tuple[str, ...]] = {
    Role.OPERATIONS_LEAD: ("omondi", "grace"),
    Role.PRODUCT_OWNER: ("zuri",),
    Role.SECURITY_LEAD: ("adwoa",),
}
_MINUTE = timedelta(minutes=1)


@dataclass(order=True)
class Act:
    """One thing somebody did, at its instant; ``number`` keeps those of an instant in order."""

    at: datetime
    number: int
    run: Callable[[], None] = field(compare=False)


@dataclass
class Stage:
    """The month being played: acts wait until their turn comes, by the clock."""

    work: Work
    people: dict[str, Actor]
    waiting: list[Act] = field(default_factory=list)

    def later(self, at: datetime, run: Callable[[], None]) -> None:
        """Do ``run`` at an instant."""
        self.waiting.append(Act(at, len(self.waiting), run))

    def play(self) -> None:
        """Do everything in the order of time; an act may add others, later ones."""
        while self.waiting:
            first = min(self.waiting)
            self.waiting.remove(first)
            first.run()

    def as_(self, name: str, at: datetime) -> Work:
        """Return the unit of work as somebody's at an instant; nothing of it is announced now."""
        return replace(self.work, actor=self.people[name], now=at, subscriptions=())

    def view(self, change_id: int) -> ChangeView:
        """Return a change as it stands."""
        return views.change(self.work, change_id)

    def answer_all(self, change_id: int, at: datetime, stages: int = 9) -> datetime:
        """Let everybody asked say yes, stage by stage; return when the last one did."""
        for _ in range(stages):
            present = self._present(change_id)
            if present is None:
                break
            for name in _asked(present):
                self.answer(change_id, name, at, "")
                at += 25 * _MINUTE
        return at

    def _present(self, change_id: int) -> StageState | None:
        found = rounds.present_round(self.work, change_id)
        return found.state.current if found else None

    def answer(
        self, change_id: int, name: str, at: datetime, reason: str, *, yes: bool = True
    ) -> None:
        """Let somebody answer the present stage."""
        present = self._present(change_id)
        if present is not None:
            approving.answer(self.as_(name, at), change_id, present.position, yes, reason)

    def settle(self, change_id: int, at: datetime) -> bool:
        """Tell whether an approved change was scheduled; what something blocks is cancelled."""
        state = self.view(change_id).state
        if state is State.APPROVED:
            found = scheduling.try_schedule(self.as_("carlos", at), change_id)
            if found:
                requests.cancel(self.as_("carlos", at), change_id, "; ".join(found)[:400])
        return self.view(change_id).state is State.SCHEDULED

    def execute(
        self, change_id: int, who: str, at: datetime, pace: float, outcome: Outcome, note: str
    ) -> None:
        """Run a change from ``at`` on, each step so much longer or shorter than planned."""
        run_id = running.start(self.as_(who, at), change_id)
        steps = self.view(change_id).steps
        fails = len(steps) if outcome.is_failure else 0
        for step in steps:
            at = self._step(run_id, who, step.position, at, StepMove.START)
            at += max(1, round(step.planned_minutes * pace)) * _MINUTE
            if step.position == fails:
                break
            at = self._step(run_id, who, step.position, at, StepMove.FINISH, "as usual")
        if outcome is Outcome.ROLLED_BACK:
            at = self._back(run_id, who, at, note)
        elif outcome is Outcome.FAILED:
            at = self._step(run_id, who, fails, at, StepMove.FAIL, note)
        running.end(self.as_(who, at + 2 * _MINUTE), run_id, outcome, note)

    def _step(  # noqa: PLR0913 (who does what to which step, when and with which words)
        self, run_id: int, who: str, position: int, at: datetime, move: StepMove, note: str = ""
    ) -> datetime:
        """Press a step; past the checkpoint the decision to go on comes first."""
        try:
            stepping.step(self.as_(who, at), run_id, position, move, note)
        except IllegalMove:
            reason = "the rest is nearly done, and going back would take longer"
            deciding.decide(self.as_(who, at), run_id, "go on", reason)
            stepping.step(self.as_(who, at), run_id, position, move, note)
        return at

    def _back(self, run_id: int, who: str, at: datetime, note: str) -> datetime:
        deciding.roll_back(self.as_(who, at), run_id, note)
        while left := run_sheet.next_undo(runs.run(self.work, run_id)):
            at += 6 * _MINUTE
            stepping.step(self.as_(who, at), run_id, left.position, StepMove.UNDO, "undone")
        return at


def _asked(present: StageState) -> Iterable[str]:
    """Return who fills the places of a stage that are still free."""
    for gap in present.missing:
        yield from ANSWERERS.get(Role(gap.role), ())[: gap.count]
