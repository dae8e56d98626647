"""``ssoc gate``: check a definition of a health gate before a roll-out is planned with it."""

from collections.abc import Callable
from pathlib import Path

import click

from changes.gates.queries import planning
from changes.gates.rules.definition import read
from ssoc.core.errors import BadInput
from ssoc.core.permissions import operator
from ssoc.core.work import Runtime
from ssoc.estate import queries as estate_queries
from ssoc.estate.tree import read_tree

Obj = Callable[[], Runtime]


@click.group()
def gate() -> None:
    """Check definitions of health gates."""


@gate.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--market", "markets", multiple=True, metavar="CODE", help="Only in this market.")
@click.pass_obj
def check(obj: Obj, file: Path, markets: tuple[str, ...]) -> None:
    """Say every fault of the definition in FILE (YAML or JSON), in all markets or some.

    Nothing is measured and nothing is written. A series that was never stored is a note, no
    fault: its metric begins as no data.
    """
    tree = read_tree(file)
    if tree.faults:
        raise BadInput("\n".join(tree.faults))
    with obj().view(operator()) as work:
        known = estate_queries.current(work).markets
        codes = [each.upper() for each in markets] or list(known)
        if strange := [each for each in codes if each not in known]:
            raise BadInput(
                f"no market {', '.join(strange)}; there are: {', '.join(known) or 'none'}"
            )
        faults = planning.faults(work, tree.content, codes)
        if faults:
            raise BadInput("\n".join(f"{file}: {each}" for each in faults))
        definition = read(tree.content)
        for note in planning.without_samples(work, definition, codes):
            click.echo(f"note: {note}")
    metrics, places = len(definition.metrics), len(codes)
    click.echo(f"{file}: {metrics} metric(s) in {places} market(s), no fault")
