"""Names, passwords, pauses and roles."""

from datetime import UTC, datetime, timedelta

import pytest

from ssoc.accounts import rules
from ssoc.core.permissions import Role

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        pytest.param("elevenchars", "too short", id="eleven characters are too few"),
        pytest.param("twelve chars", "", id="twelve are enough"),
        pytest.param("w" * 250 + "ordabc7", "too long", id="over 256 is refused"),
        pytest.param("I am Juma of TZ", "holds the name", id="the name, in any case"),
        pytest.param("abababababababab", "repeats itself", id="two characters only"),
        pytest.param("Password2026!!", "everybody tries", id="a common word with a tail"),
        pytest.param("123456789012345", "everybody tries", id="digits only"),
        pytest.param("неверный пароль", "", id="any script will do"),
    ],
)
def test_which_passwords_are_refused(password: str, fault: str) -> None:
    found = rules.password_fault("juma", password)
    assert fault in found
    assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        ("juma", True),
        ("desk-2", True),
        ("j.mrisho_tz", True),
        ("a", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("Juma", False),
        ("juma ", False),
        ("-juma", False),
        ("ju\x00ma", False),
        ("ju/ma", False),
        ("jumа", False),  # a Cyrillic letter that looks Latin
    ],
)
def test_which_names_can_be_used(name: str, is_good: bool) -> None:
    assert (rules.name_fault(name) == "") is is_good


@pytest.mark.parametrize(
    ("by_name", "by_address", "wait"),
    [
        pytest.param(4, 4, None, id="four wrong tries cost nothing"),
        pytest.param(5, 5, 5, id="the fifth costs five minutes"),
        pytest.param(9, 9, 5, id="each further one, five from then on"),
        pytest.param(0, 24, None, id="a room may mistype now and then"),
        pytest.param(0, 25, 5, id="an address that guesses many names waits too"),
    ],
)
def test_when_the_next_try_counts(by_name: int, by_address: int, wait: int | None) -> None:
    until = rules.wait_until([NOON] * by_name, [NOON] * by_address)
    assert until == (None if wait is None else NOON + timedelta(minutes=wait))


def test_roles_are_read_and_shown_alike() -> None:
    pairs = [*rules.parse_role("noc_operator:KE, tz"), *rules.parse_role("auditor")]
    assert pairs == [
        (Role.NOC_OPERATOR, "KE"),
        (Role.NOC_OPERATOR, "TZ"),
        (Role.AUDITOR, "*"),
    ]
    assert rules.show_roles(pairs) == ["auditor", "noc_operator:KE,TZ"]


@pytest.mark.parametrize(
    ("text", "fault"), [("boss", "not a role"), ("admin:Kenya", "not a market")]
)
def test_unknown_roles_and_markets_are_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        rules.parse_role(text)


@pytest.mark.parametrize(
    ("given", "kept"),
    [([], "*"), (["ke", " TZ"], "KE,TZ"), (["KE", "*"], "*"), (["TZ", "KE", "KE"], "KE,TZ")],
)
def test_markets_are_kept_in_one_form(given: list[str], kept: str) -> None:
    assert rules.join_markets(given) == kept
