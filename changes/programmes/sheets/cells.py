"""What a cell means, and how a value is written into one; both ways agree. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from changes.programmes.rules.drafts import DAYS

_SPAN = re.compile(r"([a-z]{3})(?:\s*[-–]\s*([a-z]{3}))?\s+(\S+?)\s*[-–]\s*(\S+)")
_TIME = re.compile(r"(\d{1,2})[:.h](\d{2})")
CONTACT = ("name", "role", "phone")
HARDWARE = ("item", "model", "serial")
Rows = Sequence[Mapping[str, Any]]


class Wrong(ValueError):
    """A cell that cannot be read; the message says what to write instead."""


def day_of(text: str) -> date | None:
    """Return a day: ``2026-03-09``, or with points ``9.3.2026``; empty is none."""
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10]) if len(text) in {10, 19} else _pointed(text)
    except ValueError:
        try:
            return _pointed(text)
        except ValueError:
            raise Wrong(f"{text[:24]!r} is no day; write it as 2026-03-09") from None


def _pointed(text: str) -> date:
    return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 (a day has no zone)


def degrees_of(text: str) -> float | None:
    """Return degrees with a decimal point or comma; empty is none."""
    if not text:
        return None
    try:
        found = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        raise Wrong(f"{text[:24]!r} is no number; write degrees as 5.556") from None
    if found != found or abs(found) > 1_000:
        raise Wrong(f"{text[:24]!r} is no number of degrees")
    return found


def number_of(text: str, usual: int) -> int:
    """Return a whole number, of which size its column judges; empty is the usual one."""
    if not text:
        return usual
    if not re.fullmatch(r"-?\d{1,9}(?:[.,]0+)?", text, re.ASCII):
        raise Wrong(f"{text[:24]!r} is no whole number; write digits alone")
    return int(re.split("[.,]", text)[0])


def words_of(text: str) -> tuple[str, ...]:
    """Return the entries of a list, each once: semicolons, or commas, stand between."""
    between = ";" if ";" in text else ","
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(between)))))


def days_of(text: str) -> tuple[str, ...]:
    """Return days of the week by their first three letters."""
    return tuple(dict.fromkeys(each.casefold()[:3] for each in words_of(text)))


def hours_of(text: str) -> dict[str, list[str]]:
    """Return opening hours by day: ``mon-fri 08:00-18:00; sat 09:00-13:00``."""
    found: dict[str, list[str]] = {}
    for part in filter(None, (each.strip().casefold() for each in text.split(";"))):
        span = _SPAN.fullmatch(part)
        if span is None or span[1] not in DAYS or (span[2] or span[1]) not in DAYS:
            raise Wrong(f"{part[:40]!r} is no opening time; write mon-fri 08:00-18:00")
        first, last = DAYS.index(span[1]), DAYS.index(span[2] or span[1])
        if last < first:
            raise Wrong(f"{part[:40]!r} ends before it begins; write the week from monday on")
        for day in DAYS[first : last + 1]:
            found[day] = [_clock(span[3]), _clock(span[4])]
    return found


def _clock(text: str) -> str:
    found = _TIME.fullmatch(text)
    if found is None:
        raise Wrong(f"{text[:16]!r} is no time of day; write 08:00")
    return f"{int(found[1]):02d}:{found[2]}"


def rows_of(text: str, names: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Return rows: parts with ``|`` between, rows with ``;`` between."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(";"))):
        cells = [each.strip() for each in part.split("|")]
        if len(cells) > len(names):
            raise Wrong(f"{part[:40]!r} has {len(cells)} parts; there are {' | '.join(names)}")
        found.append(dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True)))
    return tuple(found)


def hours_text(hours: Mapping[str, Sequence[str]]) -> str:
    """Return opening hours as a cell; days that follow each other and agree go together."""
    parts: list[tuple[int, int, str]] = []
    for at, day in enumerate(DAYS):
        if day not in hours:
            continue
        span = f"{hours[day][0]}-{hours[day][1]}"
        if parts and parts[-1][1] == at - 1 and parts[-1][2] == span:
            parts[-1] = (parts[-1][0], at, span)
        else:
            parts.append((at, at, span))
    return "; ".join(
        f"{DAYS[first]}{f'-{DAYS[last]}' if last > first else ''} {span}"
        for first, last, span in parts
    )


def rows_text(rows: Rows, names: Sequence[str]) -> str:
    """Return rows as a cell."""
    return "; ".join(
        " | ".join(_clean(each.get(name, "")) for name in names).rstrip(" |") for each in rows
    )


def _clean(value: object) -> str:
    return re.sub(r"[;|\s]+", " ", str(value)).strip()


def text_of(value: object) -> str:
    """Return a plain value as a cell."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(_clean(each) for each in value)
    return repr(value) if isinstance(value, float) else str(value)


Reader = Callable[[str], Any]
READERS: Mapping[str, Reader] = {
    "opening_hours": hours_of,
    "busiest_days": days_of,
    "latitude": degrees_of,
    "longitude": degrees_of,
    "minimum_staff": lambda text: number_of(text, 1),
    "contacts": lambda text: rows_of(text, CONTACT),
    "hardware": lambda text: rows_of(text, HARDWARE),
    "banks": words_of,
    "type": lambda text: text.casefold() or "shop",
    "role": lambda text: text or "seller",
    "market": str.upper,
    "joined_on": day_of,
    "left_on": day_of,
    "slot_on": day_of,
    "wave": lambda text: number_of(text, 0),
}
WRITERS: Mapping[str, Callable[[Any], str]] = {
    "opening_hours": hours_text,
    "contacts": lambda rows: rows_text(rows, CONTACT),
    "hardware": lambda rows: rows_text(rows, HARDWARE),
}


def written(column: str, value: Any) -> str:  # noqa: ANN401 (whatever the column holds)
    """Return a value as the cell of a column."""
    return WRITERS.get(column, text_of)(value)
