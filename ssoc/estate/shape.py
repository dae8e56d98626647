"""The shape of an estate file against the shipped JSON Schema, each fault on its line."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from ssoc.estate.tree import Tree


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of estate files."""
    text = files("ssoc.estate").joinpath("schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def shape_faults(tree: Tree) -> None:
    """Note every fault of ``tree`` against the schema, in the order of lines."""
    faults = sorted(_validator().iter_errors(tree.content), key=lambda e: list(map(str, e.path)))
    for error in faults:
        deepest = max(error.context, key=lambda e: len(e.path)) if error.context else error
        tree.fault(tuple(deepest.absolute_path), _words(deepest))
        place = [*map(str, error.absolute_path), "", ""]
        tree.broken.add((place[0], place[1]))


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
            return f"{where}: {error.instance!r} does not have the form {wanted}"
        case "not":
            return f"{where}: give markets (shared) or per_market (one each), not both"
        case _:
            return f"{where}: {error.message[:200]}"
