"""Types of changes as data: what each may do, must have, and how early it must come. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from changes.lifecycle import CHANGE, Move, State
from changes.values import ChangeView
from ssoc.core.errors import BadInput, IllegalMove

STANDARD, NORMAL, EMERGENCY = "standard", "normal", "emergency"

# What a type may ask for, how people call it, and how one sees that it is there.
FIELDS: Mapping[str, tuple[str, Callable[[ChangeView], object]]] = {
    "purpose": ("a purpose", lambda change: change.purpose.strip()),
    "markets": ("a market", lambda change: change.markets),
    "components": ("a component", lambda change: change.touched),
    "window": ("a window", lambda change: change.window),
    "implementer": ("an implementer", lambda change: change.implementer),
    "verifier": ("a verifier", lambda change: change.verifier),
    "team": ("a team", lambda change: change.team),
    "steps": ("a step of the plan", lambda change: change.steps or change.waves_digest),
    "step_owners": ("an owner of every step", lambda change: _all(change, "owner")),
    "step_checks": ("a check of every step", lambda change: _all(change, "check")),
    "step_undo": ("an undo of every step", lambda change: _all(change, "undo")),
    "rollback_plan": ("a roll-back plan", lambda change: change.rollback_plan.strip()),
    "rollback_minutes": ("minutes for the roll-back", lambda change: change.rollback_minutes),
    "rollback_rehearsed": ("a rehearsed roll-back", lambda change: change.rollback_rehearsed_at),
    "tests": ("a test", lambda change: change.tests),
    "test_evidence": ("evidence of every test", lambda change: _evident(change)),
    "gates": ("a component to judge it by", lambda change: change.gates),
    "notices": ("a notice", lambda change: change.notices),
    "trainings_done": (
        "every training done",
        lambda change: all(each.done for each in change.trainings),
    ),
    "template": ("a template", lambda change: change.template_id),
    "reference": ("an external reference", lambda change: change.external_reference),
}


class Late(StrEnum):
    """What a late submission does: it stands in the way of scheduling, or is only noted."""

    REFUSED = "refused"
    NOTED = "noted"


@dataclass(frozen=True)
class ChangeType:
    """One type: ``moves`` are the moves it allows from each state, a part of CHANGE.

    ``required`` names what must be there to come into a state. ``lead_time`` is the least time
    from submission to the start of the window, ``lead_time_in`` that of single markets. A type
    with ``markets`` is theirs alone. ``approval`` and ``review`` name rules of those sections.
    """

    does: str
    moves: Mapping[str, Sequence[Move]]
    approval: str
    review: str
    required: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lead_time: timedelta = timedelta()
    lead_time_in: Mapping[str, timedelta] = field(default_factory=dict)
    late: Late = Late.REFUSED
    markets: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse states, moves and fields that there are not."""
        for state in (*self.moves, *self.required):
            if state not in set(State):
                raise ValueError(f"{state!r} is no state; there are {', '.join(State)}")
        pairs = ((State(state), move) for state, moves in self.moves.items() for move in moves)
        for state, move in pairs:
            if (state, move) not in CHANGE.table:
                raise ValueError(f"no change can {move} while {state}; a type may only have less")
        for name in sorted({name for names in self.required.values() for name in names}):
            if name not in FIELDS:
                raise ValueError(f"{name!r} cannot be required; there are {', '.join(FIELDS)}")
        if not self.moves.get(State.DRAFT):
            raise ValueError("no move leads out of draft; allow submit or preapprove")

    def allows(self, state: State, move: Move) -> bool:
        """Tell whether a change of this type may do ``move`` while ``state``."""
        return move in self.moves.get(state, ())

    def lead_time_of(self, markets: Iterable[str]) -> timedelta:
        """Return the longest lead time of the markets."""
        return max(
            (self.lead_time_in.get(each, self.lead_time) for each in markets),
            default=self.lead_time,
        )

    def missing(self, change: ChangeView, state: State) -> list[str]:
        """Return in words what the change lacks to come into ``state``."""
        wanted = [FIELDS[name] for name in self.required.get(state, ())]
        return [words for words, is_there in wanted if not is_there(change)]


@dataclass(frozen=True)
class Types:
    """Every type by name, and the limits all of them obey."""

    known: Mapping[str, ChangeType]
    longest_window: timedelta = timedelta(days=14)
    longest_window_in_waves: timedelta = timedelta(days=90)
    longest_preparation: timedelta = timedelta(days=7)
    most_steps: int = 200

    def __post_init__(self) -> None:
        """Refuse a policy without the types that the product itself raises changes of."""
        for name in (NORMAL, EMERGENCY):
            if name not in self.known:
                raise ValueError(f"the type {name} is missing under known; keep it")

    def longest(self, *, in_waves: bool) -> timedelta:
        """Return how long the window of a change may be; waves never shorten what is allowed."""
        longer = max(self.longest_window, self.longest_window_in_waves)
        return longer if in_waves else self.longest_window

    def get(self, name: str) -> ChangeType | None:
        """Return one type, None when there is none of that name (any more)."""
        return self.known.get(name)

    def offered(self, markets: Iterable[str]) -> list[str]:
        """Return the types that a change of these markets may have."""
        there = set(markets)
        return [
            name
            for name, each in self.known.items()
            if not each.markets or not there or there <= set(each.markets)
        ]


_ANYWAY = {Move.RETURN, Move.CANCEL, Move.END, Move.REVIEW, Move.CLOSE, Move.UNSCHEDULE}


def refuse_foreign_move(types: Types, type_name: str, state: State, move: Move) -> None:
    """Raise IllegalMove unless the type allows ``move`` while ``state``.

    A change whose type has gone from the policy may still be ended, never begun.
    """
    CHANGE.after(state, move)
    known = types.get(type_name)
    if known is None:
        if move not in _ANYWAY:
            raise IllegalMove(
                f"cannot {move}: the policy has no type {type_name!r} any more; nothing was "
                f"changed; give the change one of {', '.join(types.known)}"
            )
        return
    if not known.allows(state, move):
        allowed = ", ".join(known.moves.get(state, ())) or "nothing"
        raise IllegalMove(
            f"a {type_name} change cannot {move} while {state}; nothing was changed; its type "
            f"allows {allowed} there"
        )


def refuse_missing(known: ChangeType, change: ChangeView, state: State) -> None:
    """Raise BadInput that names all that the type asks for in ``state`` and the change lacks."""
    missing = known.missing(change, state)
    if missing:
        raise BadInput(
            f"{change.reference} cannot be {state} yet: a {change.type} change also needs "
            f"{', '.join(missing)}; nothing was changed; edit it first"
        )


def late_by(known: ChangeType, change: ChangeView) -> timedelta:
    """Return how much later it was submitted than its type asks; zero when it was in time."""
    if change.starts_at is None or change.submitted_at is None:
        return timedelta()
    given = change.starts_at - change.submitted_at
    return max(timedelta(), known.lead_time_of(change.markets) - given)


def earliest_start(known: ChangeType | None, change: ChangeView, now: datetime) -> datetime:
    """Return when its window may begin at the earliest if it is moved, and so submitted anew, now.

    A type that only notes late changes, or an unknown one, asks for no time ahead.
    """
    if known is None or known.late is not Late.REFUSED:
        return now
    return now + known.lead_time_of(change.markets)


def _all(change: ChangeView, name: str) -> bool:
    return all(str(getattr(step, name)).strip() for step in change.steps)


def _evident(change: ChangeView) -> bool:
    return all(each.evidence.strip() for each in change.tests)
