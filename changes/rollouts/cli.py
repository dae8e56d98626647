"""``ssoc rollout``: plan, begin, pause, decide and look at roll-outs from a terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from changes.rollouts.actions import deciding, planning, waves
from changes.rollouts.queries import rollouts
from changes.rollouts.rules import drafting, reach
from changes.rollouts.rules.ahead import outlook
from changes.rollouts.values import RolloutView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.work import Runtime, Work
from ssoc.estate.tree import read_tree

Obj = Callable[[], Runtime]


class _Number(click.ParamType[int]):
    """``ROL-12`` or ``12``; ``CHG-12`` for a change."""

    name = "number"

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def convert(self, value: Any, param: Any, ctx: Any) -> int:  # noqa: ANN401 (click's own)
        """Return the number."""
        digits = str(value).upper().removeprefix(self.prefix)
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
            self.fail(f"{value!r} is none; write {self.prefix}12 or 12", param, ctx)
        return int(digits)


NUMBER = click.argument("rollout_id", metavar="ROLLOUT", type=_Number("ROL-"))
REASON = click.option("--reason", required=True, help="Why; it stays on record.")
WAVE = click.option("--wave", type=click.IntRange(1), help="Its place; by default the present one.")


@click.group()
def rollout() -> None:
    """Plan, begin, pause, decide and look at roll-outs; each refuses as the page does."""


@rollout.command("list")
@as_json
@click.pass_obj
def list_rollouts(obj: Obj, as_json: bool) -> None:
    """Show roll-outs, those that go on first."""
    with obj().view(operator()) as work:
        found = rollouts.listed(work)
    head = ["ROLLOUT", "STATE", "WAVE", "MARKETS", "TITLE"]
    rows = [
        [
            each.reference,
            "paused" if each.is_paused else each.state.value,
            f"{each.current.position if each.current else '-'}/{len(each.waves)}",
            " ".join(each.markets),
            each.title,
        ]
        for each in found
    ]
    emit([_shape(each) for each in found], table(head, rows) if rows else ["none"], as_json)


@rollout.command("show")
@NUMBER
@as_json
@click.pass_obj
def show_rollout(obj: Obj, rollout_id: int, as_json: bool) -> None:
    """Show one roll-out: its waves, why each waits, and the forecast."""
    with obj().view(operator()) as work:
        found = rollouts.rollout(work, rollout_id)
        ahead = outlook(found, work.now)
    lines = _lines(found)
    if ahead is not None:
        lines.append(f"forecast end: {ahead.end:%Y-%m-%d %H:%M}Z; {ahead.words}")
    emit(_shape(found), lines, as_json)


def _shape(found: RolloutView) -> dict[str, Any]:
    return {
        "id": found.id,
        "reference": found.reference,
        "change": found.change_id,
        "title": found.title,
        "state": found.state.value,
        "is_paused": found.is_paused,
        "states": [each.state.value for each in found.waves],
        "held": {each.position: list(each.held) for each in found.waves if each.held},
        **drafting.plain(drafting.draft_of(found)),
    }


def _lines(found: RolloutView) -> list[str]:
    lines = [
        f"{found.reference} {found.title} (CHG-{found.change_id}), {' '.join(found.markets)}",
        f"{found.state}{', paused' if found.is_paused else ''}",
    ]
    for each in found.waves:
        whom = reach.whom(each.cohorts, each.percent, each.sites)
        where = " ".join(each.markets or found.markets)
        lines.append(f"{each.position}. {each.name}: {each.state}; {whom} in {where}")
        lines += [f"   paused: {each.paused_because}"] if each.paused_at else []
        lines += [f"   held: {why}" for why in each.held]
        lines += [
            f"   [{'x' if task.done_at else ' '}] {task.position}. {task.title}"
            for task in each.tasks
        ]
    return lines


@rollout.command("plan")
@click.argument("change_id", metavar="CHANGE", type=_Number("CHG-"))
@click.argument("file", metavar="FILE.yaml", type=click.Path(path_type=Path))
@click.pass_obj
def plan_from_file(obj: Obj, change_id: int, file: Path) -> None:
    """Give CHANGE the waves that FILE.yaml describes, or others than before."""
    tree = read_tree(file)
    if tree.faults:
        raise BadInput("\n".join(tree.faults))
    with obj().work(operator()) as work:
        number = planning.plan(work, change_id, drafting.read(tree.content))
        work.session.flush()
        found = rollouts.rollout(work, number)
        told = planning.warnings(work, drafting.draft_of(found), found.markets)
    click.echo("\n".join(_lines(found)))
    for each in [
        *reach.overlaps(found.waves, found.markets),
        *reach.gaps(found.waves, found.markets),
        *told,
    ]:
        click.echo(f"note: {each}")


def _act(obj: Obj, rollout_id: int, act: Callable[[Work], object]) -> None:
    with obj().work(operator()) as work:
        act(work)
        work.session.flush()
        work.session.expire_all()
        found = rollouts.rollout(work, rollout_id)
    click.echo("\n".join(_lines(found)))


@rollout.command()
@NUMBER
@click.option("--wave", type=click.IntRange(1), help="Its place; by default the next one.")
@click.pass_obj
def start(obj: Obj, rollout_id: int, wave: int | None) -> None:
    """Begin a wave of ROLLOUT, or say every reason why it may not begin."""
    _act(obj, rollout_id, lambda work: waves.start(work, rollout_id, wave))


@rollout.command()
@NUMBER
@WAVE
@REASON
@click.pass_obj
def pause(obj: Obj, rollout_id: int, wave: int | None, reason: str) -> None:
    """Stop the wave under way; nothing is taken away."""
    _act(obj, rollout_id, lambda work: deciding.pause(work, rollout_id, wave, reason))


@rollout.command()
@NUMBER
@WAVE
@REASON
@click.pass_obj
def resume(obj: Obj, rollout_id: int, wave: int | None, reason: str) -> None:
    """Let a paused wave go on; it consumes what was measured so far."""
    _act(obj, rollout_id, lambda work: deciding.resume(work, rollout_id, wave, reason))


@rollout.command("roll-back")
@NUMBER
@click.option("--wave", type=click.IntRange(1), help="Its place; by default everything.")
@REASON
@click.pass_obj
def roll_back(obj: Obj, rollout_id: int, wave: int | None, reason: str) -> None:
    """Begin to take a wave back, where the roll-back was rehearsed."""
    _act(obj, rollout_id, lambda work: deciding.roll_back(work, rollout_id, wave, reason))


@rollout.command()
@NUMBER
@REASON
@click.pass_obj
def abort(obj: Obj, rollout_id: int, reason: str) -> None:
    """End ROLLOUT for good: what passed stays, nothing more begins."""
    _act(obj, rollout_id, lambda work: deciding.abort(work, rollout_id, reason))


@rollout.command()
@NUMBER
@click.argument("wave", type=click.IntRange(1))
@click.argument("task", type=click.IntRange(1))
@click.option("--note", default="", help="What is worth knowing.")
@click.pass_obj
def tick(obj: Obj, rollout_id: int, wave: int, task: int, note: str) -> None:
    """Say that TASK of WAVE is done."""
    _act(obj, rollout_id, lambda work: waves.tick(work, rollout_id, wave, task, note))
