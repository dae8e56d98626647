"""What may be done to the run of a change over the API; all but starting to the open one."""

from collections.abc import Callable, Mapping

from changes.actions import running
from changes.lifecycle import Outcome, StepMove
from changes.queries import runs
from changes.run_values import Decision
from ssoc.core.errors import Conflict
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api.asked import Fields
from web.api.changes.act import Act, Run

_RUN = Permission.CHANGE_RUN


def _open(work: Work, number: int) -> int:
    """Return the run of a change that goes on; who may not see the change is told nothing."""
    runs.runs_of(work, number)
    found = runs.open_run_of(work, number)
    if found is None:
        raise Conflict(f"no run of CHG-{number} is open; start it, or rehearse it, first")
    return found[0]


def _to_open(act: Callable[[Work, int, Fields], object]) -> Run:
    return lambda work, number, given: act(work, _open(work, number), given)


def _step(work: Work, run: int, given: Fields) -> None:
    position, move = given.number("position"), given.text("move")
    running.step(work, run, position, move, given.text("note", ""))


def _decide(work: Work, run: int, given: Fields) -> None:
    until = given.instant("until") if "until" in given.values else None
    running.decide(work, run, given.text("decision"), given.text("reason"), until)


def _words(words: object) -> str:
    return ", ".join(f"`{each}`" for each in words)  # type: ignore[attr-defined]


ACTS: Mapping[str, Act] = {
    "start": Act(
        "Begin its execution and hold pages of what its plan expects to fail; refused outside its "
        "window, in a hard freeze, and while a collision blocks it.",
        lambda work, number, _: running.start(work, number),
        needs=_RUN,
    ),
    "rehearse": Act(
        "Begin a rehearsal, timed against the plan: nothing is held back, no state moves.",
        lambda work, number, _: running.rehearse(work, number),
        needs=_RUN,
    ),
    "step": Act(
        "Press one step of the open run. A hold point is passed by a person, never by a token.",
        _to_open(_step),
        {
            "position": "the number of the step",
            "move": f"one of {_words(StepMove)}",
            "note": "what is worth knowing; needed to fail or skip, and what a hold point's check "
            "said",
        },
        {"position": 3, "move": "finish", "note": "took a second try"},
        needs=_RUN,
    ),
    "decide": Act(
        "Record a decision of the open run with its reason. A person decides to go on, no token.",
        _to_open(_decide),
        {
            "decision": f"one of {_words(Decision)}",
            "reason": "why",
            "until": "until when pages are held longer: an instant with its offset",
        },
        {"decision": "roll back", "reason": "writes over 400 ms"},
        needs=_RUN,
    ),
    "roll_back": Act(
        "Begin to roll the open run back: what runs is stopped, then steps are undone backwards.",
        _to_open(lambda work, run, given: running.roll_back(work, run, given.text("reason"))),
        {"reason": "why"},
        {"reason": "writes over 400 ms"},
        needs=_RUN,
    ),
    "end": Act(
        "End the open run with its outcome.",
        _to_open(
            lambda work, run, given: running.end(
                work, run, given.text("outcome"), given.text("note", "")
            )
        ),
        {
            "outcome": f"one of {_words(Outcome)}",
            "note": "how; needed unless it was successful",
        },
        {"outcome": "successful"},
        needs=_RUN,
    ),
    "join": Act(
        "Put somebody on the bridge of the open run.",
        _to_open(
            lambda work, run, given: running.join_bridge(
                work, run, given.text("person", ""), given.text("partner", "")
            )
        ),
        {"person": "who; the caller when left out", "partner": "from whom; empty for ourselves"},
        {"person": "Ana Sousa", "partner": "Pangolin Storage"},
        needs=_RUN,
    ),
    "leave": Act(
        "Take somebody off the bridge of the open run.",
        _to_open(
            lambda work, run, given: running.leave_bridge(work, run, given.text("person", ""))
        ),
        {"person": "who; the caller when left out"},
        {"person": "Ana Sousa"},
        needs=_RUN,
    ),
}
