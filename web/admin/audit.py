"""The audit trail: who did what, and whether anybody touched the record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from incidents.rules.wording import place_name
from ssoc.core import audit as trail
from ssoc.core.audit import Entry, Filters, Trail
from ssoc.core.events import Verdict
from ssoc.core.vocabulary import DomainEvent
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web.admin import forms
from web.admin.blueprint import admin
from web.app import request_view

_WORD = re.compile(r"(?<!^)([A-Z])")
FIELDS = ("kind", "subject", "by", "since", "until")


@admin.get("/admin/audit")
def audit() -> ResponseReturnValue:
    """Show the trail, newest first."""
    given = request.args
    until = forms.day(given, "until")
    filters = Filters(
        forms.choice(given, "kind", kinds()),
        forms.text(given, "subject", 128),
        forms.text(given, "by", 128),
        forms.day(given, "since"),
        until + timedelta(days=1) if until else None,
    )
    with request_view() as work:
        found = trail.trail(work, filters, forms.number(given, "before"))
        estate = estate_queries.current(work)
    return _page(found, estate)


@admin.post("/admin/audit/verify", endpoint="audit_verify")
def verify() -> ResponseReturnValue:
    """Walk the whole chain, and say what was found above the newest page."""
    with request_view() as work:
        verdict = trail.verify_trail(work)
        found = trail.trail(work, Filters())
        estate = estate_queries.current(work)
    return _page(found, estate, verdict)


def kinds() -> list[str]:
    """Return the events there are, by name; bases that are never recorded are left out."""
    return sorted(name for name, kind in DomainEvent.types.items() if not kind.__subclasses__())


def event_words(kind: str) -> str:
    """Return the name of an event as people say it: ``Incident role taken``."""
    return _WORD.sub(r" \1", kind).strip().capitalize()


def subject_words(subject: str, estate: Estate) -> str:
    """Return what an event is about as people call it: ``INC-12``, ``Core ledger KE``."""
    kind, _, name = subject.partition(":")
    if kind == "incident" and name.isdecimal():
        return f"INC-{name}"
    if kind == "component":
        return f"component {place_name(estate, name)}"
    return f"{kind} {name}".strip()


@dataclass(frozen=True)
class Shown:
    """One event as a row."""

    id: int
    at: datetime
    kind: str
    by: str
    subject: str
    about: str
    body: Mapping[str, Any]


def _shown(entry: Entry, estate: Estate) -> Shown:
    return Shown(
        entry.id,
        entry.at,
        event_words(entry.kind),
        entry.by,
        entry.subject,
        subject_words(entry.subject, estate),
        {name: _value(name, value, estate) for name, value in entry.body.items()},
    )


def _value(name: str, value: object, estate: Estate) -> object:
    if isinstance(value, str) and (name == "component" or value.startswith("?")):
        return place_name(estate, value)
    return value


def _page(found: Trail, estate: Estate, verdict: Verdict | None = None) -> ResponseReturnValue:
    asked = {name: request.args.get(name, "").strip() for name in FIELDS}
    kept = {name: value for name, value in asked.items() if value}
    older = ""
    if found.next is not None:
        older = f"{url_for('.audit')}?{urlencode({**kept, 'before': found.next})}"
    return render_template(
        "admin/audit.html",
        trail=found,
        verdict=verdict,
        asked=asked,
        kinds=[(each, event_words(each)) for each in kinds()],
        items=[_shown(each, estate) for each in found.items],
        first=f"{url_for('.audit')}?{urlencode(kept)}" if "before" in request.args else "",
        older=older,
    )
