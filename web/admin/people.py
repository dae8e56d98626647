"""People: add, roles, disable, reset."""

import secrets
from collections.abc import Iterable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.accounts import actions, queries
from ssoc.accounts.actions import NewPerson
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import EVERYWHERE, Role
from ssoc.estate import queries as estate_queries
from web.admin import forms
from web.admin.blueprint import admin
from web.app import request_view, request_work

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper
_GROUPS, _LETTERS = 4, 5


@admin.get("/admin/people")
def people() -> ResponseReturnValue:
    """List everybody."""
    with request_view() as work:
        return render_template("admin/people.html", people=queries.people(work))


@admin.get("/admin/people/new", endpoint="person_new")
def new() -> ResponseReturnValue:
    """Ask for a new person."""
    return _ask()


def _ask(fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        queries.people(work)  # who may not list people may not add one
        markets = sorted(estate_queries.current(work).markets)
    page = render_template(
        "admin/person_new.html",
        fault=fault,
        typed=request.form,
        roles=_ticked([(Role(word), EVERYWHERE) for word in _known(request.form.getlist("role"))]),
        markets=markets,
    )
    return page, status


def _known(words: list[str]) -> list[str]:
    return [word for word in words if word in set(Role)]


@admin.post("/admin/people", endpoint="person_add")
def add() -> ResponseReturnValue:
    """Add a person; a password that was made for them is shown once."""
    form = request.form
    made = "" if form.get("password") else new_password()
    try:
        person = NewPerson(
            forms.text(form, "name"),
            forms.text(form, "display_name"),
            made or form["password"],
            tuple(forms.roles(form)),
            forms.text(form, "mail"),
        )
        with request_work() as work:
            actions.add_person(work, person)
    except (BadInput, Conflict) as error:
        return _ask(str(error), error.status)
    if made:
        return _shown_once(person.name, made)
    flash(f"{person.name} may sign in.")
    return redirect(url_for(".person", name=person.name), code=303)


def new_password() -> str:
    """Return a password of 100 random bits that can be read out on the telephone."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS)
    )


def _shown_once(name: str, password: str) -> ResponseReturnValue:
    return render_template(
        "admin/once.html",
        title=f"Password of {name}",
        what="password",
        secret=password,
        use=f"{name} signs in with it and changes it on the account page.",
        back=url_for("admin.person", name=name),
        back_to=f"Go on to {name}",
    )


@admin.get("/admin/people/<name>")
def person(name: str) -> ResponseReturnValue:
    """Show one account, with what can be done to it."""
    return _page(name)


def _page(name: str, section: str = "", fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        found = queries.person(work, name)
        markets = sorted(estate_queries.current(work).markets)
    page = render_template(
        "admin/person.html",
        person=found,
        roles=_ticked(found.grants),
        markets=markets,
        section=section,
        fault=fault,
    )
    return page, status


def _ticked(grants: Iterable[tuple[Role, str]]) -> list[tuple[Role, bool, str]]:
    """Return every role with whether it is held, and the markets as they stand in the field."""
    held: dict[Role, list[str]] = {role: [] for role in Role}
    for role, market in grants:
        held[role].append(market)
    return [
        (role, bool(codes), "" if EVERYWHERE in codes else ", ".join(codes))
        for role, codes in held.items()
    ]


@admin.post("/admin/people/<name>/roles", endpoint="person_roles")
def set_roles(name: str) -> ResponseReturnValue:
    """Give somebody exactly the ticked roles."""
    try:
        wanted = forms.roles(request.form)
        with request_work() as work:
            actions.set_roles(work, name, wanted)
    except BadInput as error:
        return _page(name, "roles", str(error), error.status)
    flash(f"Roles of {name} saved; they count from the next click on.")
    return redirect(url_for(".person", name=name), code=303)


@admin.post("/admin/people/<name>/mail", endpoint="person_mail")
def set_mail(name: str) -> ResponseReturnValue:
    """Say where mail reaches somebody."""
    try:
        with request_work() as work:
            actions.set_mail(work, name, forms.text(request.form, "mail"))
    except BadInput as error:
        return _page(name, "mail", str(error), error.status)
    flash(f"Mail address of {name} saved.")
    return redirect(url_for(".person", name=name), code=303)


@admin.post("/admin/people/<name>/password", endpoint="person_password")
def reset(name: str) -> ResponseReturnValue:
    """Set a password for somebody, and drop a lost second factor if wanted."""
    made = "" if request.form.get("password") else new_password()
    try:
        with request_work() as work:
            actions.reset_password(
                work, name, made or request.form["password"], "drop" in request.form
            )
    except BadInput as error:
        return _page(name, "password", str(error), error.status)
    if made:
        return _shown_once(name, made)
    flash(f"Password of {name} set; their sessions have ended.")
    return redirect(url_for(".person", name=name), code=303)


@admin.post("/admin/people/<name>/disable", endpoint="person_disable")
def disable(name: str) -> ResponseReturnValue:
    """Shut somebody out."""
    try:
        with request_work() as work:
            actions.disable(work, name)
    except NotAllowed as error:
        return _page(name, "state", str(error), error.status)
    flash(f"{name} is shut out; their sessions have ended.")
    return redirect(url_for(".person", name=name), code=303)


@admin.post("/admin/people/<name>/enable", endpoint="person_enable")
def enable(name: str) -> ResponseReturnValue:
    """Let somebody in again."""
    with request_work() as work:
        actions.enable(work, name)
    flash(f"{name} may sign in again.")
    return redirect(url_for(".person", name=name), code=303)
