"""What may be done to a roll-out over the API: all that its page offers, with the same rights."""

from collections.abc import Callable, Mapping

from changes.rollouts.actions import deciding, planning, waves
from changes.rollouts.actions.found import find
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api.asked import Fields
from web.api.changes.act import Act, Run

_RUN, _APPROVE = Permission.CHANGE_RUN, Permission.CHANGE_APPROVE
_WHY = {"reason": "why; it stays on record"}
_WAVE = {"wave": "the place of the wave; the one under way, or the watch, when it is missing"}


def _wave(given: Fields) -> int | None:
    return given.number("wave") if given.values.get("wave") is not None else None


def _decided(act: Callable[[Work, int, int | None, str], None]) -> Run:
    return lambda work, number, given: act(work, number, _wave(given), given.text("reason"))


def _tick(work: Work, number: int, given: Fields) -> None:
    waves.tick(work, number, given.number("wave"), given.number("task"), given.text("note", ""))


def _undo(work: Work, number: int, given: Fields) -> None:
    waves.undo(work, number, given.number("wave"), given.number("task"), given.text("note", ""))


def _again(work: Work, number: int, given: Fields) -> None:
    deciding.plan_again(work, number, given.number("wave"), given.text("reason"))


def _known(run: Run) -> Run:
    """Say first that there is no such roll-out, then what its fields lack."""

    def act(work: Work, number: int, given: Fields) -> object:
        find(work, number)
        return run(work, number, given)

    return act


_TASK = {"wave": "the place of the wave", "task": "the number of its task", "note": "what to keep"}
_ACTS: Mapping[str, Act] = {
    "start": Act(
        "Begin a wave; the first one begins the change. Refused with every reason why it may not.",
        lambda work, number, given: waves.start(work, number, _wave(given)),
        {"wave": "the place of the wave; the next one when it is missing"},
        {"wave": 2},
        _RUN,
    ),
    "pause": Act(
        "Stop the wave under way, or the end of the watch; nothing is taken away.",
        _decided(deciding.pause),
        {**_WAVE, **_WHY},
        {"reason": "the bank called"},
        _RUN,
    ),
    "resume": Act(
        "Let it go on: an approval, by a person who neither asked for the change nor carries it "
        "out. What was measured so far is consumed.",
        _decided(deciding.resume),
        {**_WAVE, **_WHY},
        {"reason": "one bank was slow, seen with them"},
        _APPROVE,
    ),
    "roll_back": Act(
        "Begin to take a wave back, or without `wave` all of them; only where the roll-back was "
        "rehearsed. By a person.",
        _decided(deciding.roll_back),
        {"wave": "the place of the wave; everything when it is missing", **_WHY},
        {"wave": 2, "reason": "wrong fees"},
        _APPROVE,
    ),
    "plan_again": Act(
        "Let a wave that was rolled back wait again; decided as a resume is.",
        _again,
        {"wave": "the place of the wave", **_WHY},
        {"wave": 2, "reason": "the fix is in"},
        _APPROVE,
    ),
    "abort": Act(
        "End it for good: what passed stays, nothing more begins. By a person.",
        lambda work, number, given: deciding.abort(work, number, given.text("reason")),
        _WHY,
        {"reason": "the sponsor stopped it"},
        _APPROVE,
    ),
    "tick": Act("Say that a task is done.", _tick, _TASK, {"wave": 1, "task": 1}, _RUN),
    "undo": Act("Say that a task is undone again.", _undo, _TASK, {"wave": 1, "task": 1}, _RUN),
    "remove": Act(
        "Take the waves away before the first one began; the change is run by its run sheet again.",
        lambda work, number, given: planning.remove(work, number, given.text("reason")),
        _WHY,
        {"reason": "one night will do"},
    ),
}
ROLLOUT_ACTIONS: Mapping[str, Act] = {
    name: Act(each.does, _known(each.run), each.fields, each.example, each.needs)
    for name, each in _ACTS.items()
}
