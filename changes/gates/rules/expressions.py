"""Conditions over ``result``, ``baseline`` and ``samples``: evaluated, never executed. Pure.

A condition is comparisons of numbers, arithmetic, ``and``/``or``/``not`` (also as ``&&``, ``||``,
``!``), ``len()`` and an index. ``result`` is the list of numbers a query gave; a list of one stands
for its number, so ``result >= 99`` and ``result[0] >= 99`` mean the same. What cannot be evaluated
is a :class:`Fault`, a value: nothing is raised for what a query answered.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAMES = ("result", "baseline", "samples")
LONGEST = 500
MOST_PARTS = 64
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>&&|\|\||[<>=!]=|[-+*/()<>!\[\]]))"
)
_SPELT = {"&&": " and ", "||": " or ", "!": " not ", "true": "True", "false": "False"}
_SUMS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_SIGNS: Mapping[type[ast.AST], tuple[str, Callable[[float, float], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Fault:
    """Why a condition has no answer, in words."""

    why: str


@dataclass(frozen=True)
class Limit:
    """A figure that ``result`` is compared with, for charts: ``result sign figure`` holds."""

    sign: str
    figure: float


@dataclass(frozen=True)
class Expression:
    """A condition that was read: its text, and its tree for ``evaluate``."""

    text: str
    tree: ast.expr

    def __eq__(self, other: object) -> bool:
        """Compare by text: the tree follows from it."""
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        """Return the hash of the text."""
        return hash(self.text)

    @property
    def names(self) -> frozenset[str]:
        """Return which of ``NAMES`` it looks at."""
        return frozenset(each.id for each in ast.walk(self.tree) if isinstance(each, ast.Name))

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Return the figures that ``result`` itself is compared with."""
        return tuple(_limits(self.tree))


def against(condition: Expression, value: float, unit: str, *, holds: bool) -> str:
    """Return why a figure does or does not meet a condition: ``98.14 % is below 99 %``.

    In the condition's own words where it is more than one figure against one limit.
    """
    limit = _only_limit(condition)
    if limit is None:
        return condition.text if holds else f"not {condition.text}"
    said = (_HELD if holds else _MISSED)[limit.sign]
    return f"{_measured(value, unit, limit.figure)} {said} {_with_unit(limit.figure, unit)}"


def between(good: Expression, bad: Expression, value: float, unit: str) -> str:
    """Return why a figure meets neither of two conditions: ``97 % is between 95 % and 99 %``."""
    limits = (_only_limit(good), _only_limit(bad))
    figures = sorted(each.figure for each in limits if each is not None)
    if len(figures) < len(limits) or not figures[0] <= value <= figures[-1]:
        return f"neither {good.text} nor {bad.text}"
    low, high = (_with_unit(each, unit) for each in figures)
    return f"{_measured(value, unit, *figures)} is between {low} and {high}"


def _measured(value: float, unit: str, *limits: float) -> str:
    """Return a measured figure with two decimals, more where it would else look like its limit."""
    for decimals in range(2, 12):
        short = round(value, decimals)
        is_honest = short or not value
        if is_honest and all(_side(short, each) == _side(value, each) for each in limits):
            return _with_unit(short, unit)
    return _with_unit(value, unit)


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.12g} {unit}" if unit else f"{value:.12g}"


def _only_limit(condition: Expression) -> Limit | None:
    """Return the limit of a condition that compares the first figure with one number."""
    tree, limits = condition.tree, condition.limits
    is_plain = isinstance(tree, ast.Compare) and len(tree.ops) == 1 and len(limits) == 1
    is_later = any(_index(e.slice) for e in ast.walk(tree) if isinstance(e, ast.Subscript))
    return limits[0] if is_plain and not is_later and condition.names == {"result"} else None


_HELD = {
    **{"<": "is below", "<=": "is not above", ">": "is above", ">=": "is not below"},
    **{"==": "is", "!=": "is not"},
}
_MISSED = {
    **{"<": "is not below", "<=": "is above", ">": "is not above", ">=": "is below"},
    **{"==": "is not", "!=": "is"},
}


