"""One metric of a gate as simple fields: where its figure comes from, its limits, what follows.

What the fields cannot say (another provider, a condition of several parts, error limits) is kept
as it was written and goes along unseen; as text everything can be edited.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from changes.gates.rules.definition import snake

Row = dict[str, str]
KPI = "kpi:"
SERIES, MANUAL, OTHER = "series", "manual", "other"
COLUMNS = (
    *("as", "name", "title", "unit", "source", "series", "question", "sign", "figure", "lowest"),
    *("delay", "interval", "count", "failures", "samples", "on_failed", "on_no_data"),
)
SIGNS = [(">=", "at least"), (">", "above"), ("<=", "at most"), ("<", "below")]
ANY, AS_WRITTEN = "", "as"
SOURCES = [
    (f"{KPI}success_percent", "success rate of the market"),
    (f"{KPI}tps", "traffic of the market"),
    (SERIES, "a stored figure of a check"),
    (MANUAL, "a question to a person"),
]
ON_FAILED = [("", "pause"), ("rollback", "roll back, if that is tested"), ("notify", "tell only")]
ON_NO_DATA = [("", "pause"), ("wait", "wait"), ("notify", "tell only")]
_SIMPLE = re.compile(r"result(?:\[0\])?\s*(>=|<=|>|<)\s*(-?\d{1,12}(?:\.\d{1,9})?)")
_NUMBERS = {"count": "count", "failures": "failure_limit"}
_WORDS = {"title": "title", "unit": "unit", "interval": "interval", "delay": "initial_delay"}
_USUAL = {"failure_limit": "0", "min_samples": "0", "on_failed": "pause", "on_no_data": "pause"}


def fields_of(given: Mapping[str, Any]) -> Row:
    """Return a metric of a definition as fields."""
    plain = {snake(str(name)): value for name, value in given.items()}
    sign, figure = _limit(plain.get("success_condition"))
    source, series, question = _source(plain.get("provider"))
    baseline = plain.get("baseline")
    return {
        "as": json.dumps(given, ensure_ascii=False, default=str),
        "name": _text(plain.get("name")),
        "title": _text(plain.get("title")) or _text(plain.get("name")),
        "unit": _text(plain.get("unit")),
        "source": source,
        "series": series,
        "question": question,
        "sign": sign,
        "figure": figure,
        "lowest": _text(baseline.get("lowest")) if isinstance(baseline, Mapping) else "",
        "delay": _text(plain.get("initial_delay")),
        "interval": _text(plain.get("interval")),
        "count": _text(plain.get("count")),
        "failures": _text(plain.get("failure_limit")),
        "samples": _text(plain.get("min_samples")),
        "on_failed": _choice(plain.get("on_failed")),
        "on_no_data": _choice(plain.get("on_no_data")),
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    whole = isinstance(value, float) and value == int(value) and abs(value) < 1e15  # noqa: PLR2004
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]


def _choice(value: object) -> str:
    return "" if value in (None, "pause") else str(value)


def _limit(condition: object) -> tuple[str, str]:
    if condition is None:
        return ANY, ""
    found = _SIMPLE.fullmatch(str(condition).strip())
    return (found[1], found[2]) if found else (AS_WRITTEN, "")


def _source(provider: object) -> tuple[str, str, str]:
    """Return the source, the series it is about, and the question it asks."""
    if not isinstance(provider, Mapping) or len(provider) != 1:
        return OTHER if provider else f"{KPI}success_percent", "", ""
    kind, given = next(iter(provider.items()))
    if kind == "manual":
        asked = given.get("question") if isinstance(given, Mapping) else given
        return MANUAL, "", _text(asked)
    if kind == "samples" and isinstance(given, Mapping):
        if given.get("kpi"):
            return f"{KPI}{given['kpi']}", "", ""
        named = (_text(given.get("check")), _text(given.get("sample")))
        return SERIES, " ".join(filter(None, named)), ""
    return OTHER, "", ""


def is_empty(row: Row) -> bool:
    """Tell whether nobody has written anything in a row."""
    return not any(row.get(name) for name in ("as", "name", "title", "series", "question"))


def plain_of(row: Row, place: int) -> dict[str, Any]:
    """Return the metric that fields describe, with what was written of it beside them."""
    given = _written(row)
    if given and all(row[name] == text for name, text in fields_of(given).items() if name != "as"):
        return given  # nobody touched it: not another plan by another spelling
    given = {snake(str(name)): value for name, value in given.items()}
    found = dict(given)
    found["name"] = row["name"] or _name(row["title"]) or f"metric {place}"
    found["provider"] = _provider(row, found.get("provider"))
    for column, name in _WORDS.items():
        found[name] = row[column] or None
    for column, name in _NUMBERS.items():
        found[name] = number(row[column])
    found["min_samples"] = number(row["samples"])
    for name in ("on_failed", "on_no_data"):
        found[name] = row[name] or None
    found["success_condition"] = _condition(row, found.get("success_condition"))
    found["baseline"] = _baseline(row, found.get("baseline"))
    return {key: each for key, each in found.items() if _says(key, each, given)}


def _says(key: str, value: object, given: Mapping[str, Any]) -> bool:
    """Tell whether a field is more than what goes without saying; what was written stays."""
    if value is None:
        return key in given and given[key] is None
    return key in given or str(value) != _USUAL.get(key)


def _written(row: Row) -> dict[str, Any]:
    try:
        found = json.loads(row["as"]) if row["as"] else {}
    except (ValueError, RecursionError):
        found = {}
    return found if isinstance(found, dict) else {}


def _name(title: str) -> str:
    tidy = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()
    return tidy[:64]


def _provider(row: Row, before: object) -> object:
    source, _, _ = _source(before)
    if row["source"] == OTHER:
        return before
    if row["source"] == MANUAL:
        same = source == MANUAL and row["question"] == _source(before)[2]
        return before if same else {"manual": {"question": row["question"]}}
    kept = _kept(before)
    if row["source"].startswith(KPI):
        return {"samples": {"kpi": row["source"].removeprefix(KPI), **kept}}
    check, _, sample = row["series"].strip().rpartition(" ")
    return {"samples": {"check": check.strip(), "sample": sample, **kept}}


def _kept(before: object) -> dict[str, Any]:
    given = before.get("samples") if isinstance(before, Mapping) else None
    named = {"kpi", "check", "sample"}
    return {k: v for k, v in given.items() if k not in named} if isinstance(given, Mapping) else {}


def _condition(row: Row, before: object) -> object:
    if row["sign"] == AS_WRITTEN:
        return before
    if row["sign"] == ANY and not row["figure"]:
        return None
    if before is not None and _limit(before) == (row["sign"], row["figure"]):
        return before
    return f"result[0] {row['sign'] or '>='} {row['figure'] or '?'}"


def _baseline(row: Row, before: object) -> object:
    found = dict(before) if isinstance(before, Mapping) else {}
    found.pop("lowest", None)
    if row["lowest"]:
        known = before.get("lowest") if isinstance(before, Mapping) else None
        found["lowest"] = known if _text(known) == row["lowest"] else number(row["lowest"])
    return found if found.keys() & {"lowest", "highest"} else None


def number(text: str) -> int | float | str | None:
    """Return a number that was typed, None for nothing; what is none stays text, to be refused."""
    tidy = text.replace("\u2212", "-").strip()
    if not tidy:
        return None
    if re.fullmatch(r"-?\d{1,12}", tidy, re.ASCII):
        return int(tidy)
    if re.fullmatch(r"-?\d{1,12}\.\d{1,9}", tidy, re.ASCII):
        return float(tidy)
    return text


def sources_for(row: Row) -> Sequence[tuple[str, str]]:
    """Return where a figure may come from, and what was written when it is none of these."""
    if row.get("source") != OTHER:
        return SOURCES
    provider = _written(row).get("provider")
    kind = next(iter(provider), OTHER) if isinstance(provider, Mapping) else OTHER
    return [(OTHER, f"{kind}, as written"), *SOURCES]


def signs_for(row: Row) -> Sequence[tuple[str, str]]:
    """Return the signs of a limit, and the whole condition when it is no simple one."""
    found = [*SIGNS, (ANY, "no limit of its own")]
    if row.get("sign") != AS_WRITTEN:
        return found
    return [(AS_WRITTEN, _written_condition(row)[:60]), *found]


def _written_condition(row: Row) -> str:
    plain = {snake(str(name)): value for name, value in _written(row).items()}
    return str(plain.get("success_condition"))
