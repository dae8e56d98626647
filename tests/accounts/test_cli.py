"""``ssoc user``, ``ssoc token``, ``ssoc kiosk`` as an administrator types them."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ssoc.accounts import queries
from ssoc.accounts.cli import kiosk, token, user
from ssoc.accounts.signing_in import Attempt, sign_in
from ssoc.core.errors import BadInput, Conflict, NotFound, SsocError
from ssoc.core.permissions import ANONYMOUS
from ssoc.core.work import Runtime

PASSWORD = "four unrelated words"


def run(runtime: Runtime, command: click.Command, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, words, obj=lambda: runtime, input=typed)


def refused(result: Result) -> SsocError:
    assert isinstance(result.exception, SsocError), result.output
    return result.exception


def test_a_person_added_at_the_prompt_can_sign_in(
    keyed: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssoc.accounts.cli.has_terminal", lambda: True)
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    added = run(keyed, user, "add", "ann", "--role", "noc_operator:KE,TZ", typed=typed)
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    assert sign_in(keyed, Attempt("ann", PASSWORD, "", "here")).name == "ann"
    listed = json.loads(run(keyed, user, "list", "--json").output)
    assert [(each["name"], each["roles"]) for each in listed] == [("ann", ["noc_operator:KE,TZ"])]
    assert "noc_operator:KE,TZ" in run(keyed, user, "list").output


def test_a_password_comes_from_file_variable_or_stdin(
    keyed: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pw").write_text(PASSWORD + "\n")
    monkeypatch.setenv("ANN_PASSWORD", PASSWORD)
    for name, words, typed in (
        ("by-file", ["--password-file", str(tmp_path / "pw")], ""),
        ("by-stdin", ["--password-file", "-"], PASSWORD + "\n"),
        ("by-variable", ["--password-from", "env:ANN_PASSWORD"], ""),
    ):
        assert run(keyed, user, "add", name, *words, typed=typed).exit_code == 0
        assert sign_in(keyed, Attempt(name, PASSWORD, "", "here")).name == name


def test_disable_enable_roles_and_reset(peopled: Runtime, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("another four words")
    for words in (
        ("disable", "auditor"),
        ("enable", "auditor"),
        ("roles", "auditor", "auditor", "executive:KE"),
        ("password", "auditor", "--drop-second-factor", "--password-file", str(tmp_path / "pw")),
    ):
        assert run(peopled, user, *words).exit_code == 0
    assert sign_in(peopled, Attempt("auditor", "another four words", "", "x")).name == "auditor"
    listed = {
        each["name"]: each for each in json.loads(run(peopled, user, "list", "--json").output)
    }
    assert listed["auditor"]["roles"] == ["auditor", "executive:KE"]


def test_a_token_is_printed_alone_and_works(keyed: Runtime) -> None:
    made = run(keyed, token, "create", "--name", "am", "--scope", "ingest", "--expires", "90d")
    assert made.exit_code == 0
    with keyed.view(ANONYMOUS) as work:
        assert queries.token_actor(work, made.output.rstrip("\n")).name == "token:am"
    assert made.output == made.output.strip() + "\n"
    listed = json.loads(run(keyed, token, "list", "--json").output)
    assert [(each["name"], each["state"], each["markets"]) for each in listed] == [
        ("am", "valid", "*")
    ]
    assert run(keyed, token, "revoke", "am").exit_code == 0
    assert "revoked" in run(keyed, token, "list").output


def test_a_kiosk_link_is_printed_alone(keyed: Runtime) -> None:
    made = run(keyed, kiosk, "create", "--name", "wall-1", "--market", "KE")
    assert made.output.startswith("http://127.0.0.1:8080/kiosk/")
    assert json.loads(run(keyed, kiosk, "list", "--json").output)[0]["markets"] == "KE"
    assert run(keyed, kiosk, "revoke", "wall-1").exit_code == 0
    assert "revoked" in run(keyed, kiosk, "list").output


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (user, ["add", "ann", "--role", "boss"]),
        (user, ["add", "ann", "--role", "admin:Kenya"]),
        (user, ["add", "ann", "--password-file", "x", "--password-from", "env:X"]),
        (user, ["add", "ann", "--password-from", "the secret itself"]),
        (token, ["create", "--name", "a", "--scope", "all"]),
        (token, ["create", "--name", "a", "--scope", "read", "--expires", "soon"]),
        (token, ["create"]),
    ],
)
def test_wrong_usage_ends_with_2(keyed: Runtime, command: click.Command, words: list[str]) -> None:
    assert run(keyed, command, *words).exit_code == 2


def test_refusals_say_what_where_and_cure(keyed: Runtime, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("short")
    weak = run(keyed, user, "add", "ann", "--password-file", str(tmp_path / "pw"))
    assert "at least 12" in str(refused(weak))
    missing = run(keyed, user, "add", "ann", "--password-file", str(tmp_path / "none"))
    assert isinstance(refused(missing), BadInput)
    assert isinstance(refused(run(keyed, user, "disable", "nobody")), NotFound)
    run(keyed, token, "create", "--name", "a", "--scope", "read")
    twice = run(keyed, token, "create", "--name", "a", "--scope", "read")
    assert isinstance(refused(twice), Conflict)
