"""``ssoc change``: plan, submit, schedule, start and look at changes from a terminal."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from changes import queries
from changes.actions import requests, running, scheduling
from changes.draft import draft_of
from changes.import_cli import import_file
from changes.plain import plain, read_draft
from changes.queries.lists import ORDERS, ChangeFilter, listed
from changes.rules import reach
from changes.values import ChangeView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.tree import read_tree

Obj = Callable[[], Runtime]


class _Number(click.ParamType[int]):
    """``CHG-12`` or ``12``."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:  # noqa: ANN401 (click's own)
        """Return the number of a change."""
        digits = str(value).upper().removeprefix("CHG-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
            self.fail(f"{value!r} is no change; write CHG-12 or 12", param, ctx)
        return int(digits)


NUMBER = click.argument("change_id", metavar="CHANGE", type=_Number())


@click.group()
def change() -> None:
    """Plan, submit, schedule, start and look at changes; each refuses as the page does."""


@change.command("list")
@click.option("--state", default="live", help="A state, or live, open, planned, over, all.")
@click.option("--market", default="", metavar="CODE", help="Only of this market.")
@click.option("--order", default="", type=click.Choice(["", *ORDERS]), help="What comes first.")
@click.option("--limit", default=50, type=click.IntRange(1, 200), help="How many at most.")
@as_json
@click.pass_obj
def list_changes(obj: Obj, state: str, market: str, order: str, limit: int, as_json: bool) -> None:
    """Show changes, the next to begin first."""
    with obj().view(operator()) as work:
        wanted = ChangeFilter(state=state, market=market.upper(), order=order)
        found = listed(work, wanted, limit=limit)
    head = ["CHANGE", "STATE", "TYPE", "MARKETS", "STARTS", "RISK", "TITLE"]
    rows = [
        [
            each.reference,
            each.outcome or each.state,
            each.type,
            " ".join(each.markets),
            f"{each.starts_at:%Y-%m-%d %H:%M}Z" if each.starts_at else "no window",
            "-" if each.risk_points is None else f"{each.risk_points:.0f}",
            each.title,
        ]
        for each in found.items
    ]
    lines = table(head, rows) if rows else ["no change is there"]
    emit([_shape(each) for each in found.items], lines, as_json)


@change.command("show")
@NUMBER
@as_json
@click.pass_obj
def show_change(obj: Obj, change_id: int, as_json: bool) -> None:
    """Show one change with its plan, and what stands in its way."""
    with obj().view(operator()) as work:
        found = queries.change(work, change_id)
        ways = scheduling.obstacles(work, found) if found.state == "approved" else []
    emit({**_shape(found), "in_the_way": ways}, _lines(found, ways), as_json)


def _shape(found: ChangeView) -> dict[str, Any]:
    return {
        "id": found.id,
        "reference": found.reference,
        "state": found.state.value,
        "outcome": found.outcome.value if found.outcome else None,
        "requester": found.requester,
        "round": found.round,
        "risk_points": found.risk_points,
        "version": found.version,
        **plain(draft_of(found)),
    }


def _lines(found: ChangeView, ways: Sequence[str]) -> list[str]:
    window = (
        f"{found.starts_at:%Y-%m-%d %H:%M}Z to {found.ends_at:%Y-%m-%d %H:%M}Z"
        if found.starts_at and found.ends_at
        else "no window yet"
    )
    return [
        f"{found.reference} {found.title}",
        f"{found.type} change, {found.outcome or found.state}, {' '.join(found.markets)}",
        f"window: {window}",
        f"touches: {', '.join(f'{e.component} ({e.effect})' for e in found.touched) or 'nothing'}",
        *(
            f"{e.position}. {e.title} ({e.owner or '-'}, {e.planned_minutes} min)"
            for e in found.steps
        ),
        *(f"in the way: {each}" for each in ways),
    ]


@change.command("raise")
@click.argument("file", metavar="FILE.yaml", type=click.Path(path_type=Path))
@click.option("--submit", "and_submit", is_flag=True, help="Ask for approval at once.")
@as_json
@click.pass_obj
def raise_from_file(obj: Obj, file: Path, and_submit: bool, as_json: bool) -> None:
    """Raise the change that FILE.yaml describes; its fields are those of the API."""
    tree = read_tree(file)
    if tree.faults:
        raise BadInput("\n".join(tree.faults))
    with obj().work(operator()) as work:
        draft = read_draft(tree.content)
        number = requests.raise_change(work, draft)
        estate = estate_queries.current(work)
        added = reach.sentences(estate, reach.added(estate, draft.markets, draft.touched))
        work.session.flush()
        if and_submit:
            requests.submit(work, number)
            work.session.flush()
        found = queries.change(work, number)
    emit(_shape(found), [f"{found.reference} is {found.state}", *added], as_json)


def _act(obj: Obj, change_id: int, act: Callable[[Work], object]) -> None:
    with obj().work(operator()) as work:
        act(work)
        work.session.flush()
        work.session.expire_all()
        found = queries.change(work, change_id)
    click.echo(f"{found.reference} is {found.state}")


@change.command()
@NUMBER
@click.pass_obj
def submit(obj: Obj, change_id: int) -> None:
    """Ask for approval of CHANGE."""
    _act(obj, change_id, lambda work: requests.submit(work, change_id))


@change.command()
@NUMBER
@click.pass_obj
def schedule(obj: Obj, change_id: int) -> None:
    """Give approved CHANGE its place in the calendar, or say what stands in its way."""
    _act(obj, change_id, lambda work: scheduling.schedule(work, change_id))


@change.command()
@NUMBER
@click.option("--reason", required=True, help="Why.")
@click.pass_obj
def unschedule(obj: Obj, change_id: int, reason: str) -> None:
    """Take CHANGE out of the calendar; its approval stands."""
    _act(obj, change_id, lambda work: scheduling.unschedule(work, change_id, reason))


@change.command()
@NUMBER
@click.option("--reason", required=True, help="Why.")
@click.pass_obj
def withdraw(obj: Obj, change_id: int, reason: str) -> None:
    """Take CHANGE back to plan it again."""
    _act(obj, change_id, lambda work: requests.withdraw(work, change_id, reason))


@change.command()
@NUMBER
@click.option("--reason", required=True, help="Why.")
@click.pass_obj
def cancel(obj: Obj, change_id: int, reason: str) -> None:
    """Say that CHANGE will not be done."""
    _act(obj, change_id, lambda work: requests.cancel(work, change_id, reason))


@change.command()
@NUMBER
@click.pass_obj
def close(obj: Obj, change_id: int) -> None:
    """Say that nothing more is to be done about CHANGE."""
    _act(obj, change_id, lambda work: requests.close(work, change_id))


@change.command()
@NUMBER
@click.pass_obj
def start(obj: Obj, change_id: int) -> None:
    """Begin the execution of CHANGE; a hard freeze refuses it."""
    _act(obj, change_id, lambda work: running.start(work, change_id))


change.add_command(import_file)
