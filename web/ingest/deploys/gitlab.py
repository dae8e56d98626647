"""GitLab webhooks: ``deployment``, and ``pipeline`` of a branch that deploys."""

from changes.rules.outside import Deployed
from ssoc.monitoring.actions import Change
from web.ingest.deploys.telling import Deployment, Teller, entry, moment, part, word
from web.ingest.parsed import BadItem, mapping

_OVER = {"success", "failed", "canceled"}
_TOLD = _OVER | {"running"}  # what is only created, blocked or waiting has changed nothing


def parse(payload: object, teller: Teller) -> Change | None:
    """Read one event; None when it tells of no change.

    Raises:
        BadItem: it is no event of GitLab's, or of another market than the sender's.

    """
    body = mapping(payload, "the event")
    match word(body.get("object_kind")):
        case "deployment":
            return _deployment(body, teller)
        case "pipeline":
            return _pipeline(body, teller)
        case "":
            raise BadItem("'object_kind' is missing; is this GitLab?")
        case _:
            return None


def _deployment(body: dict[str, object], teller: Teller) -> Change | None:
    state = word(body.get("status"))
    if state not in _TOLD:
        return None
    number = word(body.get("deployment_id"))
    if not number:
        raise BadItem("'deployment_id' is missing")
    name, path = _project(body)
    environment, ref = word(body.get("environment")), word(body.get("ref"))
    changed = moment(body.get("status_changed_at"), "'status_changed_at'")
    title = word(body.get("commit_title"))
    return entry(
        teller,
        Deployment(
            Deployed("gitlab", path, environment, name),
            f"{name} {ref or word(body.get('short_sha'))} deployed to {environment}: {title}",
            f"deployment {path} {number}",
            changed,
            changed if state in _OVER else None,
            url=body.get("deployable_url") or body.get("commit_url"),
            details={
                "state": state,
                "by": word(part(body.get("user")).get("username")),
                "ref": ref,
                "sha": word(body.get("short_sha")),
                "message": title,
            },
        ),
    )


def _pipeline(body: dict[str, object], teller: Teller) -> Change | None:
    about, commit = part(body.get("object_attributes")), part(body.get("commit"))
    state, ref = word(about.get("status")), word(about.get("ref"))
    if state not in _TOLD or about.get("tag") is True or not teller.deploys(ref):
        return None
    number = word(about.get("id"))
    if not number:
        raise BadItem("'object_attributes.id' is missing")
    name, path = _project(body)
    message = word(commit.get("message"), 1024)
    return entry(
        teller,
        Deployment(
            Deployed("gitlab", path, ref, name),
            f"{name} {ref} pipeline {number}: {message.partition(chr(10))[0]}",
            f"pipeline {path} {number}",
            moment(about.get("created_at"), "'object_attributes.created_at'"),
            moment(about.get("finished_at"), "'object_attributes.finished_at'"),
            url=about.get("url") or commit.get("url"),
            details={
                "state": state,
                "by": word(part(body.get("user")).get("username")),
                "ref": ref,
                "sha": word(about.get("sha")),
                "message": message,
            },
        ),
    )


def _project(body: dict[str, object]) -> tuple[str, str]:
    project = part(body.get("project"))
    path = word(project.get("path_with_namespace"))
    return path.rpartition("/")[2] or word(project.get("name")), path
