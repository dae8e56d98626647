"""OpenFeature's remote evaluation (OFREP): what flags say in a context, one or all of them.

It stands at the lean door beside the alerts, since a platform may ask for a flag with every
payment. The market of the context must be one that the token may read flags of. While the
database is away the last known flags are told with their age, for a while; who asks too often is
told when to ask again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2s
from http import HTTPStatus
from typing import Any

from changes.features.queries.flags import FlagTable
from changes.features.rules import flags
from changes.features.rules.flags import BadContext, KeyMissing
from changes.features.values import Flag, FlagAnswer
from ssoc.core.errors import BadInput, NotAllowed, NotFound, SsocError
from ssoc.core.permissions import Permission
from web.ingest import answers
from web.ingest.answers import Answer
from web.ingest.credentials import token_of
from web.ingest.desk import Desk, Visit
from web.ingest.pace import AskedTooOften
from web.ingest.parsed import Fault

PATH = "/ofrep/v1/evaluate/flags"
_ALL = (PATH, f"{PATH}/")


def knows(path: str) -> bool:
    """Tell whether a path is answered here."""
    return path == PATH or path.startswith(f"{PATH}/")


def refuse(status: int, messages: Sequence[str]) -> Answer:
    """Refuse as OFREP does."""
    said = {"errorCode": "GENERAL", "errorDetails": answers.joined(messages)}
    return answers.json_of(status, said)


def evaluate(desk: Desk, visit: Visit) -> Answer:
    """Answer what one flag says, or what all of the market say."""
    held = _held(desk, visit)
    try:
        desk.flag_pace.take(visit.sender, desk.runtime.clock.now())
    except AskedTooOften as often:
        visit.faults.append(Fault("asked too often", str(often)))
        refused = refuse(often.status, [str(often)])
        return replace(refused, headers=(("Retry-After", str(often.seconds)),))
    key = "" if visit.path in _ALL else visit.path[len(PATH) + 1 :]
    try:
        context = _context(desk, visit)
        table, age = desk.flags.known(desk.limits.keep_flags)
        market = table.market_of(context, held)
        if key:
            return _aged(_one(desk, table.flag(key), market, context), age)
        return _aged(_every(desk, visit, table, market, context), age)
    except (BadInput, NotFound) as error:
        visit.faults.append(Fault(_code(error).lower().replace("_", " "), str(error)))
        return answers.json_of(error.status, ({"key": key} if key else {}) | _failed(error))


def _aged(answer: Answer, age: timedelta) -> Answer:
    """Say how old an answer is that was given without the database (RFC 9111, Age)."""
    if not age:
        return answer
    seconds = str(int(age.total_seconds()))
    return replace(answer, headers=(*answer.headers, ("Age", seconds)))


def _context(desk: Desk, visit: Visit) -> Mapping[str, Any]:
    given = desk.payload(visit)
    if not isinstance(given, dict):
        raise BadInput("the body is an object with context; send one")
    context = given.get("context", {})
    if not isinstance(context, dict):
        raise BadContext("the context is an object; send one with targetingKey and market")
    return context


def _one(desk: Desk, flag: Flag, market: str, context: Mapping[str, Any]) -> Answer:
    told = flags.answer(flag, market, context)
    desk.asked.count(flag.id, market, told.is_on, desk.runtime.clock.now())
    return answers.json_of(HTTPStatus.OK, _told(told))


def _every(
    desk: Desk, visit: Visit, table: FlagTable, market: str, context: Mapping[str, Any]
) -> Answer:
    """Answer with every flag whose roll-out has the market; 304 if nothing is another."""
    found: list[Mapping[str, Any]] = []
    for flag in table.flags.values():
        if market not in flag.markets:
            continue
        try:
            told = flags.answer(flag, market, context)
        except BadInput as error:
            found.append({"key": flag.key} | _failed(error))
            continue
        desk.asked.count(flag.id, market, told.is_on, desk.runtime.clock.now())
        found.append(_told(told))
    whole = answers.json_of(HTTPStatus.OK, {"flags": found})
    tag = f'"{blake2s(whole.body, digest_size=12).hexdigest()}"'
    known = {each.strip().removeprefix("W/") for each in _known(visit).split(",")}
    if tag in known or "*" in known:
        return Answer(HTTPStatus.NOT_MODIFIED, headers=(("ETag", tag),))
    return Answer(HTTPStatus.OK, whole.body, headers=(("ETag", tag),))


def _known(visit: Visit) -> str:
    return str(visit.environ.get("HTTP_IF_NONE_MATCH", ""))


def _told(told: FlagAnswer) -> Mapping[str, Any]:
    return {
        "key": told.key,
        "value": told.value,
        "reason": told.reason.value,
        "variant": told.variant,
        "metadata": told.metadata,
    }


def _failed(error: SsocError) -> dict[str, str]:
    return {"errorCode": _code(error), "errorDetails": str(error)}


def _code(error: SsocError) -> str:
    match error:
        case KeyMissing():
            return "TARGETING_KEY_MISSING"
        case BadContext():
            return "INVALID_CONTEXT"
        case NotFound():
            return "FLAG_NOT_FOUND"
        case BadInput():
            return "PARSE_ERROR"
        case _:
            return "GENERAL"


def _held(desk: Desk, visit: Visit) -> frozenset[str]:
    """Return the markets the sender may read flags of, which must be one at least."""
    actor = desk.actor(visit, token_of(visit.environ), desk.limits.keep_flags)
    held = actor.markets(Permission.FLAG_READ)
    if not held:
        raise NotAllowed(
            f"token {visit.sender} may not read flags; nothing was answered; ask an admin for one "
            "of scope flags",
            Permission.FLAG_READ,
        )
    return held
