"""API tokens and kiosk links: make, show once, revoke."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.accounts import machines as actions
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import TokenScope
from ssoc.estate import queries as estate_queries
from web.admin import forms
from web.admin.blueprint import admin
from web.app import request_runtime, request_view, request_work

SCOPES = {
    TokenScope.INGEST: "sends alerts and changes; an Alertmanager peer also keeps silences",
    TokenScope.READ: "reads incidents, alerts and the estate",
    TokenScope.WRITE: "reads, and works on incidents and silences",
    TokenScope.FLAGS: "reads flags of features, for the platforms of a country",
}


@admin.get("/admin/tokens")
def tokens() -> ResponseReturnValue:
    """List tokens, and offer to make one."""
    return _tokens()


def _tokens(fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        found, now = actions.tokens(work), work.now
        markets = sorted(estate_queries.current(work).markets)
    page = render_template(
        "admin/tokens.html",
        tokens=[(each, each.state(now)) for each in found],
        scopes=SCOPES,
        markets=markets,
        typed=request.form,
        fault=fault,
    )
    return page, status


@admin.post("/admin/tokens", endpoint="token_add")
def add_token() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form = request.form
    try:
        name = forms.text(form, "name")
        scope = forms.choice(form, "scope", TokenScope) or TokenScope.READ
        with request_work() as work:
            plain = actions.create_token(
                work, name, TokenScope(scope), forms.codes(form), forms.days(form, "days")
            )
    except (BadInput, Conflict) as error:
        return _tokens(str(error), error.status)
    return render_template(
        "admin/once.html",
        title=f"Token {name}",
        what="token",
        secret=plain,
        use="Send it as Authorization: Bearer …; a PagerDuty client takes it as its routing key.",
        back=url_for(".tokens"),
        back_to="Back to the tokens",
    )


@admin.get("/admin/tokens/<name>/revoke", endpoint="token_question")
def ask_token(name: str) -> ResponseReturnValue:
    """Ask before ending a token: it cannot be undone."""
    with request_view() as work:
        actions.tokens(work)
    return _question(f"Revoke the token {name}?", ".tokens", "token_revoke", name)


@admin.post("/admin/tokens/<name>/revoke", endpoint="token_revoke")
def revoke_token(name: str) -> ResponseReturnValue:
    """End a token."""
    with request_work() as work:
        actions.revoke_token(work, name)
    flash(f"Token {name} is revoked.")
    return redirect(url_for(".tokens"), code=303)


def _question(what: str, back: str, act: str, name: str) -> ResponseReturnValue:
    return render_template(
        "admin/question.html",
        what=what,
        consequence="Whatever uses it is refused from now on. This cannot be undone; "
        "a new one can be made under another name.",
        keep=url_for(back),
        act=url_for(f".{act}", name=name),
    )


@admin.get("/admin/kiosks")
def kiosks() -> ResponseReturnValue:
    """List kiosk links, and offer to make one."""
    return _kiosks()


def _kiosks(fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        found = actions.kiosks(work)
        markets = sorted(estate_queries.current(work).markets)
    page = render_template(
        "admin/kiosks.html", kiosks=found, markets=markets, typed=request.form, fault=fault
    )
    return page, status


@admin.post("/admin/kiosks", endpoint="kiosk_add")
def add_kiosk() -> ResponseReturnValue:
    """Make a kiosk link and show it, this once."""
    form = request.form
    try:
        name = forms.text(form, "name")
        with request_work() as work:
            plain = actions.create_kiosk(work, name, forms.codes(form))
    except (BadInput, Conflict) as error:
        return _kiosks(str(error), error.status)
    base = request_runtime().settings.web.public_url.rstrip("/") or request.host_url.rstrip("/")
    return render_template(
        "admin/once.html",
        title=f"Kiosk link {name}",
        what="link",
        secret=f"{base}{url_for('account.kiosk', token=plain)}",
        use="Open it once on the wall screen; it shows the wall until the link is revoked.",
        back=url_for(".kiosks"),
        back_to="Back to the links",
    )


@admin.get("/admin/kiosks/<name>/revoke", endpoint="kiosk_question")
def ask_kiosk(name: str) -> ResponseReturnValue:
    """Ask before ending a kiosk link: it cannot be undone."""
    with request_view() as work:
        actions.kiosks(work)
    return _question(f"Revoke the kiosk link {name}?", ".kiosks", "kiosk_revoke", name)


@admin.post("/admin/kiosks/<name>/revoke", endpoint="kiosk_revoke")
def revoke_kiosk(name: str) -> ResponseReturnValue:
    """End a kiosk link."""
    with request_work() as work:
        actions.revoke_kiosk(work, name)
    flash(f"Kiosk link {name} is revoked; its screens say so at their next refresh.")
    return redirect(url_for(".kiosks"), code=303)
