"""Ansible: webhook notifications of AWX and Ansible Automation Platform, for jobs."""

import orjson

from changes.rules.outside import Deployed
from ssoc.monitoring.actions import Change
from web.ingest.deploys.telling import Deployment, Teller, entry, moment, part, word
from web.ingest.parsed import BadItem, mapping

_OVER = {"successful", "failed", "error", "canceled"}
_TOLD = _OVER | {"running"}


def parse(payload: object, teller: Teller) -> Change | None:
    """Read one notification; None when it is a test, or the job has changed nothing yet.

    A playbook says where it works by its extra variables ``ssoc_component``, ``ssoc_market``
    and ``ssoc_reference``; ``check`` runs change nothing.

    Raises:
        BadItem: it is no notification of a job, or of another market than the sender's.

    """
    body = mapping(payload, "the notification")
    if "id" not in body and "body" in body:
        return None  # the button "send test notification"
    number, name = word(body.get("id")), word(body.get("name"))
    if not number or not name:
        raise BadItem("'id' and 'name' of the job are missing; is this AWX?")
    state = word(body.get("status")).lower()
    extra = _extra(body.get("extra_vars"))
    if state not in _TOLD or word(extra.get("ansible_check_mode")).lower() == "true":
        return None
    inventory, limit = word(body.get("inventory")), word(body.get("limit"))
    finished = moment(body.get("finished"), "'finished'")
    return entry(
        teller,
        Deployment(
            Deployed(
                "ansible",
                word(body.get("project")),
                limit or inventory,
                word(extra.get("ssoc_component")) or name,
            ),
            f"{name} ({word(body.get('playbook')) or 'job'}) on {limit or inventory or 'hosts'}",
            f"job {number}",
            moment(body.get("started"), "'started'") or moment(body.get("created"), "'created'"),
            finished if state in _OVER else None,
            word(extra.get("ssoc_reference")),
            body.get("url"),
            {each: word(extra.get(f"ssoc_{each}")) for each in ("market", "component")},
            {
                "state": state,
                "by": word(body.get("created_by")),
                "playbook": word(body.get("playbook")),
                "inventory": inventory,
                "limit": limit,
            },
        ),
    )


def _extra(value: object) -> dict[str, object]:
    """Return the extra variables, which AWX writes as a text of JSON."""
    if isinstance(value, str):
        try:
            return part(orjson.loads(value))
        except orjson.JSONDecodeError:
            return {}
    return part(value)
