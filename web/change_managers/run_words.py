"""What happens in a run, in words for the history of its change."""

from collections.abc import Callable, Mapping
from typing import Any

from web import words

Body = Mapping[str, Any]
_STEPS = {
    "start": "began",
    "finish": "is done",
    "fail": "failed",
    "skip": "was left out",
    "repeat": "was begun again",
    "undo": "was undone",
}


def _step(body: Body) -> str:
    moved = _STEPS.get(body.get("move", ""), body.get("state", ""))
    said = f"; {body['note']}" if body.get("note") else ""
    return f"step {body.get('position', 0)}, {body.get('title', '')}, {moved}{said}"


def _held(body: Body) -> str:
    components = [each for each in body.get("components", "").split(",") if each]
    number = words.counted(len(components), "component")
    return f"pages of {number} held until {_time(body, 'until')}"


def _forecast(body: Body) -> str:
    ahead = f"forecast end {_time(body, 'forecast_end')}"
    return f"{body.get('standing', '')}: {ahead}, window ends {_time(body, 'window_ends_at')}"


def _time(body: Body, name: str) -> str:
    return f"{str(body.get(name, ''))[11:16]} UTC"


def _who(body: Body) -> str:
    partner = body.get("partner")
    return f"{body.get('person', '')}{f', {partner},' if partner else ''}"


def _rehearsed(body: Body) -> str:
    also = ", its roll-back to the end" if body.get("rollback_rehearsed") else ""
    if also and body.get("rollback_took_minutes"):
        took, planned = body["rollback_took_minutes"], body.get("rollback_planned_minutes", 0)
        also += f" in {took}{words.HARD}min of {planned} planned"
    return f"rehearsal ended: {body.get('outcome', '')}{also}"


WORDS: Mapping[str, Callable[[Body], str]] = {
    "RunStepMoved": _step,
    "RunDecisionTaken": lambda body: f"decided to {body.get('kind', '')}: {body.get('reason', '')}",
    "RunOverrunForecast": _forecast,
    "RunPagesHeld": _held,
    "BridgeJoined": lambda body: f"{_who(body)} came onto the bridge",
    "BridgeLeft": lambda body: f"{_who(body)} left the bridge",
    "RehearsalStarted": lambda _: "rehearsal began",
    "RehearsalEnded": _rehearsed,
}
