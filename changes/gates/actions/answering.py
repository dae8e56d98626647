"""A person answers the question of a manual metric: a measurement as any other."""

from changes.gates.actions.recording import place
from changes.gates.actions.writing import Asked, Turn, write
from changes.gates.models import Gate
from changes.gates.rules.judging import Found
from changes.gates.rules.providers import ProviderKind
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.work import Work

LONGEST = 1_000
_OF_CHANGES = ("wave:", "watch:")


def answer(
    work: Work, gate_id: int, metric: str, market: str, is_yes: bool, note: str = ""
) -> None:
    """Answer a question with yes (1) or no (0); the note stands beside it in the evidence.

    Raises:
        NotAllowed: the actor may not do work behind the gate in that market.
        BadInput: the metric is not one that people answer, or the note is too long.
        Conflict: it was decided meanwhile.

    """
    if work.actor.kind is ActorKind.TOKEN:
        raise NotAllowed("no token may answer for a gate: a person who has looked does it")
    gate, series, known = place(work, gate_id, metric, market)
    for code in _asked_in(gate, market):
        work.require(_permission(gate), code)
    if known.provider.kind is not ProviderKind.MANUAL:
        raise BadInput(f"{metric} is measured by {known.provider.kind}; nobody answers it by hand")
    if len(note) > LONGEST or "\x00" in note:
        raise BadInput(f"the note is longer than {LONGEST} signs; shorten it")
    question = str(known.provider.at(market)["question"])
    said = f"{question} {'yes' if is_yes else 'no'}" + (f": {note.strip()}" if note.strip() else "")
    turn = Turn(gate.id, series.id, series.number + 1, gate.turn)
    asked = Asked(Found((1.0 if is_yes else 0.0,)), said, work.now, work.actor.name)
    if not write(work, turn, asked):
        raise Conflict(
            f"{known.title or metric} is decided already; nothing was written; look again"
        )


def _permission(gate: Gate) -> Permission:
    is_of_change = gate.about.startswith(_OF_CHANGES)
    return Permission.CHANGE_RUN if is_of_change else Permission.PROGRAMME_WORK


def _asked_in(gate: Gate, market: str) -> list[str]:
    """Return the markets an answer speaks for: its own, or all of the gate."""
    if market in gate.markets:
        return [market]
    return list(gate.markets) or [EVERYWHERE]
