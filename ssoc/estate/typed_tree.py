"""A YAML tree as frozen dataclasses: the annotations are the schema, every fault has its line.

Understood are dataclasses, ``Mapping[str, X]``, ``Sequence[X]``, ``X | None``, enums, ``str``,
``int``, ``float``, ``bool``, ``Decimal`` and ``timedelta`` (written as ``1h30m``). A dataclass may
refuse what is no good together by raising ValueError in ``__post_init__``.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from ssoc.core.settings import duration
from ssoc.estate.tree import Place, Tree

_MISSING: Any = object()


def read_as(tree: Tree, place: Place, kind: Any, value: Any) -> Any:  # noqa: ANN401
    """Return ``value`` as ``kind``; faults go into ``tree``, and then the result means nothing."""
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        inner = next(each for each in get_args(kind) if each is not type(None))
        return None if value is None else read_as(tree, place, inner, value)
    if is_dataclass(kind):
        return _dataclass(tree, place, kind, value)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(tree, place, get_args(kind)[1], value)
    if origin is not None and issubclass(origin, Sequence):
        return _sequence(tree, place, get_args(kind)[0], value)
    return _scalar(tree, place, kind, value)


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401 (any dataclass)
    return get_type_hints(kind)


def _dataclass(tree: Tree, place: Place, kind: Any, value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        return _wrong(tree, place, value, "a mapping")
    known = {each.name: each for each in fields(kind) if each.init}
    for name in value.keys() - known.keys():
        tree.fault((*place, name), f"{name} is not known here; known are {', '.join(known)}")
    before = len(tree.faults)
    given = {
        name: read_as(tree, (*place, name), _hints(kind)[name], value[name])
        for name in known
        if name in value
    }
    for name, each in known.items():
        if name not in value and _is_needed(each):
            tree.fault(place, f"{name} is missing; add it")
    if len(tree.faults) > before:
        return _MISSING
    try:
        return kind(**given)
    except ValueError as error:
        tree.fault(place, str(error))
        return _MISSING


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _mapping(tree: Tree, place: Place, kind: Any, value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        return _wrong(tree, place, value, "a mapping")
    return {name: read_as(tree, (*place, name), kind, each) for name, each in value.items()}


def _sequence(tree: Tree, place: Place, kind: Any, value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, list):
        return _wrong(tree, place, value, "a list")
    return tuple(read_as(tree, (*place, at), kind, each) for at, each in enumerate(value))


def _scalar(tree: Tree, place: Place, kind: type[Any], value: Any) -> Any:  # noqa: ANN401
    if kind is str:
        fits = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value) if fits else _wrong(tree, place, value, "a text")
    if kind is bool:
        return value if isinstance(value, bool) else _wrong(tree, place, value, "true or false")
    if kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
        return value if fits else _wrong(tree, place, value, "a whole number")
    if kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if fits else _wrong(tree, place, value, "a number")
    return _parsed(tree, place, kind, value)


def _parsed(tree: Tree, place: Place, kind: type[Any], value: Any) -> Any:  # noqa: ANN401
    try:
        if kind is timedelta:
            return duration(value)
        if kind is Decimal:
            return Decimal(str(value))
        if issubclass(kind, Enum):
            return kind(value)
    except InvalidOperation:
        return _wrong(tree, place, value, 'an amount such as "12.50"')
    except ValueError as error:
        if issubclass(kind, Enum):
            words = ", ".join(str(each.value) for each in kind)
            return _wrong(tree, place, value, f"one of {words}")
        tree.fault(place, str(error))
        return _MISSING
    raise TypeError(f"{kind} cannot be read from YAML")


def _wrong(tree: Tree, place: Place, value: object, wanted: str) -> Any:  # noqa: ANN401
    tree.fault(place, f"expected {wanted}, found {str(value)[:60]!r}")
    return _MISSING


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` on it: mappings by key, the rest replaced, null removes."""
    found = dict(base)
    for name, value in over.items():
        was = found.get(name)
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and isinstance(was, dict):
            found[name] = merged(was, value)
        else:
            found[name] = value
    return found
