"""Valid things by default; a test names only what it is about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import select

from changes.lifecycle import Effect, State
from changes.models import Change, ChangeComponent, ChangeMarket, ChangeStep
from incidents.models import Incident, IncidentMarket
from ssoc.accounts.models import Person
from ssoc.core.permissions import Actor, Role, grants_of
from ssoc.core.vocabulary import Priority, Severity
from ssoc.core.work import Work
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Check, Component, Criticality, Dependency, Estate, Market
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report, fingerprint, key_of

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ZONES = {
    "KE": "Africa/Nairobi",
    "TZ": "Africa/Dar_es_Salaam",
    "CD": "Africa/Kinshasa",
    "MZ": "Africa/Maputo",
    "LS": "Africa/Maseru",
    "GH": "Africa/Accra",
    "EG": "Africa/Cairo",
    "ET": "Africa/Addis_Ababa",
}
NAMES = {
    "KE": "Kenya",
    "TZ": "Tanzania",
    "CD": "DR Congo",
    "MZ": "Mozambique",
    "LS": "Lesotho",
    "GH": "Ghana",
    "EG": "Egypt",
    "ET": "Ethiopia",
}
CURRENCIES = {
    "KE": "KES",
    "TZ": "TZS",
    "CD": "CDF",
    "MZ": "MZN",
    "LS": "LSL",
    "GH": "GHS",
    "EG": "EGP",
    "ET": "ETB",
}


def at(seconds: float) -> datetime:
    """Return an instant of the story: seconds after eight."""
    return EIGHT + timedelta(seconds=seconds)


def market(code: str, **given: Any) -> Market:
    """Return a market."""
    usual = {
        "code": code,
        "name": NAMES.get(code, code),
        "zones": (ZONES.get(code, "UTC"),),
        "currency": CURRENCIES.get(code, "USD"),
    }
    return Market(**{**usual, **given})


def component(key: str, *markets: str, **given: Any) -> Component:
    """Return a component; unnamed markets come from the end of its key (``db-ke``), or are all."""
    code = key.rpartition("-")[2].upper()
    found = markets or ((code,) if code in ZONES else tuple(ZONES))
    usual = {
        "key": key,
        "name": key,
        "kind": "service",
        "markets": found,
        "criticality": Criticality.IMPORTANT,
    }
    return Component(**{**usual, **given})


def edges(text: str) -> list[Dependency]:
    """Read ``ussd-ke > api-ke > db-ke, api-ke > link-a|link-b``: needs, and alternatives."""
    found = []
    for path in filter(None, (part.strip() for part in text.split(","))):
        names = [name.strip() for name in path.split(">")]
        for upper, lower in zip(names, names[1:], strict=False):
            choices = [name.strip() for name in lower.split("|")]
            group = "any" if len(choices) > 1 else ""
            found += [Dependency(upper, choice, group) for choice in choices]
    return found


def estate_of(
    graph: str = "",
    components: Iterable[Component] = (),
    checks: Iterable[Check] = (),
    markets: Sequence[str] = tuple(ZONES),
) -> Estate:
    """Return an estate with the eight markets and the components that ``graph`` names."""
    given = {each.key: each for each in components}
    needs = edges(graph)
    named = chain.from_iterable((edge.component, edge.needs) for edge in needs)
    lone = (part.strip() for part in graph.split(",") if ">" not in part and part.strip())
    for key in chain(named, lone):
        given.setdefault(key, component(key))
    return Estate(
        version=1,
        markets={code: market(code) for code in markets},
        components=given,
        dependencies=tuple(needs),
        checks={each.key: each for each in checks},
    )


def items_of(value: Estate) -> list[tuple[str, Any]]:
    """Return an estate as the pairs that loading takes."""
    kinds: Mapping[str, Iterable[Any]] = {
        "market": value.markets.values(),
        "component": value.components.values(),
        "dependency": value.dependencies,
        "check": value.checks.values(),
        "path": value.paths.values(),
        "heartbeat": value.heartbeats.values(),
        "inhibition": value.inhibitions.values(),
    }
    return [(kind, each) for kind, items in kinds.items() for each in items]


def estate(work: Work, graph: str = "", **given: Any) -> Estate:
    """Store an estate (see ``estate_of``) and return it."""
    value = estate_of(graph, **given)
    estate_actions.replace(work, items_of(value))
    return value


def report(**given: Any) -> Report:
    """Return a firing critical report; its key follows from name, component and instance."""
    usual: dict[str, Any] = {
        "state": AlertState.FIRING,
        "severity": Severity.CRITICAL,
        "started_at": EIGHT,
        "market": "KE",
        "component": "core-ke",
        "name": "SuccessLow",
        "summary": "transactions fail",
        "source": "prometheus",
        "way": "push",
    }
    values = {**usual, **given}
    values.setdefault("said_at", values["started_at"])
    parts = {
        each: str(values.get(each, "")) for each in ("name", "market", "component", "instance")
    }
    values.setdefault("labels", {each: value for each, value in parts.items() if value})
    values.setdefault("key", key_of(fingerprint(parts)))
    return Report(**values)


def incident(work: Work, markets: Sequence[str] = ("KE",), **given: Any) -> Incident:
    """Store an open incident and return it."""
    usual: dict[str, Any] = {
        "component": "core-ke",
        "title": "Core ledger Kenya: transactions fail",
        "reason": "core-ke is critical since 08:00",
        "severity": Severity.CRITICAL,
        "impact": 1,
        "urgency": 1,
        "priority": Priority.P1,
        "opened_at": work.now,
        "changed_at": work.now,
    }
    row = Incident(**{**usual, **given})
    work.session.add(row)
    work.session.flush()
    for code in markets:
        work.session.add(IncidentMarket(incident_id=row.id, market=code))
    work.session.flush()
    return row


def person(name: str, role: Role = Role.NOC_OPERATOR, *markets: str) -> Actor:
    """Return somebody with one role, in all markets unless some are named."""
    return Actor(name, grants_of((role, each) for each in markets or ("*",)))


def accounts(work: Work, *names: str) -> None:
    """Add accounts that hold no role and cannot sign in yet; who has one already keeps it."""
    known = set(work.session.scalars(select(Person.name)))
    work.session.add_all(
        Person(name=each, display_name=each.capitalize(), password_hash="", added_at=work.now)
        for each in dict.fromkeys(names)
        if each not in known
    )
    work.session.flush()


def change(
    work: Work,
    markets: Sequence[str] = ("KE",),
    components: Sequence[str | tuple[str, Effect]] = ("core-ke",),
    steps: Sequence[Mapping[str, Any]] = (),
    **given: Any,
) -> Change:
    """Store a change and return it: a draft for tomorrow night, unless ``given`` says otherwise.

    ``components`` are keys, or pairs of key and effect; ``steps`` are columns of ``ChangeStep``.
    """
    usual: dict[str, Any] = {
        "title": "Core ledger Kenya: larger log volume",
        "purpose": "the volume is 83 % full",
        "type": "normal",
        "state": State.DRAFT,
        "requester": "rita",
        "implementer": "imre",
        "starts_at": work.now + timedelta(hours=12),
        "ends_at": work.now + timedelta(hours=14),
        "created_at": work.now,
    }
    row = Change(**{**usual, **given})
    work.session.add(row)
    work.session.flush()
    work.session.add_all(ChangeMarket(change_id=row.id, market=code) for code in markets)
    for each in components:
        key, effect = each if isinstance(each, tuple) else (each, Effect.DEGRADED)
        work.session.add(ChangeComponent(change_id=row.id, component=key, effect=effect))
    for position, step in enumerate(steps, 1):
        work.session.add(
            ChangeStep(
                **{"position": position, "title": f"Step {position}", **step}, change_id=row.id
            )
        )
    work.session.flush()
    return row
