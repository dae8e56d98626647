"""``ssoc init`` and ``ssoc up``: from an empty folder to a running console."""

import os
import secrets
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import click

from ssoc import supervisor
from ssoc.commands.documents import settings_file
from ssoc.commands.signals import stop_on_signals
from ssoc.core import settings
from ssoc.core.errors import BadSettings, Conflict
from ssoc.core.settings import FILE
from ssoc.demo import folder as demo_folder

SECRET = "ssoc.secret"  # noqa: S105 (a file's name)
ESTATE = "estate.yaml"


def write_start(folder: Path) -> list[Path]:
    """Write settings, an example estate and a session key where they are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    example = files("ssoc.estate").joinpath("example.yaml").read_text(encoding="utf-8")
    written = []
    for name, content, mode in (
        (FILE, settings_file(), 0o644),
        (ESTATE, example, 0o644),
        (SECRET, secrets.token_hex(32) + "\n", 0o600),
    ):
        path = folder / name
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with open(handle, "w", encoding="utf-8") as file:
                file.write(content)
            written.append(path)
    return written


@click.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(directory: Path) -> None:
    """Write a commented ssoc.toml, an example estate.yaml and a session key into DIRECTORY.

    Files that are there already are left as they are.
    """
    try:
        written = write_start(directory)
    except OSError as error:
        raise BadSettings(
            f"{directory}: {error.strerror}; choose a folder you may write to"
        ) from error
    for path in written:
        click.echo(f"wrote {path}")
    if not written:
        click.echo(f"{directory}: everything is there already")
    click.echo("next: edit estate.yaml; ssoc db upgrade; ssoc estate load; ssoc user add; ssoc up")


@click.command()
@click.option("--demo", is_flag=True, help="Play eight countries, with people to sign in as.")
@click.option("--listen", default=None, help="HOST:PORT to serve, instead of the setting's.")
def up(demo: bool, listen: str | None) -> None:
    """Run everything on this machine: console and scheduler, and the demo estate with --demo.

    Makes or upgrades the embedded database first. Ends with Ctrl-C. In production run
    ``ssoc web`` and ``ssoc scheduler`` under systemd or Kubernetes instead.
    """
    try:
        chosen = settings.listen(listen) if listen else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from error
    home = Path.cwd()
    if demo:
        demo_folder.make(home)
    with supervisor.alone(home / demo_folder.FOLDER if demo else _folder()):
        if demo:
            demo_folder.prepare(home, chosen)
        if chosen:
            os.environ["SSOC_WEB_LISTEN"] = chosen
        loaded = settings.load(path=demo_folder.demo_settings())
        _require_secret(loaded.web.secret)
        supervisor.require_free(loaded.web.listen)
        _run(home, demo)


def _folder() -> Path:
    return Path(settings.load(path=demo_folder.demo_settings()).folder)


def _run(home: Path, demo: bool) -> None:
    status = supervisor.run_first((*supervisor.PREPARE, *(["--demo"] if demo else [])))
    if status:  # it has said why
        raise click.exceptions.Exit(status)
    children: dict[str, Sequence[str]] = dict(supervisor.CHILDREN)
    if demo:
        children["simulator"] = demo_folder.simulator_command(home)
    supervisor.supervise(stop_on_signals(), children)


def _require_secret(reference: str) -> None:
    try:
        settings.secret(reference)
    except BadSettings as error:
        raise Conflict(f"{error}; ssoc init writes {SECRET} for a new installation") from error
