"""Readers of single fields of a written roll-out; each adds its fault and goes on. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from changes.rollouts.rules.faults import placed
from ssoc.core.signs import told

MOST_SITES = 2_000
_NARROWING = ("markets", "cohorts", "sites")  # whom a wave reaches
_EMPTY: Sequence[object] = (None, False, 0, "", [], {})


def mapping(
    given: object, known: Sequence[str] | None, where: str, faults: list[str]
) -> Mapping[str, Any]:
    """Return fields with values; what is not ``known`` is a fault."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(each, str) for each in given):
        faults.append(placed(f"{where} must be fields with values", where))
        return {}
    strange = [] if known is None else sorted(set(given) - set(known))
    if strange:
        said = (
            f"{where} has the field {strange[0][:32]!r}, which is not known; there are "
            f"{', '.join(known or ())}"
        )
        faults.append(placed(said, where))
    return dict(given)


def rows(
    given: Mapping[str, Any], name: str, where: str, faults: list[str], most: int
) -> list[object]:
    """Return a list of at most ``most``.

    Only a field that is not there means all: ``markets: NO`` is false to YAML, not Norway, and
    what is empty by mistake must not widen a wave to everybody.
    """
    if name in _NARROWING and name in given and given[name] in _EMPTY:
        said = (
            f"{name} of {where} names none; name at least one in a list, or leave the field out "
            "for all"
        )
        cure = '; NO means false unless it stands in quotes: ["NO"]' if given[name] is False else ""
        faults.append(placed(said + cure, where, name))
        return []
    found = given.get(name) or []
    if not isinstance(found, list) or len(found) > most:
        faults.append(placed(f"{name} of {where} must be a list of at most {most}", where, name))
        return []
    return found


def text(given: Mapping[str, Any], name: str, where: str, faults: list[str], most: int) -> str:
    """Return a text of at most ``most`` signs."""
    found = given.get(name, "")
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > most or not _is_clean(found):
        faults.append(
            placed(f"{name} of {where} must be a text of at most {most} signs", where, name)
        )
        return ""
    return told(found)


def _is_clean(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def texts(given: Mapping[str, Any], name: str, where: str, faults: list[str]) -> tuple[str, ...]:
    """Return different texts in their order."""
    found = rows(given, name, where, faults, MOST_SITES)
    if not all(isinstance(each, str) and 0 < len(each.strip()) <= 64 for each in found):  # noqa: PLR2004
        faults.append(placed(f"{name} of {where} must be texts", where, name))
        return ()
    return tuple(dict.fromkeys(str(each).strip() for each in found))


def whole(  # noqa: PLR0913 (where it stands and what it may be)
    given: Mapping[str, Any], name: str, where: str, faults: list[str], least: int, most: int
) -> int | None:
    """Return a whole number, None when it is missing."""
    found = given.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        faults.append(
            placed(f"{name} of {where} must be a whole number from {least} to {most}", where, name)
        )
        return None
    return found


def switch(given: Mapping[str, Any], name: str, where: str, faults: list[str]) -> bool:
    """Return true or false; false when it is missing."""
    found = given.get(name, False)
    if not isinstance(found, bool):
        faults.append(placed(f"{name} of {where} must be true or false", where, name))
        return False
    return found


def instant(given: Mapping[str, Any], name: str, where: str, faults: list[str]) -> datetime | None:
    """Return an instant in UTC, None when it is missing."""
    found = given.get(name)
    if found is None or found == "":
        return None
    try:
        at = datetime.fromisoformat(found) if isinstance(found, str) else found
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        faults.append(
            placed(
                f"{name} of {where} must be an instant with its offset: 2026-03-02T08:00Z",
                where,
                name,
            )
        )
        return None
