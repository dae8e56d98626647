"""Who has approved what: a fold over append-only answers. Rules A1 to A8 of the reference. Pure.

An answer to a later stage than the present one is out of order and does not count (A2). One
refusal ends the round, also by somebody whose stage was complete already (A6, A8). What is only
a matter of dates, the time-out of a stage, is reckoned from ``now``: silence escalates or
refuses, it never approves (A4). No stage waits longer than until the window begins; one that
opens later, as for an emergency under way, has its whole time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from changes.names import is_among, same
from changes.rules.approval_terms import OnTimeout, Stage
from changes.rules.filling import Answer, Gap, gaps, is_filled


class Status(StrEnum):
    """Where a stage, or a whole round, stands."""

    WAITING = "waiting"  # for the stage before it
    PENDING = "pending"
    ESCALATED = "escalated"
    COMPLETE = "complete"
    REFUSED = "refused"

    @property
    def is_open(self) -> bool:
        """Tell whether answers are still missing."""
        return self in {Status.PENDING, Status.ESCALATED}


@dataclass(frozen=True)
class Round:
    """One round as it was opened: the policy of that moment, the markets, the plan's digest."""

    number: int
    stages: Sequence[Stage]
    markets: Sequence[str]
    opened_at: datetime
    plan_digest: str = ""
    policy: str = ""
    window_from: datetime | None = None  # answers after it come too late for the window


@dataclass(frozen=True)
class StageState:
    """One stage: who answered, what is missing, since when it waits and until when it may."""

    position: int
    stage: Stage
    status: Status
    answers: Sequence[Answer] = ()
    missing: Sequence[Gap] = ()
    opened_at: datetime | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None
    refused_because: str = ""


@dataclass(frozen=True)
class RoundState:
    """A round with its stages, and the answers that came out of order."""

    round: Round
    status: Status
    stages: Sequence[StageState]
    out_of_order: Sequence[Answer] = ()

    @property
    def current(self) -> StageState | None:
        """Return the stage whose turn it is, None when the round is over."""
        return next((each for each in self.stages if each.status.is_open), None)

    @property
    def refused_because(self) -> str:
        """Return why it was refused; empty if it was not."""
        return next((each.refused_because for each in self.stages if each.refused_because), "")


@dataclass
class _Fold:
    """Where the fold stands: counted answers and opening of each stage reached so far."""

    round: Round
    counted: list[list[Answer]] = field(default_factory=list)
    opened: list[datetime] = field(default_factory=list)
    completed: list[datetime] = field(default_factory=list)
    strays: list[Answer] = field(default_factory=list)
    refused_at: int = -1
    because: str = ""

    @property
    def present(self) -> int:
        return len(self.completed)

    def take(self, answer: Answer) -> None:
        index = answer.stage - 1
        if self._is_too_late(answer.at):
            return
        if index > self.present or index >= len(self.round.stages) or index < 0:
            self.strays.append(answer)
            return
        self.counted[index].append(answer)
        if not answer.yes:
            self.refused_at, self.because = index, answer.refusal
        elif index == self.present and self._is_filled(index):
            self.completed.append(answer.at)
            self.opened.append(answer.at)

    def _is_filled(self, index: int) -> bool:
        return is_filled(self.round.stages[index], self.round.markets, self.counted[index])

    def _is_too_late(self, at: datetime) -> bool:
        """Tell whether the round ended before ``at``, by a refusal or by time."""
        if self.refused_at < 0 and self.present < len(self.round.stages):
            stage, due = self.round.stages[self.present], self.due(self.present)
            if due is not None and at >= due and stage.on_timeout is OnTimeout.REJECT:
                self.refused_at = self.present
                self.because = f"nobody answered in time in stage {stage.name}"
        return self.refused_at >= 0

    def due(self, index: int) -> datetime | None:
        timeout, opened = self.round.stages[index].timeout, self.opened[index]
        if timeout is None:
            return None
        begins = self.round.window_from
        return min(opened + timeout, begins) if begins and begins > opened else opened + timeout


