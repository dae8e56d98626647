"""``ssoc estate``: check the files, see what loading would change, load, look."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ssoc.commands.lazy import LazyRuntime
from ssoc.commands.printing import as_json, emit, table
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import operator
from ssoc.core.work import Runtime
from ssoc.estate import actions, queries
from ssoc.estate.reader import Description, read
from ssoc.estate.rules import Difference, heavy_loss, plural
from ssoc.monitoring.check_faults import check_faults, host_fault_of
from ssoc.monitoring.rules.inhibition import faults_of
from ssoc.monitoring.rules.matching import value_fault

files_argument = click.argument("files", nargs=-1, type=click.Path(path_type=Path))


@click.group()
def estate() -> None:
    """Describe the markets, components, dependencies and checks that are watched.

    FILES are YAML files or folders; without any, those that the setting [estate] files names.
    """


def described(runtime: Runtime, files: Sequence[Path]) -> Description:
    """Return what the files say, those of the settings when none are given."""
    folder = Path(runtime.settings.folder)
    paths = files or [folder / each for each in runtime.settings.estate.files]
    found = read(paths, check_faults, faults_of, value_fault)
    if not any(found.items()):
        where = ", ".join(map(str, paths)) or "the setting [estate] files"
        raise BadInput(
            f"{where}: describes nothing, no market and no component; describe them there, or name "
            "the file or folder that does (in a folder *.yaml and *.yml are read)"
        )
    return found


@estate.command()
@files_argument
@as_json
@click.pass_obj
def check(obj: LazyRuntime, files: Sequence[Path], as_json: bool) -> None:
    """Check the files without writing; every fault with file and line, exit 1 if there is one."""
    runtime = obj.unchecked()
    found = described(runtime, files)
    counts = {
        "market": len(found.markets),
        "component": len(found.components),
        "dependency": len(found.dependencies),
        "check": len(found.checks),
        "heartbeat": len(found.heartbeats),
        "inhibition": len(found.inhibitions),
    }
    warnings = list(_unasked(runtime, found))
    emit(
        {plural(2, word)[2:]: count for word, count in counts.items()} | {"warnings": warnings},
        [
            *(f"warning: {each}" for each in warnings),
            "good: " + ", ".join(plural(count, word) for word, count in counts.items()),
        ],
        as_json,
    )


def _unasked(runtime: Runtime, found: Description) -> Iterator[str]:
    """Give each check that the settings keep from asking its host, with the cure."""
    allowed = runtime.settings.polling.allow_hosts
    for key, each in found.checks.items():
        if fault := host_fault_of(each, allowed):
            yield f"{found.said['check', key]}: {key} will not be asked: {fault}"


@estate.command()
@files_argument
@click.option("--dry-run", is_flag=True, help="Show the difference, write nothing.")
@click.option("--retire", is_flag=True, help="Retire markets, or many components, unasked.")
@as_json
@click.pass_obj
def load(
    obj: LazyRuntime, files: Sequence[Path], dry_run: bool, retire: bool, as_json: bool
) -> None:
    """Show what the files change, then write it; what is gone is retired, never deleted.

    A load that retires a market, or more than a tenth of the components, asks first; without a
    terminal it needs --retire.
    """
    runtime = obj()
    found = described(runtime, files)
    with runtime.view(operator()) as work:
        change = actions.compare(work, found.items())
        loss = heavy_loss(change, len(queries.current(work).components))
    emit(_plain(change), _lines(change), as_json)
    if dry_run or change.is_empty:
        return
    if loss and not retire:
        _ask_to_retire(loss)
    with runtime.work(operator()) as work:
        actions.replace(work, found.items())


def is_terminal() -> bool:
    """Tell whether a person can answer."""
    return sys.stdin.isatty()


def _ask_to_retire(loss: str) -> None:
    """Go on only when a person says so: what is retired is no longer watched."""
    if not is_terminal():
        raise BadInput(
            f"nothing was loaded: it would retire {loss}, which would no longer be watched; "
            "correct the files, or say that you mean it with --retire"
        )
    question = f"This retires {loss}; they will no longer be watched. Load?"
    click.confirm(question, abort=True, err=True)


def _plain(change: Difference) -> dict[str, object]:
    return {
        "added": ["/".join(key) for key in change.added],
        "retired": ["/".join(key) for key in change.retired],
        "changed": {
            "/".join(key): {name: list(pair) for name, pair in fields.items()}
            for key, fields in change.changed.items()
        },
    }


def _lines(change: Difference) -> list[str]:
    if change.is_empty:
        return ["nothing to change"]
    return [
        *(f"+ {kind} {key}" for kind, key in change.added),
        *(f"- {kind} {key} (retired)" for kind, key in change.retired),
        *(
            f"~ {kind} {key}: {name} {old!r} -> {new!r}"
            for (kind, key), fields in change.changed.items()
            for name, (old, new) in fields.items()
        ),
    ]


@estate.command()
@click.argument("component", required=False)
@as_json
@click.pass_obj
def show(obj: LazyRuntime, component: str | None, as_json: bool) -> None:
    """Show the estate as loaded, or one COMPONENT with what it needs and what needs it."""
    runtime = obj()
    with runtime.view(operator()) as work:
        loaded = queries.current(work)
    if component is None:
        rows = [
            (each.key, each.name, ",".join(each.markets), each.criticality.name.lower())
            for each in sorted(loaded.components.values(), key=lambda one: one.key)
        ]
        emit(
            {"version": loaded.version, "components": [row[0] for row in rows]},
            [f"estate version {loaded.version}", *table(("key", "name", "markets", "is"), rows)],
            as_json,
        )
        return
    one = loaded.components.get(component)
    if one is None:
        raise NotFound(f"no component {component}; ssoc estate show lists them")
    needs = [edge.needs for edge in loaded.needs.get(component, ())]
    needed_by = [edge.component for edge in loaded.needed_by.get(component, ())]
    checks = [each.key for each in loaded.checks.values() if each.component == component]
    emit(
        {
            "key": one.key,
            "name": one.name,
            "markets": list(one.markets),
            "needs": needs,
            "needed_by": needed_by,
            "checks": checks,
        },
        [
            f"{one.key}: {one.name}, {one.kind}, {one.criticality.name.lower()}",
            f"markets    {', '.join(one.markets) or '-'}",
            f"needs      {', '.join(needs) or '-'}",
            f"needed by  {', '.join(needed_by) or '-'}",
            f"checks     {', '.join(checks) or '-'}",
            f"owner      {one.owner or '-'}",
            f"vendor     {one.vendor or '-'}",
            f"runbook    {one.runbook or '-'}",
        ],
        as_json,
    )
