"""The demo's own folder: its settings, its key, the port of its simulator."""

import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from ssoc.accounts.keys import make_key
from ssoc.core.errors import BadSettings
from ssoc.core.settings import FILE, load

PORT = 8099
FOLDER = "ssoc-demo"
ESTATE_FILE = "estate.yaml"
with as_file(files("ssoc.demo").joinpath(ESTATE_FILE)) as _path:
    ESTATE = Path(_path)


def make(home: Path) -> Path:
    """Make the demo's folder where it is missing, and return it."""
    folder = (home / FOLDER).resolve()
    with _told(folder):
        folder.mkdir(exist_ok=True)
    return folder


def prepare(home: Path, listen: str | None) -> None:
    """Choose the demo's own folder, database and key, unless the environment says otherwise."""
    folder = make(home)
    with _told(folder):
        chosen = folder / FILE
        chosen.write_text(_settings_of(folder, listen), encoding="utf-8")
        os.environ["SSOC_CONFIG"] = str(chosen)
        make_key(load().web.secret)
        _place_simulator(home, folder)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn a refusal of the disk into a sentence with its cure."""
    try:
        yield
    except OSError as error:
        raise BadSettings(
            f"{error.filename or folder}: {error.strerror}; start the demo in a folder you may "
            "write to, with room on its disk"
        ) from error


def demo_settings() -> Path | None:
    """Return the demo's settings in a folder where only the demo was ever started.

    So a second terminal talks to the demo without being told where it lives.
    """
    demo = Path(FOLDER) / FILE
    alone = not os.environ.get("SSOC_CONFIG") and not Path(FILE).exists()
    return demo if alone and demo.exists() else None


def simulator_command(home: Path) -> Sequence[str]:
    """Return the command that plays the platforms of the demo in ``home``."""
    return (
        *(sys.executable, "-P", "-m", "ssoc", "demo", "simulator"),
        *("--port", str(port_of(home)), "--estate", str(home / FOLDER / ESTATE_FILE)),
    )


def port_of(home: Path) -> int:
    """Return the port the demo's simulator listens on."""
    try:
        return int((home / FOLDER / "simulator.port").read_text())
    except (OSError, ValueError):
        return PORT


def _place_simulator(home: Path, folder: Path) -> None:
    port = port_of(home)
    port = port if _is_free(port) else _free_port()
    (folder / "simulator.port").write_text(f"{port}\n")
    text = ESTATE.read_text(encoding="utf-8")
    (folder / ESTATE_FILE).write_text(text.replace(f":{PORT}/", f":{port}/"), encoding="utf-8")


def _settings_of(folder: Path, listen: str | None) -> str:
    lines = [
        "# Written by ssoc up --demo at every start; commands in the folder above use it.",
        f"[database]\nurl = {json.dumps(f'sqlite:///{folder}/demo.db')}",
        f"[web]\nsecret = {json.dumps(f'file:{folder}/ssoc.secret')}",
        *([f"listen = {json.dumps(listen)}"] if listen else []),
        f"[estate]\nfiles = [{json.dumps(str(folder / ESTATE_FILE))}]",
    ]
    return "\n".join(lines) + "\n"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
