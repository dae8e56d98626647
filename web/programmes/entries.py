"""What people type into forms of programmes, read: days, numbers, lists; faults in words."""

from collections.abc import Mapping
from datetime import date

from ssoc.core.errors import BadInput


def day_of(text: str, what: str) -> date | None:
    """Return a day, None for nothing."""
    given = text.strip()
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadInput(f"{what}: {given[:20]!r} is no day; write it like 2026-11-24") from None


def number_of(text: str, what: str, otherwise: int = 0) -> int:
    """Return a whole number of at most nine digits, ``otherwise`` for nothing."""
    given = text.strip()
    if not given:
        return otherwise
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise BadInput(
            f"{what}: {given[:20]!r} is no whole number of 0 or more; write digits alone"
        )
    return int(given)


def degree_of(text: str, what: str) -> float | None:
    """Return degrees with a point, None for nothing."""
    given = text.strip()
    if not given:
        return None
    try:
        found = float(given)
    except ValueError:
        found = float("nan")
    if found != found or len(given) > 32:  # not a number is not itself
        raise BadInput(f"{what}: {given[:20]!r} is no number of degrees; write it like -1.2864")
    return found


def lines_of(text: str) -> list[str]:
    """Return what stands on each line, without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def pairs_of(text: str, what: str, like: str = "software: 4.2.0") -> dict[str, str]:
    """Return what lines such as ``software: 4.2.0`` say."""
    found: dict[str, str] = {}
    for line in lines_of(text):
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise BadInput(f"{what}: {line[:40]!r} is no pair; write it like {like}")
        found[name.strip()] = value.strip()
    return found


def pair_lines(pairs: Mapping[str, object]) -> str:
    """Return pairs as the lines that ``pairs_of`` reads."""
    return "\n".join(f"{name}: {value}" for name, value in pairs.items())


def rows_of(text: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Return rows typed as ``till | T-40 | S12``, one a line; what is left out is empty."""
    found = []
    for line in lines_of(text):
        cells = [each.strip() for each in line.split("|")]
        found.append({name: cell for name, cell in zip(columns, cells, strict=False) if cell})
    return found


def row_lines(rows: object, columns: tuple[str, ...]) -> str:
    """Return rows as the lines that ``rows_of`` reads."""
    lines = []
    for row in rows if isinstance(rows, list | tuple) else ():
        cells = [str(row.get(name, "")) for name in columns]
        while cells and not cells[-1]:
            cells.pop()
        lines.append(" | ".join(cells))
    return "\n".join(lines)
