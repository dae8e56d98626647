"""The audit trail: who did what, and whether anybody touched the record."""

from datetime import timedelta
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core import audit as trail
from ssoc.core.audit import Filters, Trail
from ssoc.core.events import Verdict
from ssoc.core.vocabulary import DomainEvent
from web.admin import forms
from web.admin.blueprint import admin
from web.app import request_view

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
    return _page(found)


@admin.post("/admin/audit/verify", endpoint="audit_verify")
def verify() -> ResponseReturnValue:
    """Walk the whole chain, and say what was found above the newest page."""
    with request_view() as work:
        verdict = trail.verify_trail(work)
        found = trail.trail(work, Filters())
    return _page(found, verdict)


def kinds() -> list[str]:
    """Return the events there are, by name; bases that are never recorded are left out."""
    return sorted(name for name, kind in DomainEvent.types.items() if not kind.__subclasses__())


def _page(found: Trail, verdict: Verdict | None = None) -> ResponseReturnValue:
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
        kinds=kinds(),
        first=f"{url_for('.audit')}?{urlencode(kept)}" if "before" in request.args else "",
        older=older,
    )
