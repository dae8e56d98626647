"""A parallel run of one site with extracts of both systems, for tests."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from changes.reconciliation.actions import planning
from changes.reconciliation.actions.planning import ParallelDraft
from changes.reconciliation.actions.reconciling import Given, reconcile
from changes.reconciliation.rules.lines import Side
from changes.reconciliation.values import Source
from ssoc.core.permissions import SYSTEM, Actor
from ssoc.core.work import Runtime, Work
from tests.factories import accounts, estate

MONDAY = date(2026, 3, 2)
PLAIN: Mapping[str, Any] = {
    "columns": {"reference": "ref", "amount": "amount", "at": "time"},
    "currency": "KES",
    "zone": "Africa/Nairobi",
}


def prepare(work: Work, **given: Any) -> int:
    """Store an estate, how both systems write, and a parallel run; return its number."""
    estate(work)
    accounts(work, "amina", "juma")
    for name in ("legacy", "next"):
        planning.define(work, name, "KE", given.pop(name, PLAIN))
    usual: dict[str, Any] = {
        "subject": "site:12",
        "title": "Shop 12",
        "market": "KE",
        "starts_on": MONDAY,
        "tolerance": Decimal("1.00"),
        "weekdays": (1, 2, 3, 4, 5),
        "old": Source(definition="legacy"),
        "new": Source(definition="next"),
    }
    return planning.plan(work, ParallelDraft(**{**usual, **given}))


def extract(rows: str, day: date = MONDAY, header: str = "ref,amount,time") -> bytes:
    """Return a CSV of ``A 100 09:30`` rows of one day; a time may be left out."""
    found = [header]
    for each in filter(None, (row.strip() for row in rows.split(","))):
        reference, amount, *at = each.split()
        found.append(f"{reference},{amount},{day} {at[0] if at else '09:00'}:00")
    return "\n".join(found).encode()


def run(
    runtime: Runtime,
    parallel: int,
    old: str | bytes,
    new: str | bytes,
    day: date = MONDAY,
    actor: Actor = SYSTEM,
) -> int:
    """Compare a day."""
    content = {
        Side.OLD: old if isinstance(old, bytes) else extract(old, day),
        Side.NEW: new if isinstance(new, bytes) else extract(new, day),
    }
    given = {side: Given(f"{side}-{day}.csv", BytesIO(held)) for side, held in content.items()}
    return reconcile(runtime, actor, parallel, day, given)
