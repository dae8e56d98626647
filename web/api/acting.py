"""What may be done to an incident over the API: all that its page offers, with the same rights.

The page ``docs/generated/api.md`` is written from this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents import actions
from ssoc.core.errors import BadInput, NotAllowed
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.monitoring.report import key_of
from web.api.asked import Fields
from web.noc.assigning import assign_known
from web.noc.judging import judge_seen

Run = Callable[[Work, int, Fields], Any]
_KEY_DIGITS = 16


@dataclass(frozen=True)
class Act:
    """One action: what it does, its fields with their meaning, and an example body.

    ``is_settling``: doing it again leaves everything as it is. ``answers_new``: the answer is
    the incident it made, not the one it was done to.
    """

    does: str
    run: Run
    fields: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, Any] = field(default_factory=dict)
    needs: Permission = Permission.INCIDENT_WORK
    is_settling: bool = False
    answers_new: bool = False


def _resolve(work: Work, number: int, given: Fields) -> object:
    return actions.resolve(work, number, given.text("reason", ""), given.switch("force"))


def _note(work: Work, number: int, given: Fields) -> object:
    act = actions.update if given.switch("is_update") else actions.note
    return act(work, number, given.text("text"))


def _prioritise(work: Work, number: int, given: Fields) -> object:
    if work.actor.kind is ActorKind.TOKEN:
        raise NotAllowed(
            "no token may set priorities (incidents:prioritise): a person with the role "
            "incident_manager does it, on the incident's page"
        )
    word = given.text("priority")
    if word not in set(Priority):
        raise BadInput(f"the field priority must be one of {', '.join(Priority)}")
    return actions.prioritise(work, number, Priority(word), given.text("reason"))


def _split(work: Work, number: int, given: Fields) -> object:
    keys = _keys(given)
    return actions.split(work, number, given.texts("components"), keys, given.text("title", ""))


def _move(work: Work, number: int, given: Fields) -> object:
    keys = _keys(given)
    if not keys:
        raise BadInput("the field alerts names none; give the ids of open alerts of the incident")
    actions.refuse_others(work, number, keys)
    return actions.move_alerts(work, keys, given.number("into"))


def _keys(given: Fields) -> list[int]:
    return [key_of(_digits(each)) for each in given.texts("alerts")]


def _digits(text: str) -> int:
    if len(text) != _KEY_DIGITS or set(text) - set("0123456789abcdef"):
        raise BadInput(
            f"the field alerts holds {text[:32]!r}; an id of an alert is {_KEY_DIGITS} hex digits"
        )
    return int(text, 16)


def _pause(work: Work, number: int, given: Fields) -> object:
    clock, party, reason = given.text("clock", "*"), given.text("party"), given.text("reason")
    return actions.pause_clock(work, number, clock, party, reason, _at(given))


def _resume(work: Work, number: int, given: Fields) -> object:
    clock, party = given.text("clock", "*"), given.text("party")
    return actions.resume_clock(work, number, clock, party, given.text("reason", ""), _at(given))


def _at(given: Fields) -> datetime | None:
    return given.instant("at") if "at" in given.values else None


def _judge(work: Work, number: int, given: Fields) -> None:
    words = (given.text("candidate"), given.text("verdict"), given.text("reason"))
    judge_seen(work, number, *words, given.text("was", ""))


def _role(work: Work, number: int, given: Fields) -> None:
    role, person = given.text("role"), given.text("person", "").strip()
    if person:
        actions.take_role(work, number, role, person)
    else:
        actions.give_up_role(work, number, role)


_CLOCK = "`response`, `update` or `resolve`; all of them when left out"
_PARTY = "who has the ball: `us`, `vendor`, `customer` or `third party`"
_SINCE = "since when, if earlier than now: an instant with its offset"
_ALERTS = "a list of ids of open alerts"

ACTIONS: Mapping[str, Act] = {
    "acknowledge": Act(
        "Take it: its pages stop, the response clock too.",
        lambda work, number, _: actions.acknowledge(work, number),
    ),
    "assign": Act(
        "Name who owns it.",
        lambda work, number, given: assign_known(work, number, given.text("owner")),
        {"owner": "a person who may work in its markets; empty leaves it to nobody"},
        {"owner": "amina"},
        is_settling=True,
    ),
    "note": Act(
        "Write for colleagues, or tell those who wait outside: then the update clock starts anew.",
        _note,
        {"text": "what to write", "is_update": "true for an update; false when left out"},
        {"text": "Pangolin Storage called, their case PS-77120"},
    ),
    "mitigate": Act(
        "Say that customers are served again.",
        lambda work, number, given: actions.mitigate(work, number, given.text("text", "")),
        {"text": "how; may be left out"},
        {"text": "traffic runs over the second array"},
    ),
    "resolve": Act(
        "End it by hand.",
        _resolve,
        {
            "reason": "why; needed with force",
            "force": "true to end it although its alerts fire; false when left out",
        },
        {"reason": "array replaced"},
    ),
    "close": Act(
        "Say that nothing more is to be done.",
        lambda work, number, _: actions.close(work, number),
    ),
    "reopen": Act(
        "Take it up again.",
        lambda work, number, given: actions.reopen(work, number, given.text("reason")),
        {"reason": "why"},
        {"reason": "agents in Mombasa still cannot pay out"},
    ),
    "prioritise": Act(
        "Set the priority against the matrix. Every token is refused: a person does it.",
        _prioritise,
        {"priority": "`P1` to `P4`", "reason": "why"},
        {"priority": "P2", "reason": "few customers at night"},
        needs=Permission.INCIDENT_PRIORITISE,
        is_settling=True,
    ),
    "pause": Act(
        "Let clocks stand still while somebody else has the ball.",
        _pause,
        {"party": _PARTY, "reason": "what they were asked for", "clock": _CLOCK, "at": _SINCE},
        {"party": "vendor", "reason": "logs of the array", "clock": "resolve"},
    ),
    "resume": Act(
        "Let clocks go on.",
        _resume,
        {"party": _PARTY, "reason": "what they answered", "clock": _CLOCK, "at": _SINCE},
        {"party": "vendor", "reason": "logs came", "clock": "resolve"},
    ),
    "dispute_pause": Act(
        "Say that a pause is not agreed; its clock is then read with it and without it.",
        lambda work, number, given: actions.dispute_pause(
            work, number, given.number("pause"), given.text("reason")
        ),
        {"pause": "the `number` of one of the clock's `pauses`", "reason": "why"},
        {"pause": 812, "reason": "they had the logs already"},
    ),
    "role": Act(
        "Give a role to somebody, or leave it to nobody.",
        _role,
        {
            "role": f"one of {', '.join(f'`{each}`' for each in actions.ROLES)}",
            "person": "who; empty leaves it to nobody",
        },
        {"role": "commander", "person": "amina"},
        is_settling=True,
    ),
    "merge": Act(
        "Put everything of it into another incident; this one ends.",
        lambda work, number, given: actions.merge(work, number, given.number("into")),
        {"into": "the number of the other one"},
        {"into": 18},
    ),
    "split": Act(
        "Take symptoms or alerts out into an incident of their own, which is the answer.",
        _split,
        {
            "components": "a list of keys of symptoms",
            "alerts": f"or {_ALERTS}",
            "title": "of the new one; may be left out",
        },
        {"components": ["ussd-ke"], "title": "USSD menu broken"},
        answers_new=True,
    ),
    "move": Act(
        "Count open alerts of it to another incident.",
        _move,
        {"alerts": _ALERTS, "into": "the number of the other one"},
        {"alerts": ["7f3c0a91b2d4e655"], "into": 18},
    ),
    "judge": Act(
        "Say of a suspect that it caused the incident, or did not. `changes:manage` will do, too.",
        _judge,
        {
            "candidate": "the `candidate` of one of its suspects",
            "verdict": "`confirmed`, `ruled out`, or `suspected` to take either back",
            "reason": "what it is known from",
            "was": "the verdict it was decided upon; refused with 409 when there is another now",
        },
        {"candidate": "change:12", "verdict": "confirmed", "reason": "the new limit in its log"},
    ),
}
