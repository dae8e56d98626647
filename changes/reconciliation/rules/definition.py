"""How the extract of one system is read: kept under a name, checked before it is kept. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from changes.reconciliation.rules.instants import ISO, InstantReader
from changes.reconciliation.rules.money import GROUPS, MARKS, AmountReader, currency_of
from ssoc.core.errors import BadInput

NEEDED = ("reference", "amount", "at")
FIELDS = (*NEEDED, "currency", "account", "side")
SEPARATORS = ("", ",", ";", "\t", "|")
MOST_FILTERS = 20
MOST_TEXT = 500


@dataclass(frozen=True)
class Filter:
    """Keep lines whose cell is one of ``values``, or with ``is_not`` none of them."""

    column: str
    values: frozenset[str]
    is_not: bool = False


@dataclass(frozen=True)
class Definition:
    """Where each field stands and how it is written.

    ``columns`` maps fields to headers. ``currency`` is that of every line when no column tells.
    ``zone`` is that of times without an offset. ``debits`` are the words of the column ``side``
    that make an amount negative. ``pattern`` is what names of its files look like, so that the
    file of one system is not taken for the other's.
    """

    columns: Mapping[str, str]
    currency: str = ""
    zone: str = ""
    time: str = ISO
    mark: str = "."
    group: str = ""
    separator: str = ""
    encoding: str = ""
    debits: frozenset[str] = frozenset()
    filters: Sequence[Filter] = ()
    strip_prefixes: Sequence[str] = ()
    strip_zeros: bool = False
    ignore_case: bool = False
    pattern: str = ""

    def reference(self, text: str) -> str:
        """Return a reference as it is matched: without what this system adds to it."""
        found = text.upper() if self.ignore_case else text
        for prefix in self.strip_prefixes:
            if found.startswith(prefix):
                found = found.removeprefix(prefix)
                break
        return (found.lstrip("0") or found) if self.strip_zeros else found

    @property
    def is_plain(self) -> bool:
        """Tell whether references are matched as they are written."""
        return not (self.strip_prefixes or self.strip_zeros or self.ignore_case)


@dataclass
class _Reader:
    """Reads fields one by one and lists every fault."""

    content: Mapping[str, Any]
    faults: list[str] = field(default_factory=list)

    def take(self, name: str, read: Callable[[Any], Any], default: Any) -> Any:  # noqa: ANN401
        """Return a field, or its default and a fault more."""
        if name not in self.content:
            return default
        try:
            return read(self.content[name])
        except BadInput as refusal:
            self.faults.append(f"{name}: {refusal}")
            return default


def read(content: Mapping[str, Any]) -> Definition:
    """Return a definition, or raise BadInput that lists every fault."""
    known = {each.name for each in fields(Definition)}
    reader = _Reader(content)
    reader.faults += [f"{str(each)[:32]} is not known" for each in content if each not in known]
    take = reader.take
    found = Definition(
        columns=take("columns", _columns, {}),
        currency=take("currency", lambda given: currency_of(_text(given)) if given else "", ""),
        zone=take("zone", _text, ""),
        time=take("time", _text, ISO) or ISO,
        mark=take("mark", lambda given: _one_of(given, MARKS), "."),
        group=take("group", lambda given: _one_of(given, GROUPS), ""),
        separator=take("separator", lambda given: _one_of(given, SEPARATORS), ""),
        encoding=take("encoding", _text, ""),
        debits=frozenset(each.casefold() for each in take("debits", _texts, ())),
        filters=take("filters", _filters, ()),
        strip_prefixes=tuple(sorted(take("strip_prefixes", _texts, ()), key=len, reverse=True)),
        strip_zeros=take("strip_zeros", _switch, False),
        ignore_case=take("ignore_case", _switch, False),
        pattern=take("pattern", _text, ""),
    )
    reader.faults += _together(found)
    if reader.faults:
        raise BadInput("; ".join(reader.faults[:20]))
    return found


def _together(found: Definition) -> list[str]:
    faults = [f"columns: {name} is missing" for name in NEEDED if name not in found.columns]
    if not found.currency and "currency" not in found.columns:
        faults.append("currency: name a column of it, or the one that all lines have")
    if found.mark == found.group:
        faults.append("group: it is the decimal mark already")
    if "side" in found.columns and not found.debits:
        faults.append("debits: say which words of the column side mean that money goes out")
    try:
        InstantReader(found.time, found.zone)
    except BadInput as refusal:
        faults.append(f"time: {refusal}")
    return faults


def _text(given: Any) -> str:  # noqa: ANN401
    if not isinstance(given, str) or len(given) > MOST_TEXT or "\x00" in given:
        raise BadInput(f"expected a text of at most {MOST_TEXT} signs")
    return given.strip()


def _texts(given: Any) -> tuple[str, ...]:  # noqa: ANN401
    if not isinstance(given, list) or len(given) > MOST_FILTERS:
        raise BadInput(f"expected a list of at most {MOST_FILTERS} texts")
    return tuple(filter(None, (_text(each) for each in given)))


def _switch(given: Any) -> bool:  # noqa: ANN401
    if not isinstance(given, bool):
        raise BadInput("expected true or false")
    return given


def _one_of(given: Any, known: Sequence[str]) -> str:  # noqa: ANN401
    if given not in known:
        raise BadInput(f"expected one of {', '.join(map(repr, known))}")
    return str(given)


def _columns(given: Any) -> dict[str, str]:  # noqa: ANN401
    if not isinstance(given, dict) or set(given) - set(FIELDS):
        raise BadInput(f"expected a mapping of {', '.join(FIELDS)} to names of columns")
    found = {name: _text(header) for name, header in given.items()}
    return {name: header for name, header in found.items() if header}


def _filters(given: Any) -> tuple[Filter, ...]:  # noqa: ANN401
    if not isinstance(given, list) or len(given) > MOST_FILTERS:
        raise BadInput(f"expected a list of at most {MOST_FILTERS} filters")
    return tuple(_filter(each) for each in given)


def _filter(given: Any) -> Filter:  # noqa: ANN401
    if not isinstance(given, dict) or set(given) - {"column", "is", "is_not"} or len(given) != 2:
        raise BadInput("a filter has a column and either is or is_not, a list of values")
    values = _texts(given.get("is", given.get("is_not")))
    return Filter(_text(given.get("column")), frozenset(values), "is_not" in given)


def plain(found: Definition) -> dict[str, Any]:
    """Return a definition as ``read`` takes it."""
    return {
        "columns": dict(found.columns),
        "currency": found.currency,
        "zone": found.zone,
        "time": found.time,
        "mark": found.mark,
        "group": found.group,
        "separator": found.separator,
        "encoding": found.encoding,
        "debits": sorted(found.debits),
        "filters": [
            {"column": each.column, "is_not" if each.is_not else "is": sorted(each.values)}
            for each in found.filters
        ],
        "strip_prefixes": list(found.strip_prefixes),
        "strip_zeros": found.strip_zeros,
        "ignore_case": found.ignore_case,
        "pattern": found.pattern,
    }


def amounts(found: Definition) -> AmountReader:
    """Return what reads its amounts."""
    return AmountReader(found.mark, found.group)
