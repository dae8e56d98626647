"""What every page has: navigation by permission, the person, the time, the CSRF token."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from markupsafe import Markup

from ssoc.core.permissions import ANONYMOUS, EVERYWHERE, Actor, ActorKind, Permission
from ssoc.core.signs import calm
from ssoc.core.work import Runtime
from web import auth, words


@dataclass(frozen=True)
class Place:
    """An entry of the navigation; shown to those who may open it."""

    label: str
    endpoint: str
    needs: Permission
    everywhere: bool = False  # needed for all markets, not just for some
    also: tuple[str, ...] = ()  # endpoints under which the entry is the current one
    key: str = ""  # pressed after g, it leads here


NAVIGATION = (
    Place("Wall", "noc.wall", Permission.INCIDENT_SEE, key="w"),
    Place("Triage", "noc.triage", Permission.INCIDENT_SEE, also=("noc.incident",), key="t"),
    Place("Changes", "changes.listed", Permission.CHANGE_SEE, also=("changes.",), key="c"),
    Place("Roll-outs", "rollouts.listed", Permission.CHANGE_SEE, also=("rollouts.",), key="r"),
    Place("Programmes", "programmes.listed", Permission.CHANGE_SEE, also=("programmes.",), key="p"),
    Place("Alerts", "noc.alerts", Permission.ALERT_SEE, also=("noc.alert",), key="l"),
    Place("Silences", "noc.silences", Permission.ALERT_SEE, also=("noc.silence",), key="s"),
    Place("Windows", "noc.windows", Permission.ALERT_SEE, also=("noc.window",), key="d"),
    Place("Estate", "admin.estate", Permission.ESTATE_SEE, also=("admin.component",), key="e"),
    Place(
        "Operations",
        "admin.jobs",
        Permission.JOB_SEE,
        also=("admin.ingest", "admin.page", "admin.deliver"),
        key="o",
    ),
    Place("Audit", "admin.audit", Permission.AUDIT_SEE, True, ("admin.audit",), "a"),
    Place(
        "Accounts",
        "admin.people",
        Permission.ACCOUNT_ADMIN,
        True,
        ("admin.person", "admin.token", "admin.kiosk"),
        "u",
    ),
)


def install(app: Flask) -> None:
    """Give templates their common values."""
    app.jinja_env.globals.update(words=words, role_name=role_name, lang=lang)
    app.jinja_env.finalize = _shown
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_common)


def lang(text: object) -> Markup:
    """Return `` lang="ar"`` for a text in such letters, to stand in the tag around it."""
    tag = words.script(str(text))
    return Markup(' lang="{}"').format(tag) if tag else Markup("")


def _shown(value: object) -> object:
    """Return what a template prints: text from outside turns or hides nothing around it.

    Markup is ours and stays; a form field that must give back what it was given escapes its
    value itself and so stays whole.
    """
    return calm(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def may_open(actor: Actor, place: Place) -> bool:
    """Tell whether the actor holds what the page needs."""
    held = actor.markets(place.needs)
    return EVERYWHERE in held if place.everywhere else bool(held)


def places(actor: Actor) -> list[Place]:
    """Return the navigation of one actor."""
    known = current_app.view_functions
    return [
        each
        for each in NAVIGATION
        if each.endpoint in known
        and may_open(actor, each)
        and (actor.kind is not ActorKind.KIOSK or auth.is_for_kiosks(known[each.endpoint]))
    ]


def first_page() -> str:
    """Return where the actor's work is: triage for those who see incidents."""
    endpoints = [each.endpoint for each in places(g.actor)]
    if "noc.triage" in endpoints:
        return "noc.triage"
    return endpoints[0] if endpoints else "account.own"


def is_here(place: Place) -> bool:
    """Tell whether the page shown belongs to this entry."""
    here = request.endpoint or ""
    return here == place.endpoint or here.startswith(place.also if place.also else ("\0",))


def scope_of(actor: Actor) -> str:
    """Return the markets somebody sees, in words."""
    markets = frozenset(market for _, market in actor.grants)
    if not markets:
        return "no market"
    return "all markets" if EVERYWHERE in markets else ", ".join(sorted(markets))


def role_name(role: str) -> str:
    """Return a role as people say it: ``NOC operator``."""
    return str(role).replace("_", " ").replace("noc ", "NOC ")


def _common() -> dict[str, Any]:
    runtime: Runtime = current_app.extensions["ssoc"]
    actor: Actor = g.get("actor", ANONYMOUS)
    account = g.get("account")
    preferences = account.preferences if account else {}
    return {
        "actor": actor,
        "account": account,
        "is_kiosk": actor.kind is ActorKind.KIOSK,
        "preferences": preferences,
        "theme": preferences.get("theme", "light"),
        "language": preferences.get("language", "en"),
        "keys_on": preferences.get("keys", True),
        "scope": scope_of(actor),
        "navigation": [(each, is_here(each)) for each in places(actor)],
        "find_at": "noc.triage" if "noc.triage" in current_app.view_functions else "",
        "clock_now": runtime.clock.now(),
    }
