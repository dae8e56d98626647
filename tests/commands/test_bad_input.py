"""Whatever is wrong: one sentence that says what and the cure, exit 1 or 2, no traceback."""

import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ssoc.cli import main, ssoc

USAGE = 2


@pytest.fixture(scope="module")
def taken() -> Iterator[str]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield str(other.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith("SSOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(ssoc, ["init"]).exit_code == 0
    (tmp_path / "empty").write_text("")
    (tmp_path / "bare").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00" * 400)
    (tmp_path / "open.yaml").write_text("markets: [")
    (tmp_path / "list.yaml").write_text("- a")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")
    other.close()
    return tmp_path


def ended(monkeypatch: pytest.MonkeyPatch, arguments: str) -> object:
    """Return the exit status, or the sentence of status 1; anything else is a traceback."""
    monkeypatch.setattr("sys.argv", ["ssoc", *arguments.split()])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


SETTINGS = [
    ('[web]\nthreads = "many"', "ssoc.toml:2: threads: expected a whole number"),
    ("[web]\nthreads = 1", "from 2 to 400"),
    ("[web]\nlisten = 8080", "listen: expected HOST:PORT"),
    ("[web]\npublic_metrics = 'perhaps'", "expected true or false"),
    ("[web]\nheadquarters = 'Mars'", "expected an IANA name"),
    ("[wbe]", "[wbe] is not known"),
    ("[web]\nlistn = 'x'", "listn is not known in [web]"),
    ("web = 3", "[web] is not known"),
    ("[web", "Expected ']'"),
    ("[polling]\nread_timeout = 5", "expected a duration"),
    ("[polling]\nallow_hosts = 5", "expected a list of texts"),
    ("[priority]\nmatrix = 'P1'", "expected three rows of three"),
    ("[database]\nurl = 'mysql://x'", "expected sqlite:///PATH or postgresql"),
    ("[database]\nurl = 'postgresql+psycopg://u:geheim@h:port/d'", "expected a number as port"),
    (
        "[database]\nurl = 'sqlite:////nowhere/at/all.db'",
        "the folder /nowhere/at of the database /nowhere/at/all.db is missing; make it",
    ),
    ("[database]\nurl = 'sqlite:///binary'", "damaged, or is none; correct [database] url"),
    ("[database]\nurl = 'postgresql+psycopg://u:geheim@127.0.0.1:1/d'", "onnection"),
    ("[web]\nsecret = 'geheim'", "not the secret itself"),
]


@pytest.mark.parametrize(("text", "said"), SETTINGS)
def test_bad_settings(home: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    (home / "ssoc.toml").write_text(text + "\n")
    sentence = str(ended(monkeypatch, "db status"))
    assert sentence.startswith("ssoc: ")
    assert said in sentence
    assert "geheim" not in sentence
    assert sentence.count("\n") == 0
    doctor = CliRunner().invoke(ssoc, ["doctor"], catch_exceptions=False)
    assert doctor.exit_code == 1
    assert "bad" in doctor.output


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe", "codec can't decode"), (None, "Is a directory")],
    ids=["not UTF-8", "a folder"],
)
def test_an_unreadable_settings_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    file = home / "ssoc.toml"
    file.unlink()
    file.mkdir() if content is None else file.write_bytes(content)
    assert said in str(ended(monkeypatch, "db status"))


BEFORE_A_SCHEMA = "run ssoc db upgrade"
COMMANDS = [
    ("web", BEFORE_A_SCHEMA),
    ("scheduler", BEFORE_A_SCHEMA),
    ("user list", BEFORE_A_SCHEMA),
    ("user disable nobody", BEFORE_A_SCHEMA),
    ("token create --name x --scope ingest", BEFORE_A_SCHEMA),
    ("kiosk revoke x", BEFORE_A_SCHEMA),
    ("init empty", USAGE),
    ("init empty/below", "empty/below: Not a directory; choose a folder you may write to"),
    ("db backup kept", "no database ssoc.db yet; ssoc db upgrade makes it"),
    ("db restore nowhere", "no file nowhere; ssoc db backup writes one"),
    ("db restore --yes empty", "empty is no backup of ssoc; nothing was changed"),
    ("db restore --yes other.db", "other.db is no backup of ssoc; nothing was changed"),
    ("db restore --yes binary", "binary is no SQLite database"),
    ("estate check nowhere.yaml", "nowhere.yaml: No such file or directory"),
    ("estate check open.yaml", "open.yaml:1: not YAML"),
    ("estate check binary", "binary: is not UTF-8"),
    ("estate check empty", "empty: describes nothing, no market and no component; describe them"),
    ("estate check bare", "bare: describes nothing"),
    ("estate check list.yaml", "list.yaml:1: expected a mapping"),
    ("user add amina --role king", USAGE),
    ("user add amina --password-file nowhere", "nowhere"),
    ("user add amina --password-from plain", USAGE),
    ("token create --name x", USAGE),
    ("token create --name x --scope fly", USAGE),
    ("token create --name x --scope ingest --expires yesterday", USAGE),
    ("demo fault KE core-db --for 5", USAGE),
    ("demo fault ZZ core-db", "nothing called core-db in ZZ"),
    ("demo faults --simulator http://127.0.0.1:1", "no simulator at http://127.0.0.1:1"),
    ("demo simulator --port 99999", USAGE),
    ("demo simulator --port {taken}", "cannot listen on port {taken}"),
    ("up --listen nowhere", USAGE),
    ("up --listen 127.0.0.1:{taken}", "cannot listen on 127.0.0.1:{taken}"),
    ("up --demo --listen 127.0.0.1:{taken}", "cannot listen on 127.0.0.1:{taken}"),
    ("nonsense", USAGE),
    ("estate", USAGE),
]


@pytest.mark.parametrize(("arguments", "said"), COMMANDS, ids=[each for each, _ in COMMANDS])
def test_bad_arguments(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    taken: str,
    arguments: str,
    said: str | int,
) -> None:
    monkeypatch.setenv("SSOC_CONFIG", "ssoc.toml")
    code = ended(monkeypatch, arguments.replace("{taken}", taken))
    if isinstance(said, int):
        assert code == said
        return
    expected = said.replace("{taken}", taken)
    assert re.match("ssoc: ", str(code))
    assert expected in str(code)


def test_loading_nothing_retires_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(ssoc, ["db", "upgrade"]).exit_code == 0
    assert "bare: describes nothing" in str(ended(monkeypatch, "estate load bare"))


@pytest.mark.parametrize("command", ["add", "password"])
def test_a_password_without_a_terminal(home: Path, command: str) -> None:
    ended = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "ssoc", "user", command, "amina"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=home,
        start_new_session=True,  # takes the terminal away, should the tests have one
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert "give --password-file - and the password on standard input" in ended.stderr


def test_a_backup_into_a_folder_that_is_not_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(ssoc, ["db", "upgrade"]).exit_code == 0
    said = str(ended(monkeypatch, "db backup nowhere/at/all"))
    assert "no backup was made of ssoc.db into nowhere/at/all" in said
    assert CliRunner().invoke(ssoc, ["db", "backup", "kept"]).exit_code == 0


def test_a_damaged_database_is_replaced_by_a_backup(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(ssoc, ["db", "upgrade"]).exit_code == 0
    assert CliRunner().invoke(ssoc, ["db", "backup", "kept"]).exit_code == 0
    for each in home.glob("ssoc.db-*"):
        each.unlink()
    (home / "ssoc.db").write_bytes(b"\x00nothing\xff" * 4000)
    assert "damaged" in str(ended(monkeypatch, "db status"))
    assert "--yes" in str(ended(monkeypatch, "db restore kept"))
    done = CliRunner().invoke(ssoc, ["db", "restore", "--yes", "kept"], catch_exceptions=False)
    assert done.exit_code == 0
    assert CliRunner().invoke(ssoc, ["db", "status"]).exit_code == 0
    assert (home / "ssoc.db.before-restore").exists()
