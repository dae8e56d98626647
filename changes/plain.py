"""A draft as plain JSON or YAML, and back; what is odd is refused in words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from typing import Any, get_type_hints

from changes.draft import NAMES, BadDraft, Draft
from changes.lifecycle import Effect
from changes.values import Notice, PlannedTest, PlanStep, Touched, Training
from ssoc.core.errors import BadInput

Json = dict[str, Any]
_ROWS: Mapping[str, type[Any]] = {
    "components": Touched,
    "steps": PlanStep,
    "tests": PlannedTest,
    "notices": Notice,
    "trainings": Training,
}
_HINTS = {kind: get_type_hints(kind) for kind in _ROWS.values()}
_LISTS = ("markets", "people", "gates", "rollback_needs")
_TIMES = ("starts_at", "ends_at", "rollback_rehearsed_at")
_WHOLE = ("preparation_minutes", "rollback_minutes", "soak_minutes")
FIELDS = tuple("components" if name == "touched" else name for name in NAMES)
_OURS = {"position", "sent_at"}  # of rows: the list says the first, only we write the second


def plain(draft: Draft) -> Json:
    """Return a draft as JSON has it."""
    found: Json = {}
    for name in NAMES:
        value = getattr(draft, name)
        if name == "touched":
            found["components"] = [_plain_row(each) for each in value]
        elif name in _ROWS:
            found[name] = [_plain_row(each) for each in value]
        elif name in _TIMES:
            found[name] = value.isoformat().replace("+00:00", "Z") if value else None
        else:
            found[name] = list(value) if name in _LISTS else value
    return found


def _plain_row(row: Any) -> Json:  # noqa: ANN401 (a row of a draft)
    found = {name: value for name, value in vars(row).items() if name != "sent_at" or value}
    if "needs" in found:
        found["needs"] = list(found["needs"])
    if "effect" in found:
        found["effect"] = found["effect"].value
    return found


def read_draft(given: Mapping[str, Any], base: Draft | None = None) -> Draft:
    """Return what ``given`` says, over ``base`` where it says nothing.

    Raises:
        BadInput: every field that is not known, or not of its kind.

    """
    faults: list[str] = []
    values: Json = {}
    for name, value in given.items():
        if name not in FIELDS:
            faults.append(f"the field {name[:64]!r} is not known; there are: {', '.join(FIELDS)}")
            continue
        try:
            values["touched" if name == "components" else name] = _value(name, value)
        except BadInput as fault:
            faults.append(str(fault))
    if base is None and "title" not in given:
        faults.append("the field title is missing")
    if faults:
        raise BadDraft(faults)
    return replace(base or Draft(title=""), **values)


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 (JSON in, a field of Draft out)
    if name in _ROWS:
        return _rows(name, value)
    if name in _LISTS:
        return _texts(name, value)
    if name in _TIMES:
        return _instant(name, value)
    if name in _WHOLE:
        return _number(name, value)
    if name == "template_id":
        return None if value is None else _number(name, value)
    if name == "vendor_must_attend":
        return _switch(name, value)
    return _text(name, value)


def _rows(name: str, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise BadInput(f"the field {name} must be a list")
    found = []
    for at, each in enumerate(value, 1):
        given = {"component": each} if name == "components" and isinstance(each, str) else each
        found.append(_row(_ROWS[name], f"{name}, row {at}", given, at))
    return tuple(found)


def _row(kind: type[Any], where: str, given: object, at: int) -> Any:  # noqa: ANN401
    if not isinstance(given, Mapping):
        raise BadInput(f"{where}: expected fields with values, found {str(given)[:40]!r}")
    hints = _HINTS[kind]
    known = [name for name in hints if name not in _OURS]
    strange = sorted(set(given) - set(hints))
    if strange:
        raise BadInput(f"{where}: {strange[0][:64]!r} is not known; there are: {', '.join(known)}")
    needed = {
        each.name
        for each in fields(kind)
        if each.default is MISSING and each.default_factory is MISSING
    }
    for name in sorted(needed - set(given) - _OURS):
        raise BadInput(f"{where}: {name} is missing")
    values = {name: _of(hints[name])(f"{where}: {name}", given[name]) for name in given}
    return kind(**{**values, "position": at} if "position" in hints else values)


def _of(hint: Any) -> Callable[[str, Any], Any]:  # noqa: ANN401 (an annotation)
    if hint is Effect:
        return _effect
    return {str: _text, int: _number, bool: _switch}.get(hint, _numbers)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f"the field {name} must be a text")
    return value


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BadInput(f"the field {name} must be true or false")
    return value


def _number(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**12:
        raise BadInput(f"the field {name} must be a whole number")
    return value


def _numbers(name: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise BadInput(f"the field {name} must be a list of whole numbers")
    return tuple(_number(name, each) for each in value)


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadInput(f"the field {name} must be a list of texts")
    return tuple(value)


def _effect(name: str, value: object) -> Effect:
    try:
        return Effect(str(value))
    except ValueError:
        raise BadInput(f"{name} must be one of {', '.join(Effect)}") from None


def _instant(name: str, value: object) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(str(value))
        if found.tzinfo is None:
            raise ValueError
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f"the field {name} must be an instant with its offset: 2026-03-02T21:00:00Z"
        ) from None


def without(given: Mapping[str, Any], names: Sequence[str]) -> Json:
    """Return ``given`` without some of its fields."""
    return {name: value for name, value in given.items() if name not in names}
