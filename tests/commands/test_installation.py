"""The command as a newcomer and an operator use it: words, exit codes, and nothing half-done."""

import json
import os
import socket
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ssoc import migrations
from ssoc.cli import main, ssoc
from ssoc.commands.lazy import LazyRuntime
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.errors import SsocError
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import SilenceExpired
from ssoc.core.work import Runtime
from ssoc.demo.folder import prepare
from tests import factories
from tests.estate.test_reader import GOOD, write


def run(runtime: Runtime, *arguments: str) -> Result:
    return CliRunner().invoke(ssoc, arguments, obj=LazyRuntime(runtime), catch_exceptions=False)


def refused(runtime: Runtime, *arguments: str) -> str:
    with pytest.raises(SsocError) as caught:
        run(runtime, *arguments)
    return str(caught.value)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith("SSOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command_line(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run the real entry point; return its exit status or the sentence it ends with."""
    monkeypatch.setattr("sys.argv", ["ssoc", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


def test_init_writes_a_start_and_never_overwrites(home: Path) -> None:
    first = CliRunner().invoke(ssoc, ["init", "here"])
    assert first.exit_code == 0
    assert {path.name for path in (home / "here").iterdir()} == {
        "ssoc.toml",
        "estate.yaml",
        "ssoc.secret",
    }
    key = home / "here" / "ssoc.secret"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    kept = key.read_text()
    again = CliRunner().invoke(ssoc, ["init", "here"])
    assert "everything is there already" in again.output
    assert key.read_text() == kept


def test_what_init_writes_can_be_used_as_it_is(home: Path) -> None:
    for arguments in (["init"], ["db", "upgrade"], ["estate", "check"], ["estate", "load"]):
        done = CliRunner().invoke(ssoc, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    shown = CliRunner().invoke(ssoc, ["estate", "show", "payment-api-ke"])
    assert "needs      core-ledger" in shown.output


def test_usage_errors_end_with_2_and_refusals_with_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command_line(monkeypatch, "estate", "shout") == 2
    assert command_line(monkeypatch, "--help") == 0
    said = command_line(monkeypatch, "estate", "check", "nowhere.yaml")
    assert said == (
        "ssoc: nowhere.yaml: No such file or directory; name files or folders that exist"
    )


@pytest.mark.parametrize("words", [[], ["db"], ["estate"], ["demo"], ["user"], ["token"]])
def test_every_command_is_worth_asking_for_help(words: list[str]) -> None:
    command: click.Command | None = ssoc
    context = click.Context(ssoc)
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(context, word)
    assert isinstance(command, click.Group)
    for name in command.list_commands(context):
        each = command.get_command(context, name)
        assert each is not None
        assert len(each.get_short_help_str(200)) > 15, f"{' '.join(words)} {name}"
    assert CliRunner().invoke(ssoc, [*words, "--help"]).exit_code == 0


def test_estate_load_shows_the_difference_first(runtime: Runtime, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    dry = run(runtime, "estate", "load", "--dry-run", str(path))
    assert "+ component ledger" in dry.output
    assert json.loads(run(runtime, "estate", "show", "--json").output)["components"] == []
    assert "+ component ledger" in run(runtime, "estate", "load", str(path)).output
    assert run(runtime, "estate", "load", str(path)).output == "nothing to change\n"
    path.write_text(GOOD.replace("name: Ledger,", "name: Core ledger,"))
    assert "~ component ledger: name 'Ledger' -> 'Core ledger'" in (
        run(runtime, "estate", "load", str(path)).output
    )
    assert "no component nothing; ssoc estate show" in refused(runtime, "estate", "show", "nothing")


FEWER = [
    pytest.param("TZ", "1 market (TZ) and 1 of 5 components (api-tz)", id="a market"),
    pytest.param("spare", "1 of 5 components (spare)", id="more than a tenth"),
]


def without(what: str) -> str:
    lines = [each for each in GOOD.splitlines() if not each.strip().startswith(f"{what}:")]
    text = "\n".join(lines).replace("[KE, TZ]", "[KE]" if what == "TZ" else "[KE, TZ]")
    return text.replace("any_of: [link, spare]", "any_of: [link, ledger]") + "\n"


@pytest.mark.parametrize(("what", "loss"), FEWER)
def test_what_would_be_retired_is_asked_first(
    runtime: Runtime, tmp_path: Path, what: str, loss: str
) -> None:
    run(runtime, "estate", "load", str(write(tmp_path, GOOD)))
    path = str(write(tmp_path, without(what)))
    assert refused(runtime, "estate", "load", path) == (
        f"nothing was loaded: it would retire {loss}, which would no longer be watched; "
        "correct the files, or say that you mean it with --retire"
    )
    assert len(json.loads(run(runtime, "estate", "show", "--json").output)["components"]) == 5
    assert f"- component {'api-tz' if what == 'TZ' else what}" in (
        run(runtime, "estate", "load", "--dry-run", path).output
    )
    assert run(runtime, "estate", "load", "--retire", path).exit_code == 0
    assert len(json.loads(run(runtime, "estate", "show", "--json").output)["components"]) == 4


@pytest.mark.parametrize(("answer", "left"), [("n", 5), ("y", 4)])
def test_at_a_terminal_a_person_answers(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    run(runtime, "estate", "load", str(write(tmp_path, GOOD)))
    path = str(write(tmp_path, without("spare")))
    monkeypatch.setattr("ssoc.commands.estate.is_terminal", lambda: True)
    done = CliRunner().invoke(
        ssoc, ["estate", "load", path], obj=LazyRuntime(runtime), input=f"{answer}\n"
    )
    assert "This retires 1 of 5 components (spare); they will no longer be watched" in done.output
    assert len(json.loads(run(runtime, "estate", "show", "--json").output)["components"]) == left


def test_checking_counts_in_words_and_warns_of_hosts_that_are_not_asked(
    runtime: Runtime, tmp_path: Path
) -> None:
    text = GOOD.replace("http://127.0.0.1/x", "https://mm.example/x")
    done = run(runtime, "estate", "check", str(write(tmp_path, text)))
    warning, good = done.output.splitlines()
    assert warning.endswith(
        "estate.yaml:12: link/probe will not be asked: host mm.example is not allowed: "
        "add it to allow_hosts in [polling]"
    )
    assert good == (
        "good: 2 markets, 5 components, 6 dependencies, 1 check, 2 heartbeats, 1 inhibition"
    )
    said = json.loads(run(runtime, "estate", "check", "--json", str(tmp_path)).output)
    assert (said["markets"], said["checks"], len(said["warnings"])) == (2, 1, 1)


def test_a_fault_in_the_estate_writes_nothing(runtime: Runtime, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("adapter: http", "adapter: telepathy"))
    assert "estate.yaml:12: link/probe: no adapter telepathy" in refused(
        runtime, "estate", "load", str(path)
    )
    assert json.loads(run(runtime, "estate", "show", "--json").output)["version"] == 0


def test_status_says_which_schema_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    runtime = Runtime(make_engine(url), FrozenClock(factories.EIGHT))
    empty = run(runtime, "db", "status")
    assert (empty.exit_code, "needs ssoc db upgrade" in empty.output) == (1, True)
    assert "run ssoc db upgrade" in refused(runtime, "scheduler")
    assert run(runtime, "db", "upgrade").output.startswith("schema none -> ")
    assert run(runtime, "db", "upgrade").output.endswith("is already there\n")
    assert json.loads(run(runtime, "db", "status", "--json").output)["verdict"] == "current"
    runtime.engine.dispose()


def test_a_newer_schema_is_left_alone(runtime: Runtime) -> None:
    with runtime.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (("db", "upgrade"), ("scheduler",)):
        assert "9999, newer than this release" in refused(runtime, *arguments)


def test_a_backup_comes_back(runtime: Runtime, tmp_path: Path) -> None:
    kept = tmp_path / "kept.backup"
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "api-ke > core-ke")
    assert "bytes" in run(runtime, "db", "backup", str(kept)).output
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "exists" in refused(runtime, "db", "backup", str(kept))
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "api-ke > core-ke, other-ke")
    assert "--yes" in refused(runtime, "db", "restore", str(kept))
    assert "restored" in run(runtime, "db", "restore", "--yes", str(kept)).output
    shown = json.loads(run(runtime, "estate", "show", "--json").output)
    assert sorted(shown["components"]) == ["api-ke", "core-ke"]
    assert "unbroken" in run(runtime, "doctor", "--no-targets", "--audit").output


def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    runtime = Runtime(make_engine(url), FrozenClock(factories.EIGHT))
    migrations.upgrade(runtime.engine)
    bad = tmp_path / "bad"
    bad.write_bytes(b"not a database" * 100)
    assert "is no SQLite database" in refused(runtime, "db", "restore", "--yes", str(bad))
    with closing(sqlite3.connect(tmp_path / "live.db")) as live:
        assert live.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    runtime.engine.dispose()


def test_the_doctor_finds_what_is_broken(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    text = GOOD.replace("http://127.0.0.1/x", f"http://127.0.0.1:{port}/x")
    run(runtime, "estate", "load", str(write(tmp_path, text)))
    monkeypatch.chdir(tmp_path)
    done = run(runtime, "doctor", "--json")
    found = {each["what"]: each for each in json.loads(done.output)}
    assert done.exit_code == 1
    assert found["secret"]["verdict"] == "bad"
    assert "ssoc.secret" in found["secret"]["text"]
    assert found["schema"]["verdict"] == "good"
    assert found["jobs"]["cure"] == "start ssoc scheduler or ssoc up"
    assert found["target"]["verdict"] == "bad"
    assert found["target"]["text"].startswith("link/probe: unreachable: ")


def test_the_doctor_verifies_the_audit_trail(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        work.record(SilenceExpired("abc"))
    found = run(runtime, "doctor", "--audit", "--no-targets", "--json")
    audit = [each for each in json.loads(found.output) if each["what"] == "audit"]
    assert [each["text"] for each in audit] == ["1 events, unbroken"]


def test_a_taken_port_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CliRunner().invoke(ssoc, ["init"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:" + str(taken.getsockname()[1])
        said = str(command_line(monkeypatch, "up", "--listen", address))
    assert said.startswith(f"ssoc: cannot listen on {address}: Address already in use; ")
    assert "--listen" in said


@pytest.mark.parametrize("address", ["foo", "127.0.0.1", "127.0.0.1:99999", ":80"])
def test_a_wrong_address_is_wrong_usage(
    home: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    assert command_line(monkeypatch, "up", "--listen", address) == 2


@pytest.mark.parametrize(
    "arguments", [("user", "list"), ("token", "list"), ("estate", "load"), ("heartbeat", "list")]
)
def test_without_a_schema_commands_say_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    CliRunner().invoke(ssoc, ["init"])
    said = str(command_line(monkeypatch, *arguments))
    folder = Path(migrations.__file__).parent / "versions"
    newest = max(each.name[:4] for each in folder.glob("0*.py"))
    needs = f"this release needs {newest}: run ssoc db upgrade"
    assert said == f"ssoc: the database has schema none, {needs}"


def test_the_doctor_says_that_the_schema_is_missing(home: Path) -> None:
    CliRunner().invoke(ssoc, ["init"])
    done = CliRunner().invoke(ssoc, ["doctor"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "run ssoc db upgrade" in done.output


def test_a_second_terminal_talks_to_the_demo(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSOC_CONFIG", "")  # put back what preparing sets
    prepare(home, "127.0.0.1:8199")
    monkeypatch.setenv("SSOC_CONFIG", "")
    chosen = LazyRuntime().unchecked().settings
    assert chosen.database.url == f"sqlite:///{home}/ssoc-demo/demo.db"
    assert chosen.web.listen == "127.0.0.1:8199"
    (home / "ssoc.toml").write_text("")
    assert LazyRuntime().unchecked().settings.database.url == "sqlite:///ssoc.db"


def test_up_without_init_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = str(command_line(monkeypatch, "up", "--listen", "127.0.0.1:0"))
    assert "ssoc init" in said
