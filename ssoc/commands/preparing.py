"""``ssoc prepare``: what ``ssoc up`` does first, in a process that ends before the others start."""

import click

from ssoc import migrations
from ssoc.commands.lazy import LazyRuntime


@click.command(hidden=True)
@click.option("--demo", is_flag=True, help="Furnish the demo installation too.")
@click.pass_obj
def prepare(obj: LazyRuntime, demo: bool) -> None:
    """Make or upgrade the database; ``ssoc up`` does so by itself at every start."""
    runtime = obj.unchecked()
    current, head, known = migrations.status(runtime.engine)
    if known and current != head:
        migrations.upgrade(runtime.engine)
    migrations.require_current(runtime.engine)
    if demo:
        from ssoc.demo.start import furnish

        furnish(runtime)
    else:
        click.echo(f"console: http://{runtime.settings.web.listen}/")
    runtime.engine.dispose()
