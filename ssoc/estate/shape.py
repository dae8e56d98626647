"""The shape of an estate file against the shipped JSON Schema, each fault on its line."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from ssoc.estate.tree import Place, Tree

ROUNDS = 6  # what is taken out may leave something else missing, and so on outwards
STAND_INS: dict[str, Any] = {
    "name": "?",
    "kind": "unknown",
    "zones": ["UTC"],
    "currency": "XXX",
    "every": "1d",
}


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of estate files."""
    text = files("ssoc.estate").joinpath("schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def shape_faults(tree: Tree) -> None:
    """Note every fault of ``tree`` against the schema, and take out just what is misshaped.

    What is left has the shape, so that everything else about it can be said at once.
    """
    for error in _errors(tree):
        deepest = max(error.context, key=lambda e: len(e.path)) if error.context else error
        tree.fault(_place(tree, deepest), _words(deepest))
    for _ in range(ROUNDS):
        errors = _errors(tree)
        if not errors:
            return
        gone: set[Place] = set()
        for error in reversed(errors):
            if tuple(error.absolute_path) not in gone:
                _take_out(tree, error, gone)
    if _errors(tree):
        tree.content = {}
        tree.broken.add("")


def _errors(tree: Tree) -> list[ValidationError]:
    found = _validator().iter_errors(tree.content)
    return sorted(found, key=lambda error: [_in_order(step) for step in error.absolute_path])


def _in_order(step: str | int) -> tuple[int, str]:
    return (step, "") if isinstance(step, int) else (0, step)


def _place(tree: Tree, error: ValidationError) -> Place:
    """Return where the fault is; that of a name is the name, not the mapping it stands in."""
    place = tuple(error.absolute_path)
    return (*place, str(error.instance)) if _is_name(tree, error) else place


def _is_name(tree: Tree, error: ValidationError) -> bool:
    around = tree.value(tuple(error.absolute_path))
    return isinstance(around, dict) and isinstance(error.instance, str)


def _take_out(tree: Tree, error: ValidationError, gone: set[Place]) -> None:
    """Take out what one error is about; what must be there gets a stand-in."""
    try:
        place = _place(tree, error)
        inside: Any = tree.value(tuple(error.absolute_path))
    except (KeyError, IndexError, TypeError):
        return  # what was around it is gone already
    match error.validator:
        case "additionalProperties" if error.validator_value is False:
            for stranger in set(inside) - _known(error):
                tree.remove((*place, stranger))
        case "required" if all(name in STAND_INS for name in set(_wanted(error)) - set(inside)):
            for name in set(_wanted(error)) - set(inside):
                inside[name] = STAND_INS[name]
        case "not":
            tree.remove((*place, "markets"))
        case _ if place and place[-1] == "per_market":
            tree.value(place[:-1])["per_market"] = "all"
        case _:
            gone.add(place)
            _remove(tree, place)


def _wanted(error: ValidationError) -> list[str]:
    wanted: Any = error.validator_value
    return list(wanted)


def _known(error: ValidationError) -> set[str]:
    shape: Any = error.schema
    return set(shape.get("properties", {}))


def _remove(tree: Tree, place: Place) -> None:
    if len(place) < 2:  # a whole section
        tree.broken.add("")
    elif len(place) == 2:
        tree.broken.add(str(place[1]))
    elif place[2] == "checks":  # a path may name it
        tree.broken.add("/".join([str(place[1]), *map(str, place[3:4])]))
    if place:
        tree.remove(place)
    else:
        tree.content = {}


def _words(error: ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path)) or "the file"
    wanted: Any = error.validator_value
    shape: Any = error.schema
    given: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = shape.get("properties", {})
            strangers = ", ".join(sorted(set(given) - set(known)))
            return f"{where}: {strangers} is not known here; known are {', '.join(known)}"
        case "required":
            missing = [name for name in wanted if name not in given]
            return f"{where}: {', '.join(missing)} is missing; add it"
        case "enum":
            return f"{where}: {error.instance!r} is not one of {', '.join(wanted)}"
        case "pattern":
            return f"{where}: {error.instance!r} does not have the form {_form(wanted)}"
        case "type":
            return f"{where}: {_short(given)} is not {_kind(wanted)}; {_cure(where)}"
        case "not":
            return f"{where}: give markets (shared) or per_market (one each), not both"
        case _:
            return f"{where}: {error.message[:200]}"


_FORMS = {
    "^[A-Z]{3}$": "of a currency; write its ISO code, such as KES",
    "^[A-Z]{2}$": "of a market; write two capital letters, such as KE",
    "^[0-9]+(\\.[0-9]+)?$": 'of an amount; write it as text, such as "1840.50"',
}
_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
}


def _form(pattern: str) -> str:
    if "ms|s|m|h|d|w" in pattern:
        return "of a duration; write it with its unit, such as 30s or 1h30m"
    if "2[0-4]" in pattern:
        return "of hours; write them as 23:00-03:00"
    if "3[01]" in pattern:
        return "of days of the month; write them as 25-31 or 5"
    return _FORMS.get(pattern, pattern)


def _kind(wanted: str) -> str:
    return _KINDS.get(wanted, wanted)


def _cure(where: str) -> str:
    if where.endswith((".every", ".grace")):
        return "write a duration with its unit, such as 30s or 1h30m"
    return "correct it, or put it in quotes if it is meant as a text"


def _short(value: object) -> str:
    return repr(value)[:60]
