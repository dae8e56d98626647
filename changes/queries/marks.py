"""What a list says of a change besides its plan: answers given, collisions open; many at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from changes.lifecycle import State
from changes.queries import rounds
from changes.queries.approvals import Asked, asked_of
from changes.queries.assessment import Finding, findings_between
from changes.queries.rounds import StoredRound
from changes.rules.approval_terms import Stage
from changes.rules.approvals import Status
from changes.rules.collisions import LEVELS, Level
from changes.rules.filling import gaps
from changes.values import ChangeView
from ssoc.core.work import Work


@dataclass(frozen=True)
class Marks:
    """Answers counted and needed in the present round; collisions that nobody waived.

    ``asked`` is the stage that waits for the actor's answer, None when none does.
    """

    answered: int = 0
    needed: int = 0
    findings: Sequence[Finding] = ()
    asked: Asked | None = None
    is_escalated: bool = False

    @property
    def worst(self) -> Finding | None:
        """Return the worst collision, None without any that blocks or warns."""
        found = [each for each in self.findings if each.level is not Level.INFO]
        return max(found, key=lambda each: LEVELS.index(each.level), default=None)

    def count(self, level: Level) -> int:
        """Return how many collisions are of a level."""
        return sum(each.level is level for each in self.findings)


NONE = Marks()


def marks_of(work: Work, changes: Sequence[ChangeView]) -> dict[int, Marks]:
    """Return the marks of changes: a fixed number of statements however many there are."""
    live = [each.id for each in changes if each.state.is_live]
    known = rounds.rounds_of(work, live)
    asked = asked_of(work, changes, known)
    findings = _findings(work, changes)
    found = {}
    for each in changes:
        present = _present(each, known.get(each.id, ()))
        answered, needed = _tally(present) if present else (0, 0)
        found[each.id] = Marks(
            answered=answered,
            needed=needed,
            findings=findings.get(each.id, ()),
            asked=asked.get(each.id),
            is_escalated=present is not None and present.state.status is Status.ESCALATED,
        )
    return found


def _present(change: ChangeView, known: Sequence[StoredRound]) -> StoredRound | None:
    if change.state in {State.RUNNING, State.SCHEDULED} and change.is_preapproved:
        return None
    return next((each for each in known if each.round.number == change.round), None)


def _tally(found: StoredRound) -> tuple[int, int]:
    """Return how many answers count and how many the stages ask for together."""
    needed = sum(_places(each.stage, found.round.markets) for each in found.state.stages)
    missing = sum(gap.count for each in found.state.stages for gap in each.missing)
    if found.state.status is Status.COMPLETE:
        missing = 0
    return needed - missing, needed


def _places(stage: Stage, markets: Collection[str]) -> int:
    return sum(each.count for each in gaps(stage, tuple(markets), ()))


def _findings(work: Work, changes: Sequence[ChangeView]) -> dict[int, list[Finding]]:
    """Return the open findings of live changes, by change; one of two changes stands at both."""
    spans = [each.span for each in changes if each.state.is_live and each.span]
    if not spans:
        return {}
    since, until = min(each.since for each in spans), max(each.until for each in spans)
    found: dict[int, list[Finding]] = {}
    for each in findings_between(work, since, until):
        if each.is_open:
            for number in {each.change_id, each.other_id}:
                if number is not None:
                    found.setdefault(number, []).append(each)
    return found
