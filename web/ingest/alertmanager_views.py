"""What amtool, karma and Grafana read and set: Alertmanager's API v2 beside posting alerts."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import Permission
from ssoc.monitoring import actions, queries
from ssoc.monitoring.peer_queries import open_alerts
from ssoc.monitoring.rules.matching import compiled, matches_all
from web.ingest import alertmanager_shapes as shapes
from web.ingest import answers, silence_request
from web.ingest.answers import Answer
from web.ingest.credentials import token_of
from web.ingest.desk import Desk, Visit
from web.ingest.filters import flags_of, matchers_of
from web.ingest.parsed import BadItem
from web.ingest.silence_request import Invalid

OK, BAD, NOT_FOUND = HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND
MOST = 10_000  # alerts in one answer; more is no list that anybody reads
V2, V1 = "/api/v2/", "/api/v1/"
HEALTHY = answers.plain(OK, ["OK"])
ONE_SILENCE = "silence/ID"
Found = list[dict[str, Any]]


def knows(path: str, prefix: str) -> bool:
    """Tell whether ``path``, below ``prefix``, is Alertmanager's; its v1 is ours without prefix."""
    if path in {"/-/healthy", "/-/ready"} or path.startswith(V2):
        return True
    return bool(prefix) and path.startswith(V1)


def answer(desk: Desk, visit: Visit) -> Answer:
    """Answer one request."""
    path = str(visit.environ["ssoc.path"])
    if path.startswith("/-/"):
        return _alive(desk, path)
    if path.startswith(V1):
        return answers.alertmanager_v1_refusal(
            HTTPStatus.GONE, ["API v1 is gone, but for posting alerts; use /api/v2/"]
        )
    method = visit.environ["REQUEST_METHOD"].replace("HEAD", "GET")
    take = _VIEWS.get((method, _named(path[len(V2) :])))
    if take is None:
        message = f"path {path[:200]} was not found or does not take {method}"
        return answers.alertmanager_refusal(NOT_FOUND, [message])
    return take(desk, visit)


def _named(rest: str) -> str:
    """Return the name of the view that ``rest`` of a path means."""
    kind, _, number = rest.partition("/")
    return ONE_SILENCE if kind == "silence" and number and "/" not in number else rest


def _silence_id(visit: Visit) -> str:
    return str(visit.environ["ssoc.path"]).rpartition("/")[2][:64]


def _alive(desk: Desk, path: str) -> Answer:
    if path == "/-/ready":
        desk.identities()  # looks into the database, at most every few seconds
    return HEALTHY


def _status(desk: Desk, visit: Visit) -> Answer:
    desk.actor(visit, token_of(visit.environ))
    return answers.json_of(OK, shapes.status(desk.began_at, desk.group_by))


def _receivers(desk: Desk, visit: Visit) -> Answer:
    desk.actor(visit, token_of(visit.environ))
    return answers.json_of(OK, [{"name": shapes.RECEIVER}])


def _alerts(desk: Desk, visit: Visit) -> Answer:
    return _listed(desk, visit, lambda found: found)


def _groups(desk: Desk, visit: Visit) -> Answer:
    return _listed(desk, visit, lambda found: shapes.groups(found, desk.group_by))


def _listed(desk: Desk, visit: Visit, shape: Callable[[Found], Found]) -> Answer:
    actor = desk.actor(visit, token_of(visit.environ))
    try:
        matchers = matchers_of(visit.query.get("filter", ()))
        asked = compiled(visit.query.get("receiver", [".*"])[0])
        flags = flags_of(visit.query)
    except BadInput as error:
        return answers.alertmanager_text(BAD, [str(error)])
    if asked.fullmatch(shapes.RECEIVER) is None:
        return answers.json_of(OK, [])
    with desk.runtime.view(actor) as work:
        active = queries.suppressions_shown(work)
        timeout = desk.limits.resolve_timeout
        shaped = (
            shapes.alert(each, active, timeout)
            for each in open_alerts(work)
            if matches_all(matchers, each.labels)
        )
        wanted = (each for each in shaped if _is_wanted(each["status"], flags))
        return answers.json_of(OK, shape(list(islice(wanted, MOST))))


def _is_wanted(status: Mapping[str, Any], flags: Mapping[str, bool]) -> bool:
    """Tell whether the flags of a request ask for an alert of this status."""
    if status["silencedBy"]:
        return flags["silenced"]
    if status["inhibitedBy"]:
        return flags["inhibited"]
    if status["mutedBy"]:
        return flags["muted"]
    return flags["active"]


def _silences(desk: Desk, visit: Visit) -> Answer:
    actor = desk.actor(visit, token_of(visit.environ))
    try:
        matchers = matchers_of(visit.query.get("filter", ()))
    except BadInput as error:
        return answers.alertmanager_text(BAD, [str(error)])
    with desk.runtime.view(actor) as work:
        found = queries.silences(work)
        now = work.now
    wanted = [
        shapes.silence(each, now)
        for each in found
        if all(m.matches({x.name: x.value for x in each.matchers}) for m in matchers)
    ]
    return answers.json_of(OK, wanted)


def _silence(desk: Desk, visit: Visit) -> Answer:
    actor = desk.actor(visit, token_of(visit.environ))
    try:
        with desk.runtime.view(actor) as work:
            found = queries.silence(work, _silence_id(visit))
            return answers.json_of(OK, shapes.silence(found, work.now))
    except NotFound:
        return Answer(NOT_FOUND)


def _set_silence(desk: Desk, visit: Visit) -> Answer:
    actor = desk.actor(visit, token_of(visit.environ))
    if not actor.markets(Permission.ALERT_SILENCE):  # before its faults: they are not its turn
        raise NotAllowed(
            f"token {visit.sender} may not silence alerts; nothing was changed; use one of scope "
            "ingest or write"
        )
    payload = desk.payload(visit)
    try:
        asked = silence_request.parse(payload, desk.runtime.clock.now())
        with desk.runtime.work(actor) as work:
            made = actions.set_silence(work, asked)
    except Invalid as error:
        content = {"code": error.code, "message": str(error)}
        return answers.json_of(HTTPStatus.UNPROCESSABLE_ENTITY, content)
    except (BadItem, BadInput) as error:
        return answers.alertmanager_text(BAD, [str(error)])
    except NotFound:
        return answers.alertmanager_text(NOT_FOUND, ["silence not found"])
    return answers.json_of(OK, {"silenceID": made})


def _expire_silence(desk: Desk, visit: Visit) -> Answer:
    actor = desk.actor(visit, token_of(visit.environ))
    try:
        with desk.runtime.work(actor) as work:
            actions.expire_silence(work, _silence_id(visit))
    except NotFound:
        return answers.alertmanager_text(NOT_FOUND, ["silence not found"])
    return Answer(OK)


_VIEWS: Mapping[tuple[str, str], Callable[[Desk, Visit], Answer]] = {
    ("GET", "status"): _status,
    ("GET", "receivers"): _receivers,
    ("GET", "alerts"): _alerts,
    ("GET", "alerts/groups"): _groups,
    ("GET", "silences"): _silences,
    ("POST", "silences"): _set_silence,
    ("GET", ONE_SILENCE): _silence,
    ("DELETE", ONE_SILENCE): _expire_silence,
}
