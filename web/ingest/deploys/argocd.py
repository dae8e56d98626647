"""Argo CD notifications, by the template of docs/change-log.md."""

from changes.rules.outside import Deployed
from ssoc.monitoring.actions import Change
from web.ingest.deploys.telling import Deployment, Teller, entry, moment, word
from web.ingest.parsed import BadItem, mapping

_TOLD = {"running": False, "succeeded": True, "failed": True, "error": True}


def parse(payload: object, teller: Teller) -> Change | None:
    """Read one notification; None when the sync has changed nothing yet.

    Raises:
        BadItem: it names no application, or is of another market than the sender's.

    """
    body = mapping(payload, "the notification")
    application = word(body.get("app"))
    if not application:
        raise BadItem("'app' is missing: use the template of docs/change-log.md")
    phase = word(body.get("phase")).lower()
    if phase and phase not in _TOLD:
        return None
    cluster, namespace = word(body.get("cluster")), word(body.get("namespace"))
    revision = word(body.get("revision"))
    started = moment(body.get("started_at"), "'started_at'")
    finished = moment(body.get("finished_at"), "'finished_at'")
    when = started.isoformat() if started else revision
    return entry(
        teller,
        Deployment(
            Deployed(
                "argocd",
                word(body.get("repository")),
                word(body.get("environment")) or namespace or cluster,
                application,
            ),
            # kept as it was told first, when the sync began
            f"{application}: sync to {revision[:12] or 'its revision'} in "
            f"{namespace or cluster or 'its cluster'}",
            f"sync {application} {cluster} {namespace} {when}",
            started,
            finished if _TOLD.get(phase, False) else None,
            word(body.get("reference")),
            body.get("url"),
            {name: word(body.get(name)) for name in ("market", "component")},
            {
                "state": phase or "synced",
                "by": word(body.get("by")),
                "revision": revision,
                "cluster": cluster,
                "namespace": namespace,
                "message": word(body.get("message"), 1024),
            },
        ),
    )
