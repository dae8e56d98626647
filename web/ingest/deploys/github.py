"""GitHub webhooks: ``deployment``, ``deployment_status`` and ``push`` to a branch that deploys."""

from changes.rules.outside import Deployed
from ssoc.monitoring.actions import Change
from web.ingest.deploys.telling import Deployment, Teller, entry, moment, part, word
from web.ingest.parsed import BadItem, mapping

_OVER = {"success", "failure", "error"}
_BRANCH = "refs/heads/"


def parse(event: str, payload: object, teller: Teller) -> Change | None:
    """Read one event; None when it tells of no change.

    Raises:
        BadItem: it is no event of GitHub's, or of another market than the sender's.

    """
    body = mapping(payload, "the event")
    match event:
        case "deployment" | "deployment_status":
            return _deployment(body, teller)
        case "push":
            return _push(body, teller)
        case "":
            raise BadItem("the header X-GitHub-Event is missing; is this GitHub?")
        case _:
            return None  # a ping, or an event that somebody switched on besides


def _deployment(body: dict[str, object], teller: Teller) -> Change | None:
    deployment, status = part(body.get("deployment")), part(body.get("deployment_status"))
    number = word(deployment.get("id"))
    if not number:
        raise BadItem("'deployment.id' is missing")
    state = word(status.get("state"))
    if state == "inactive":
        return None  # a later deployment took its place
    repository, full_name = _repository(body)
    environment = word(status.get("environment")) or word(deployment.get("environment"))
    payload = part(deployment.get("payload"))
    who = word(part(deployment.get("creator")).get("login"))
    ref = word(deployment.get("ref")) or word(deployment.get("sha"))[:12]
    begun = moment(deployment.get("created_at"), "'deployment.created_at'")
    changed = moment(status.get("created_at"), "'deployment_status.created_at'")
    return entry(
        teller,
        Deployment(
            Deployed(
                "github", full_name, environment, word(payload.get("component")) or repository
            ),
            f"{repository} {ref} deployed to {environment or 'its environment'}",
            f"deployment {full_name} {number}",
            begun,
            changed if state in _OVER else None,
            word(payload.get("reference")) or word(payload.get("change")),
            status.get("target_url") or status.get("log_url") or deployment.get("url"),
            {name: word(payload.get(name)) for name in ("market", "component")},
            {
                "state": state or "created",
                "by": who,
                "ref": ref,
                "sha": word(deployment.get("sha")),
                "task": word(deployment.get("task")),
                "description": word(status.get("description"), 1024)
                or word(deployment.get("description"), 1024),
            },
        ),
    )


def _push(body: dict[str, object], teller: Teller) -> Change | None:
    ref = word(body.get("ref"))
    branch = ref.removeprefix(_BRANCH)
    if not ref.startswith(_BRANCH) or body.get("deleted") is True or not teller.deploys(branch):
        return None
    after, head = word(body.get("after")), part(body.get("head_commit"))
    if not after:
        raise BadItem("'after' is missing: which commit was pushed?")
    repository, full_name = _repository(body)
    message = word(head.get("message"), 1024)
    return entry(
        teller,
        Deployment(
            Deployed("github", full_name, branch, repository),
            f"{repository} {branch} {after[:12]} pushed: {message.partition(chr(10))[0]}",
            f"push {full_name} {branch} {after}",
            # the commit may be days old: it is the push that changes something
            url=head.get("url") or body.get("compare"),
            details={
                "by": word(part(body.get("pusher")).get("name")),
                "sha": after,
                "message": message,
            },
        ),
    )


def _repository(body: dict[str, object]) -> tuple[str, str]:
    repository = part(body.get("repository"))
    full_name = word(repository.get("full_name"))
    return word(repository.get("name")) or full_name.rpartition("/")[2], full_name