def state(round_: Round, answers: Iterable[Answer], now: datetime) -> RoundState:
    """Return where a round stands at ``now``, from its answers in the order they were given."""
    fold = _Fold(round_, [[] for _ in round_.stages], [round_.opened_at])
    for each in answers:
        fold.take(each)
    fold._is_too_late(now)  # noqa: SLF001 (the fold is ours; silence may have ended it by now)
    stages = tuple(_stage(fold, index, now) for index in range(len(round_.stages)))
    return RoundState(round_, _together(fold, stages), stages, tuple(fold.strays))


def _together(fold: _Fold, stages: Sequence[StageState]) -> Status:
    if fold.refused_at >= 0:
        return Status.REFUSED
    return next((each.status for each in stages if each.status.is_open), Status.COMPLETE)


def _stage(fold: _Fold, index: int, now: datetime) -> StageState:
    stage, counted = fold.round.stages[index], tuple(fold.counted[index])
    if index >= len(fold.opened):
        missing = gaps(stage, fold.round.markets, ())
        return StageState(index + 1, stage, Status.WAITING, missing=missing)
    return StageState(
        position=index + 1,
        stage=stage,
        status=_status(fold, index, now),
        answers=counted,
        missing=gaps(stage, fold.round.markets, counted),
        opened_at=fold.opened[index],
        due_at=fold.due(index),
        completed_at=fold.completed[index] if index < fold.present else None,
        refused_because=fold.because if index == fold.refused_at else "",
    )


def _status(fold: _Fold, index: int, now: datetime) -> Status:
    if index == fold.refused_at:
        return Status.REFUSED
    if index < fold.present:
        return Status.COMPLETE
    if fold.refused_at >= 0:
        return Status.WAITING
    due = fold.due(index)
    return Status.ESCALATED if due is not None and now >= due else Status.PENDING


def answer_fault(
    found: RoundState, stage: int, person: str, yes: bool, on_behalf_of: str = ""
) -> str:
    """Return why an answer may not be given now (A1, A2, A6); empty if it may."""
    if not found.status.is_open:
        said = "approved" if found.status is Status.COMPLETE else found.status.value
        return f"round {found.round.number} is over: it was {said}"
    present = found.current
    if present is None or not 1 <= stage <= len(found.stages):
        return f"there is no stage {stage}; round {found.round.number} has {len(found.stages)}"
    if stage > present.position:
        waits = present.stage.name
        return f"stage {stage} is out of order: stage {present.position}, {waits}, comes first"
    if not yes:
        return ""
    if stage < present.position:
        return f"stage {stage} is complete; stage {present.position} is asked now"
    return _twice(present, person, on_behalf_of)


def _twice(present: StageState, person: str, on_behalf_of: str) -> str:
    """Return that one of two people has been counted in this stage already."""
    for each in present.answers:
        for who in filter(None, (person, on_behalf_of)):
            if each.meeting == 0 and who in each.people:
                how = (
                    f"{who} has answered" if who == each.person else f"{each.person} has for {who}"
                )
                return f"{how} in stage {present.position} already; a person counts once per stage"
    return ""


def held_by(person: str, duties: Mapping[str, str]) -> list[str]:
    """Return which duties somebody has in a change, however the name is written there."""
    return [duty for duty, name in duties.items() if same(name, person)]


def separation_fault(
    duties: Mapping[str, str], approvers: Iterable[str], excepted: frozenset[str]
) -> str:
    """Return which approver has another duty in the same change (A5); empty if none has.

    Args:
        duties: person by duty: requester, implementer, verifier; empty names hold none.
        approvers: who answers, and for whom.
        excepted: people to whom an exception was granted.

    """
    for who in approvers:
        held = held_by(who, duties)
        if held and not is_among(who, excepted):
            return f"{who} is its {' and '.join(held)}, and so may not approve it"
    return ""


def duties_fault(duties: Mapping[str, str], excepted: frozenset[str]) -> str:
    """Return who holds two duties in one change (A5); empty if nobody does without exception."""
    for who in sorted(set(duties.values()) - {""}):
        held = held_by(who, duties)
        if len(held) > 1 and not is_among(who, excepted):
            return f"{who} is both its {' and its '.join(held)}; they must be different people"
    return ""
