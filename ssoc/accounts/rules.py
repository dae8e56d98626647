"""Decisions about names, passwords and guessing: values in, values out."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ssoc.core.permissions import EVERYWHERE, Role

LEAST_PASSWORD = 12
MOST_PASSWORD = 256
WINDOW = timedelta(minutes=15)
PAUSE = timedelta(minutes=5)
BY_NAME = 5
BY_ADDRESS = 25  # a whole room signs in from one address
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
MOST_MAIL = 254
MARKET = re.compile(r"[A-Z]{2}")
_COMMON = frozenset(
    [
        "password",
        "letmein",
        "qwerty",
        "qwertyuiop",
        "welcome",
        "administrator",
        "changeme",
        "mobilemoney",
        "mpesa",
        "iloveyou",
        "football",
        "superman",
        "master",
        "monkey",
        "dragon",
        "sunshine",
        "princess",
        "trustno",
        "abcdefghijkl",
        "asdfghjkl",
        "zxcvbnm",
        "operator",
        "operations",
        "secret",
        "default",
    ]
)
_FILLING = re.compile(r"[\d\W_]+")


def name_fault(name: str) -> str:
    """Return why ``name`` cannot be a sign-in name, or an empty text."""
    if NAME.fullmatch(name):
        return ""
    return (
        f"the name {name[:64]!r} is not usable: up to 64 small letters, digits, dots, dashes and "
        "underscores, beginning and ending with a letter or digit"
    )


def mail_fault(address: str) -> str:
    """Return what is wrong with a mail address; none at all is fine."""
    if address and (len(address) > MOST_MAIL or not _MAIL.fullmatch(address)):
        return f"{address[:64]!r} is no mail address; write it as name@example.org, or leave it"
    return ""


def password_fault(name: str, password: str) -> str:
    """Return why ``password`` is refused for ``name``, or an empty text."""
    if len(password) < LEAST_PASSWORD:
        return f"the password is too short: at least {LEAST_PASSWORD} characters"
    if len(password) > MOST_PASSWORD:
        return f"the password is too long: at most {MOST_PASSWORD} characters"
    if name.lower() in password.lower():
        return "the password holds the name: choose one without it"
    if len(set(password)) < 5:  # noqa: PLR2004 (five different characters)
        return "the password repeats itself: use at least 5 different characters"
    if _FILLING.sub("", password.lower()) in _COMMON | {""}:
        return "the password is one that everybody tries first: choose several unrelated words"
    return ""


def wait_until(by_name: Sequence[datetime], by_address: Sequence[datetime]) -> datetime | None:
    """Return when the next try counts, or None when it counts now.

    Args:
        by_name: wrong tries for this name within WINDOW.
        by_address: wrong tries from this address within WINDOW.

    """
    waits = [
        max(tries) + PAUSE
        for tries, most in ((by_name, BY_NAME), (by_address, BY_ADDRESS))
        if len(tries) >= most
    ]
    return max(waits, default=None)


def tries_left(by_name: Sequence[datetime]) -> int:
    """Return how many wrong tries are left before a pause."""
    return max(0, BY_NAME - len(by_name))


def market_fault(markets: Iterable[str]) -> str:
    """Return what is wrong with a list of market codes, or an empty text."""
    wrong = [each for each in markets if each != EVERYWHERE and not MARKET.fullmatch(each)]
    if not wrong:
        return ""
    return f"{wrong[0][:32]!r} is not a market: two capital letters such as KE, or * for all"


def parse_role(text: str) -> list[tuple[Role, str]]:
    """Read ``noc_operator:KE,TZ``; without markets it means all of them.

    Raises:
        ValueError: an unknown role or market; the message says which are known.

    """
    word, _, rest = text.partition(":")
    if word not in set(Role):
        raise ValueError(f"{word[:32]!r} is not a role; known: {', '.join(Role)}")
    markets = [each.strip().upper() for each in rest.split(",") if each.strip()] or [EVERYWHERE]
    if fault := market_fault(markets):
        raise ValueError(fault)
    return [(Role(word), market) for market in markets]


def show_roles(grants: Iterable[tuple[Role, str]]) -> list[str]:
    """Return grants as people write them, one text per role: ``noc_operator:KE,TZ``."""
    markets: dict[Role, list[str]] = {}
    for role, market in sorted(grants):
        markets.setdefault(role, []).append(market)
    return [
        role.value if EVERYWHERE in held else f"{role}:{','.join(held)}"
        for role, held in markets.items()
    ]


def join_markets(markets: Iterable[str]) -> str:
    """Return codes as one text with commas, ``*`` when it is all of them or none was named."""
    chosen = sorted({each.strip().upper() for each in markets if each.strip()})
    return EVERYWHERE if not chosen or EVERYWHERE in chosen else ",".join(chosen)
