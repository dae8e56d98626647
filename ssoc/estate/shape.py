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
    for error in sorted(
        _validator().iter_errors(tree.content), key=lambda e: list(map(str, e.path))
    ):
        deepest = max(error.context, key=lambda e: len(e.path)) if error.context else error
        tree.fault(tuple(deepest.absolute_path), _words(deepest))


def _words(error: ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path)) or "the file"
    match error.validator:
        case "additionalProperties":
            known = ", ".join(error.schema.get("properties", {}))
            strangers = sorted(set(error.instance) - set(error.schema.get("properties", {})))
            return f"{where}: {', '.join(strangers)} is not known here; known are {known}"
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return f"{where}: {', '.join(missing)} is missing; add it"
        case "enum":
            return f"{where}: {error.instance!r} is not one of {', '.join(error.validator_value)}"
        case "pattern":
            return f"{where}: {error.instance!r} does not have the form {error.validator_value}"
        case "not":
            return (
                f"{where}: give markets (one shared component) or per_market (one each), not both"
            )
        case _:
            return f"{where}: {error.message[:200]}"
