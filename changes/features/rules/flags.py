"""What a flag says in a context follows from the waves of its roll-out, and nothing else. Pure.

A wave counts while what it brings is in place: running, at its gate, paused or passed. A pause
thus keeps the share it has reached; a wave that waits, was aborted or goes back counts no more.
Whoever any such wave reaches has the feature, so that a later wave widens and never narrows.

A wave reaches a customer when the market is one of its own (or of the roll-out, if it names none),
the context's attribute is among the values of each of its cohorts, the context's ``site`` is one
of its sites if it has any, and the customer's place is below its share. The place is the first
eight bytes of SHA-256 of ``key:targetingKey`` modulo 10 000: it is the same on every machine and
for ever, so who is in stays in while the share grows. A context that names no ``stripe`` of its own
gets the one of SHA-256 of ``stripe:targetingKey`` modulo 100, the same for every feature.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from changes.features.values import Flag, FlagAnswer, Reason
from changes.rollouts.lifecycle import RolloutState
from changes.rollouts.values import Cohort, WaveView
from ssoc.core.errors import BadInput

PLACES = 10_000
STRIPES = 100
LONGEST = 512
_STRIPES = frozenset(str(each) for each in range(STRIPES))
EVERYBODY = 100
TARGET, STRIPE, SITE, MARKET = "targetingKey", "stripe", "site", "market"


class KeyMissing(BadInput):
    """Who asks cannot be told apart, and the answer depends on it."""


class BadContext(BadInput):
    """The context says something that cannot be used."""


def answer(flag: Flag, market: str, context: Mapping[str, Any]) -> FlagAnswer:
    """Return what the flag says to a customer in a market.

    Raises:
        KeyMissing: a share or a stripe decides and the context has no ``targetingKey``.
        BadContext: an attribute that decides is neither text nor number.

    """
    if market in flag.killed:
        return _said(flag, False, Reason.DISABLED)
    here = [each for each in flag.waves if counts(flag, each) and market in markets_of(flag, each)]
    if not here:
        return _said(flag, False, Reason.STATIC)
    reached = _reached(here, context)
    whole = next((each for each in reached if each.percent >= EVERYBODY), None)
    if whole is not None:
        return _said(flag, True, _reason(whole), whole)
    if not reached:
        return _said(flag, False, Reason.DEFAULT)
    mine = place(flag.key, _target(flag.key, context))
    inside = next((each for each in reached if mine < each.percent * PLACES // 100), None)
    return _said(flag, inside is not None, Reason.SPLIT, inside)


def _reason(wave: WaveView) -> Reason:
    """Return by what a wave reaches the whole of its people."""
    if any(each.attribute == STRIPE for each in wave.cohorts):
        return Reason.SPLIT
    return Reason.TARGETING_MATCH if wave.cohorts or wave.sites else Reason.STATIC


def counts(flag: Flag, wave: WaveView) -> bool:
    """Tell whether what a wave brings is in place."""
    return wave.state.is_in_force and flag.state is not RolloutState.ROLLED_BACK


def markets_of(flag: Flag, wave: WaveView) -> tuple[str, ...]:
    """Return the markets a wave reaches."""
    return tuple(wave.markets or flag.markets)


def place(key: str, target: str) -> int:
    """Return where a customer stands in the order of a feature, from 0 to 9 999."""
    return _hash(f"{key}:{target}") % PLACES


def stripe_of(target: str) -> int:
    """Return the stripe of a customer, from 0 to 99, the same for every feature."""
    return _hash(f"{STRIPE}:{target}") % STRIPES


def _hash(text: str) -> int:
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _reached(waves: Sequence[WaveView], context: Mapping[str, Any]) -> list[WaveView]:
    """Return the waves that reach a context.

    Whom nobody can tell apart is missed only where no wave has the whole of its people anyway.
    """
    found, missing = [], None
    for each in waves:
        try:
            if _is_among(each, context):
                found.append(each)
        except KeyMissing as error:
            missing = error
    if missing is not None and not any(each.percent >= EVERYBODY for each in found):
        raise missing
    return found


def _is_among(wave: WaveView, context: Mapping[str, Any]) -> bool:
    """Tell whether the context is one of those a wave reaches, its share aside."""
    if wave.sites and _text(context, SITE) not in wave.sites:
        return False
    return all(_matches(each, context) for each in wave.cohorts)


def _matches(cohort: Cohort, context: Mapping[str, Any]) -> bool:
    if cohort.attribute == STRIPE and context.get(STRIPE) is None:
        return str(stripe_of(_target(STRIPE, context))) in cohort.values
    given = _text(context, cohort.attribute)
    if cohort.attribute == STRIPE and given not in _STRIPES:
        raise BadContext(
            f"{STRIPE} in the context is a whole number from 0 to {STRIPES - 1}, without a zero "
            "before it; send one, or none to have it reckoned from the targetingKey"
        )
    return given in cohort.values


def _text(context: Mapping[str, Any], name: str) -> str | None:
    """Return an attribute as cohorts write it: 7 is ``7``, True is ``true``."""
    value = context.get(name)
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case str() | int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case _:
            raise BadContext(f"{name} in the context is neither a text nor a number; send one")


def _target(what: str, context: Mapping[str, Any]) -> str:
    target = context.get(TARGET)
    if target is None or target == "":
        raise KeyMissing(
            f"the context has no {TARGET}, and {what} is decided by share; send whom it is asked "
            "for, the same for the same customer each time"
        )
    if not isinstance(target, str) or len(target) > LONGEST:
        raise BadContext(f"{TARGET} is a text of at most {LONGEST} signs; send such a one")
    return target


def _said(flag: Flag, is_on: bool, reason: Reason, wave: WaveView | None = None) -> FlagAnswer:
    value = flag.on if is_on else flag.off
    by = wave.position if wave else None
    return FlagAnswer(flag.key, value, is_on, reason, flag.rollout_id, by)
