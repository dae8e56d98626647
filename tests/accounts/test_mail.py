"""Where mail reaches people: by command, and what is no address; the mail server's settings."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ssoc.accounts import cli, queries
from ssoc.accounts.rules import mail_fault
from ssoc.core import settings
from ssoc.core.errors import BadSettings
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime


def run(runtime: Runtime, *words: str) -> tuple[int, str]:
    found = CliRunner().invoke(cli.user, list(words), obj=lambda: runtime)
    return found.exit_code, found.output + str(found.exception or "")


def mail_of(runtime: Runtime, name: str) -> str:
    with runtime.view(SYSTEM) as work:
        return queries.person(work, name).mail


def test_an_address_is_given_with_the_account_changed_and_taken_away(
    runtime: Runtime, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("correct battery staple")
    given = ("--mail", "olga@example.org", "--password-file", str(password))
    assert run(runtime, "add", "olga", *given)[0] == 0
    assert mail_of(runtime, "olga") == "olga@example.org"
    assert run(runtime, "mail", "olga", "o.ng@mail.example.org") == (
        0,
        "olga: o.ng@mail.example.org\n",
    )
    assert "no mail address" in run(runtime, "mail", "olga", "olga")[1]
    assert mail_of(runtime, "olga") == "o.ng@mail.example.org"
    assert run(runtime, "mail", "olga") == (0, "olga: no mail\n")
    assert mail_of(runtime, "olga") == ""


@pytest.mark.parametrize(
    "address",
    [
        "olga",
        "a b@c.org",
        "a@b@c",
        "a@b\r\nBcc: c@d.org",
        "@b.org",
        "a@",
        "x" * 250 + "@b.org",
        "ü@b",
    ],
)
def test_what_is_no_address(address: str) -> None:
    assert "is no mail address" in mail_fault(address)


def test_settings_of_the_mail_server(tmp_path: Path) -> None:
    file = tmp_path / "ssoc.toml"
    file.write_text('[notify]\nmail_server = "mail.example.org:587"\nmail_tls = "tls"\n')
    assert settings.load({}, file).notify.mail_server == "mail.example.org:587"
    for line in ('mail_server = "mail.example.org"', 'mail_server = "a:70000"', 'mail_tls = "ssl"'):
        file.write_text(f"[notify]\n{line}\n")
        with pytest.raises(BadSettings, match=f"{file}:2"):
            settings.load({}, file)
