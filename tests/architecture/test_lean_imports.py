"""What a process imports is what it weighs all day; and nobody waits for ``ssoc --help``."""

import json
import subprocess
import sys

import click
import pytest

from ssoc.cli import COMMANDS, ssoc

PLANNERS = {"numpy", "pandas", "plotly"}
LATER = PLANNERS | {"alembic", "mako", "playwright"}  # only where they are called
HEAVY = LATER | {"sqlalchemy", "flask", "requests", "networkx", "apscheduler", "jsonschema"}
STARTS = [
    pytest.param("import ssoc.cli", HEAVY, id="--help"),
    pytest.param("import ssoc.commands.installation, ssoc.supervisor", HEAVY, id="up"),
    pytest.param("import ssoc.modules; ssoc.modules.load()", LATER, id="modules"),
    pytest.param("import ssoc.commands.scheduling", LATER | {"flask"}, id="scheduler"),
    pytest.param("import web.cli, web.app, web.ingest.door, web.server", LATER, id="web"),
    pytest.param("import ssoc.commands.demo, ssoc.demo.simulator", LATER, id="simulator"),
]


@pytest.mark.parametrize(("imports", "never"), STARTS)
def test_a_process_imports_only_what_it_uses(imports: str, never: set[str]) -> None:
    program = (
        "import sys, json; sys.argv = ['ssoc', '--version']\n"
        f"try:\n    {imports}\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(  # noqa: S603 (our own words)
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & never


def test_the_table_of_commands_agrees_with_the_commands() -> None:
    context = click.Context(ssoc)
    for name, (_, text) in COMMANDS.items():
        command = ssoc.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.hidden is not bool(text), "only hidden commands say nothing"
    assert ssoc.get_command(context, "nothing") is None
