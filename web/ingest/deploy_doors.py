"""The doors of the change log: who speaks, by token or by signature, and what was deployed."""

import hmac
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qs

from changes.policy import policy_of
from changes.rules import outside
from changes.rules.outside import Deployed, DoorTerms, OutsidePolicy
from ssoc.core.errors import BadSettings, NotSignedIn, Unavailable
from ssoc.core.permissions import EVERYWHERE, SYSTEM, Actor, ActorKind, Permission
from ssoc.core.settings import secret
from ssoc.estate import queries as estate_queries
from ssoc.monitoring import actions
from ssoc.monitoring.actions import Change
from web.ingest import answers, bodies, change_log
from web.ingest.answers import Answer
from web.ingest.credentials import token_of
from web.ingest.deploys import ansible, argocd, github, gitlab
from web.ingest.deploys.telling import Teller
from web.ingest.desk import Desk, Visit
from web.ingest.parsed import BadItem

ACCEPTED, BAD = 202, 400
FORM = "application/x-www-form-urlencoded"
Parse = Callable[[Visit, object, Teller], Change | None]


def own(desk: Desk, visit: Visit) -> Answer:
    """``POST /api/v1/change-events``: our own format."""
    token = token_of(visit.environ)
    origin = desk.origin(visit, token, Permission.CHANGE_REPORT)
    payload = desk.payload(visit)
    listed = payload.get("change_events") if isinstance(payload, dict) else None
    desk.check_size(listed)
    parsed = change_log.parse(payload, origin)
    visit.faults += parsed.faults + parsed.notes
    errors = [{"index": each.index, "message": each.message} for each in parsed.faults]
    warnings = [{"index": each.index, "message": each.message} for each in parsed.notes]
    if not parsed.changes:
        messages = [each.message for each in parsed.faults]
        return answers.problem(BAD, messages, accepted=0, errors=errors)
    actor = desk.actor(visit, token)
    with desk.runtime.work(actor) as work:
        ids = [actions.record_change(work, each) for each in parsed.changes]
    said: dict[str, object] = {"accepted": len(ids), "ids": ids, "errors": errors}
    return answers.json_of(ACCEPTED, said | ({"warnings": warnings} if warnings else {}))


def github_door(desk: Desk, visit: Visit) -> Answer:
    """``/hooks/github``: signed with the secret of the policy, or with a token of ours."""
    event = str(visit.environ.get("HTTP_X_GITHUB_EVENT", ""))[:64]
    return _take(desk, visit, "github", lambda _, body, teller: github.parse(event, body, teller))


def gitlab_door(desk: Desk, visit: Visit) -> Answer:
    """``/hooks/gitlab``: its secret token is the policy's secret, or a token of ours."""
    return _take(desk, visit, "gitlab", lambda _, body, teller: gitlab.parse(body, teller))


def argocd_door(desk: Desk, visit: Visit) -> Answer:
    """``/hooks/argocd``: with a token of ours."""
    return _take(desk, visit, "argocd", lambda _, body, teller: argocd.parse(body, teller))


def ansible_door(desk: Desk, visit: Visit) -> Answer:
    """``/hooks/ansible``: with a token of ours."""
    return _take(desk, visit, "ansible", lambda _, body, teller: ansible.parse(body, teller))


def _take(desk: Desk, visit: Visit, tool: str, parse: Parse) -> Answer:
    visit.sender = desk.address(visit)
    raw = desk.body(visit)
    policy = _policy(desk)
    terms = policy.doors.get(tool, DoorTerms())
    actor = _speaker(desk, visit, tool, terms, raw)
    origin = desk.origin_of(visit, actor, Permission.CHANGE_REPORT)
    teller = Teller(origin, _where(desk, policy), terms.branches)
    change = parse(visit, _json(visit, raw), teller)
    if change is None:
        return answers.json_of(ACCEPTED, {"accepted": 0, "message": "nothing was changed by this"})
    change = replace(change, source=change.source or tool)
    with desk.runtime.work(actor) as work:
        number = actions.record_change(work, change)
    return answers.json_of(ACCEPTED, {"accepted": 1, "ids": [number]})


def _policy(desk: Desk) -> OutsidePolicy:
    """Return the policy; while its file is wrong senders keep what they have and come again."""
    try:
        return policy_of(desk.runtime.settings).outside
    except BadSettings as error:
        raise Unavailable("the change policy of this console cannot be read; try later") from error


def _where(desk: Desk, policy: OutsidePolicy) -> Callable[[Deployed], tuple[str, str]]:
    with desk.runtime.view(SYSTEM) as work:
        estate = estate_queries.current(work)
    return lambda deployed: outside.place(deployed, policy, estate)


def _speaker(desk: Desk, visit: Visit, tool: str, terms: DoorTerms, raw: bytes) -> Actor:
    """Return who speaks: by the secret of the policy where there is one, else by a token.

    Where the policy names a secret a token is not enough: whoever may send alerts may not
    pretend to be the deploy tool.
    """
    if not terms.secret:
        given = token_of(visit.environ) or str(visit.environ.get("HTTP_X_GITLAB_TOKEN", ""))
        return desk.actor(visit, given.strip())
    if not _is_signed(visit, tool, _secret(terms.secret), raw):
        raise NotSignedIn(
            f"the signature is missing or wrong; {tool} must hold the secret that the change "
            f"policy names in outside.doors.{tool}"
        )
    visit.sender = tool
    grants = frozenset((Permission.CHANGE_REPORT, each) for each in terms.markets or (EVERYWHERE,))
    return Actor(f"hook:{tool}", grants, ActorKind.TOKEN)


def _secret(reference: str) -> bytes:
    try:
        return secret(reference).encode()
    except BadSettings as error:
        raise Unavailable("the secret of this door cannot be read; try later") from error


def _is_signed(visit: Visit, tool: str, key: bytes, raw: bytes) -> bool:
    """Tell whether the request proves that its sender holds the secret.

    GitHub signs the body; GitLab, and tools that can only set a header, send the secret itself.
    """
    if tool == "github":
        given = str(visit.environ.get("HTTP_X_HUB_SIGNATURE_256", ""))
        wanted = "sha256=" + hmac.new(key, raw, sha256).hexdigest()
        return hmac.compare_digest(given.encode(), wanted.encode())
    if tool == "gitlab":
        given = str(visit.environ.get("HTTP_X_GITLAB_TOKEN", ""))
    else:
        given = token_of(visit.environ)
    return hmac.compare_digest(given.encode(), key)


def _json(visit: Visit, raw: bytes) -> object:
    """Return the payload; GitHub puts it into a form unless it is told otherwise."""
    if not str(visit.environ.get("CONTENT_TYPE", "")).lower().startswith(FORM):
        return bodies.json_of(raw)
    try:
        given = parse_qs(raw.decode("utf-8"), max_num_fields=5).get("payload", [])
    except ValueError as error:
        raise BadItem("the form cannot be read; send application/json") from error
    if not given:
        raise BadItem("the form has no field payload; send application/json")
    return bodies.json_of(given[0].encode())
