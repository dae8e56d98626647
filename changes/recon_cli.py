"""``ssoc reconcile``: compare a day of two systems, show it, explain its breaks."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from changes.reconciliation.actions import breaks as acts
from changes.reconciliation.queries import days, parallels
from changes.reconciliation.rules.lines import Side
from changes.reconciliation.values import BreakView, RunView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.work import Runtime

Obj = Callable[[], Runtime]
PARALLEL = click.argument("parallel", type=click.IntRange(1))
DAY = click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def reconcile() -> None:
    """Compare what two systems say of a business day, and own what they disagree on."""


@reconcile.command("run")
@PARALLEL
@DAY
@click.option("--old", type=_FILE, help="Extract of the old system; fetched when left out.")
@click.option("--new", type=_FILE, help="Extract of the new system; fetched when left out.")
@as_json
@click.pass_obj
def run_day(
    obj: Obj, parallel: int, day: datetime, old: Path | None, new: Path | None, as_json: bool
) -> None:
    """Compare DAY of the parallel run PARALLEL; faults are listed, and then nothing counts."""
    from changes.reconciliation.actions.reconciling import Given
    from changes.reconciliation.actions.reconciling import reconcile as compare

    with ExitStack() as stack:
        given = {
            side: Given(path.name, stack.enter_context(path.open("rb")))
            for side, path in ((Side.OLD, old), (Side.NEW, new))
            if path is not None
        }
        number = compare(obj(), operator(), parallel, day.date(), given)
    with obj().view(operator()) as work:
        found = next(each for each in days.runs(work, parallel, day.date()) if each.id == number)
    rows = [
        (each["side"], str(each["row"]), each["column"], each["message"]) for each in found.faults
    ]
    text = table(("SYSTEM", "ROW", "COLUMN", "FAULT"), rows) if rows else _sums(found)
    emit(_plain(found), text, as_json)
    if not found.has_result:
        raise BadInput(found.reason)


@reconcile.command("show")
@PARALLEL
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), required=False)
@as_json
@click.pass_obj
def show(obj: Obj, parallel: int, day: datetime | None, as_json: bool) -> None:
    """Show where the exit of PARALLEL stands, or the breaks of one DAY."""
    with obj().view(operator()) as work:
        one = parallels.parallel(work, parallel)
        if day is None:
            marks = [(f"{on:%a %Y-%m-%d}", mark.value) for on, mark in one.standing.marks]
            plain: Any = {
                "is_met": one.standing.is_met,
                "why": one.standing.why,
                "days": [[on, mark] for on, mark in marks],
            }
            emit(plain, [*table(("DAY", "MARK"), marks), one.standing.why], as_json)
            return
        found = days.current(work, parallel, day.date())
        if found is None:
            raise BadInput(f"{day:%Y-%m-%d} has no run with a result; run it first")
        page = days.breaks(work, found.id, limit=200)
    rows = [_row(each) for each in page.items]
    head = ("BREAK", "CLASS", "REFERENCE", "OLD", "NEW", "STATE", "OWNER", "AGE")
    items = [dict(zip(head, row, strict=True)) for row in rows]
    emit({**_plain(found), "items": items}, [*_sums(found), "", *table(head, rows)], as_json)


@reconcile.command("explain")
@PARALLEL
@click.argument("breaks", type=click.IntRange(1), nargs=-1, required=True)
@click.option("--reason", required=True, help="Why they are as they are.")
@click.option("--owner", required=True, help="The account whose they are.")
@click.pass_obj
def explain(obj: Obj, parallel: int, breaks: tuple[int, ...], reason: str, owner: str) -> None:
    """Explain BREAKS of the parallel run PARALLEL, all of them or none."""
    with obj().work(operator()) as work:
        acts.explain(work, parallel, breaks, reason, owner)
    click.echo(f"{len(set(breaks))} explained")


def _row(each: BreakView) -> tuple[str, ...]:
    amounts = (each.old_amount, each.new_amount)
    old, new = ("–" if one is None else f"{each.currency} {one}" for one in amounts)
    state, age = each.state.value, str(each.age)
    return (str(each.id), each.kind.value, each.reference, old, new, state, each.owner, age)


def _sums(found: RunView) -> list[str]:
    rows = [
        (each.currency, str(each.old), str(each.new), str(each.difference)) for each in found.totals
    ]
    return table(("CURRENCY", "OLD", "NEW", "DIFFERENCE"), rows)


def _plain(found: RunView) -> dict[str, Any]:
    day: date = found.day
    return {
        "run": found.id,
        "day": day.isoformat(),
        "has_result": found.has_result,
        "reason": found.reason,
        "breaks": found.breaks,
        "totals": [
            {"currency": each.currency, "old": str(each.old), "new": str(each.new)}
            for each in found.totals
        ],
        "faults": list(found.faults),
    }