def read(text: str) -> Expression:
    """Return a condition.

    Raises:
        ValueError: it is none, or holds something that conditions may not.

    """
    if not text.strip():
        raise ValueError("the condition is empty")
    if len(text) > LONGEST:
        raise ValueError(f"the condition is longer than {LONGEST} signs; shorten it")
    try:
        tree = ast.parse(_spelt(text), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{text!r} is no condition such as result >= 99") from None
    parts = list(ast.walk(tree))
    if len([each for each in parts if isinstance(each, ast.expr)]) > MOST_PARTS:
        raise ValueError(f"the condition has more than {MOST_PARTS} parts; shorten it")
    for each in parts:
        _refuse(each)
    words = [each.id for each in parts if isinstance(each, ast.Name)]
    if words.count("len") != sum(isinstance(each, ast.Call) for each in parts):
        raise ValueError("len is followed by (result)")
    if not isinstance(tree, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
        raise ValueError(f"{text!r} gives a number, not true or false; compare it")
    return Expression(text, tree)


def evaluate(
    expression: Expression,
    result: Sequence[float],
    baseline: float | None = None,
    samples: float | None = None,
) -> bool | Fault:
    """Return whether a condition holds, or why that cannot be said."""
    known: dict[str, Any] = {"result": tuple(result), "baseline": baseline, "samples": samples}
    try:
        found = _value(expression.tree, known)
    except _Unknown as fault:
        return Fault(str(fault))
    except ZeroDivisionError:
        return Fault("division by zero")
    except OverflowError:
        return Fault("a number is too large")
    return found if isinstance(found, bool) else Fault("it gives a number, not true or false")


class _Unknown(Exception):
    """A part has no value."""


def _spelt(text: str) -> str:
    parts, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        token = _TOKEN.match(stripped, at)
        if token is None:
            here = stripped[at:].lstrip()[:12]
            raise ValueError(f"the condition cannot be read from {here!r} on")
        found = token[0].strip()
        parts.append(_SPELT.get(found, found))
        at = token.end()
    return " ".join(parts).strip()


def _refuse(part: ast.AST) -> None:  # noqa: C901 (one line for each kind of part)
    match part:
        case ast.Name(id=name) if name not in (*NAMES, "len"):
            raise ValueError(f"{name!r} is not known; {', '.join(NAMES)} are")
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as value):
            _refuse_endless(value)
        case ast.Call():
            if not isinstance(part.func, ast.Name) or part.func.id != "len":
                raise ValueError("only len(result) may be called")
            if len(part.args) != 1 or not _is_result(part.args[0]):
                raise ValueError("len() counts result")
        case ast.Subscript():
            if not _is_result(part.value) or _index(part.slice) is None:
                raise ValueError("an index is a whole number after result, such as result[0]")
        case ast.Name() | ast.Compare() | ast.BoolOp() | ast.UnaryOp():
            pass
        case ast.BinOp() | ast.boolop() | ast.unaryop() | ast.expr_context():
            pass
        case ast.operator() | ast.cmpop() if type(part) in {*_SUMS, *_SIGNS}:
            pass
        case _:
            raise ValueError("a condition holds comparisons, + - * /, and, or, not, len, an index")


def _refuse_endless(value: float) -> None:
    try:
        is_finite = math.isfinite(float(value))
    except OverflowError:
        is_finite = False
    if not is_finite:
        raise ValueError("a number is too large")


def _is_result(part: ast.AST) -> bool:
    return isinstance(part, ast.Name) and part.id == "result"


def _index(part: ast.expr) -> int | None:
    sign = 1
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
        sign, part = -1, part.operand
    if not isinstance(part, ast.Constant) or type(part.value) is not int:
        return None
    return sign * part.value


def _value(part: ast.expr, known: Mapping[str, Any]) -> Any:  # noqa: ANN401, C901 (number or truth; one line a kind)
    match part:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return known[name]
        case ast.Call():
            return len(known["result"])
        case ast.Subscript():
            return _item(known["result"], _index(part.slice) or 0)
        case ast.BoolOp():
            return _joined(part, known)
        case ast.UnaryOp():
            return _signed(part, known)
        case ast.Compare():
            return _compared(part, known)
        case ast.BinOp():
            left, right = (_number(each, known) for each in (part.left, part.right))
            return _SUMS[type(part.op)](left, right)
    raise _Unknown("it cannot be evaluated")  # pragma: no cover (read refuses the rest)


def _item(result: Sequence[float], at: int) -> float:
    try:
        return result[at]
    except IndexError:
        raise _Unknown(f"result has {len(result)} values, there is none at {at}") from None


def _joined(part: ast.BoolOp, known: Mapping[str, Any]) -> bool:
    """Evaluate from the left until the answer is known, as the words promise."""
    wanted = isinstance(part.op, ast.Or)
    return next((wanted for each in part.values if _truth(each, known) is wanted), not wanted)


def _signed(part: ast.UnaryOp, known: Mapping[str, Any]) -> bool | float:
    if isinstance(part.op, ast.Not):
        return not _truth(part.operand, known)
    number = _number(part.operand, known)
    return -number if isinstance(part.op, ast.USub) else number


def _compared(part: ast.Compare, known: Mapping[str, Any]) -> bool:
    values = [_number(each, known) for each in (part.left, *part.comparators)]
    pairs = zip(part.ops, values, values[1:], strict=False)
    return all(_SIGNS[type(sign)][1](left, right) for sign, left, right in pairs)


def _truth(part: ast.expr, known: Mapping[str, Any]) -> bool:
    value = _value(part, known)
    if not isinstance(value, bool):
        raise _Unknown("and, or and not join conditions, and one of them is a number")
    return value


def _number(part: ast.expr, known: Mapping[str, Any]) -> float:
    value = _value(part, known)
    if isinstance(value, tuple):
        if len(value) != 1:
            raise _Unknown(f"result has {len(value)} values; index one of them")
        value = value[0]
    if value is None:
        word = part.id if isinstance(part, ast.Name) else "a part"
        raise _Unknown(f"{word} has no value")
    return float(value)


def _limits(tree: ast.expr) -> Iterator[Limit]:
    for part in ast.walk(tree):
        if not isinstance(part, ast.Compare) or len(part.ops) != 1:
            continue
        sign, left, right = (
            _SIGNS.get(type(part.ops[0]), ("", None))[0],
            part.left,
            part.comparators[0],
        )
        if _is_figure(left):
            sign, left, right = _TURNED[sign], right, left
        bare = left.value if isinstance(left, ast.Subscript) else left
        figure = _figure(right)
        if _is_result(bare) and figure is not None:
            yield Limit(sign, figure)


def _is_figure(part: ast.expr) -> bool:
    return _figure(part) is not None


def _figure(part: ast.expr) -> float | None:
    sign = 1.0
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
        sign, part = -1.0, part.operand
    value = part.value if isinstance(part, ast.Constant) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return sign * float(value) if is_number and isinstance(value, int | float) else None
