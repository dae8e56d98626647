"""What of a programme's terms is set on its page: where it is asked, from when it counts. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from changes.programmes.lifecycle import SiteState
from changes.programmes.rules import brake
from changes.programmes.rules.terms import ProgrammeTerms

Tree = Mapping[str, Any]


class Kind(StrEnum):
    """How a value is typed."""

    WHOLE = "whole"
    NUMBER = "number"
    AMOUNT = "amount"
    SHARE = "share"
    YES = "yes"
    CHOICE = "choice"
    WORDS = "words"


@dataclass(frozen=True)
class Setting:
    """One value: ``path`` in the terms, where it is ``used``, and from when a new one counts.

    ``asked_at`` is the step whose guard asks it: sites past that step keep what was decided.
    """

    path: str
    label: str
    kind: Kind
    used: str
    counts: str
    asked_at: SiteState | None = None
    unit: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the way to the value in the terms."""
        return tuple(self.path.split("."))


_OPENED = "parallel runs planned from then on; one that is planned keeps its own"
_NEXT = "the next time it is asked"
_REOPENS = "at once; more than sites have reopens those that are ready and not cut over"
_WATCH = "days judged from then on, and the last three judged again"

SECTIONS: Mapping[str, Sequence[Setting]] = {
    "Parallel run": (
        Setting("exit.clean_days", "Clean business days in a row (k)", Kind.WHOLE,
                "offered when a parallel run is planned", _OPENED, SiteState.PARALLEL),
        Setting("exit.tolerance", "Tolerance of a clean day (e)", Kind.AMOUNT,
                "offered when a parallel run is planned", _OPENED, SiteState.PARALLEL),
        Setting("exit.month_end", "A month end or payday must be among them", Kind.YES,
                "offered when a parallel run is planned", _OPENED, SiteState.PARALLEL),
    ),
    "Proof before the cut-over": (
        Setting("rehearsals", "Clean migration rehearsals in a row", Kind.WHOLE,
                "guard of the step to parallel; go/no-go", _NEXT, SiteState.PARALLEL),
        Setting("training_share", "Trained sellers of the cut-over day", Kind.SHARE,
                "readiness sheet; go/no-go", _REOPENS, SiteState.CUT_OVER, "%"),
        Setting("acceptance.cover", "Acceptance matrix", Kind.CHOICE,
                "which cells have to pass; go/no-go", _NEXT, SiteState.GO_NO_GO),
        Setting("acceptance.share", "Cells that have to pass", Kind.SHARE,
                "go/no-go", _NEXT, SiteState.GO_NO_GO, "%"),
    ),
    "Decision": (
        Setting("quorum", "Quorum: roles that must have voted", Kind.WHOLE,
                "go/no-go", "meetings planned from then on; one that is planned keeps its quorum",
                SiteState.GO_NO_GO),
        Setting("voters", "Roles that may vote", Kind.WORDS,
                "the most a quorum can be; who votes for which role stands in Edit",
                "meetings planned from then on"),
    ),
    "Hypercare": (
        Setting("hypercare_days", "Days inside the limits before a site is accepted", Kind.WHOLE,
                "guard of the step to accepted", _NEXT, SiteState.ACCEPTED),
        Setting("watch.below_percent", "Sales below the usual by at most", Kind.NUMBER,
                "each day of hypercare", _WATCH, SiteState.ACCEPTED, "%"),
        Setting("watch.above_percent", "Sales above the usual by at most", Kind.NUMBER,
                "each day of hypercare", _WATCH, SiteState.ACCEPTED, "%"),
        Setting("watch.failed_percent", "Failed sales at most", Kind.NUMBER,
                "each day of hypercare", _WATCH, SiteState.ACCEPTED, "%"),
        Setting("watch.ticket_ratio", "Tickets, times those of sites not migrated", Kind.NUMBER,
                "each day of hypercare", _WATCH, SiteState.ACCEPTED),
        Setting("watch.outside_days", "Days outside after which a site failed", Kind.WHOLE,
                "hypercare and the wave brake", "sites that are not decided yet",
                SiteState.ACCEPTED),
    ),
}  # fmt: skip
SETTINGS = tuple(each for section in SECTIONS.values() for each in section)

_WAVES = "waves whose brake opens from then on: when their first site is past its cut-over"
_EXPRESSION = re.compile(r"result\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Limit:
    """One limit of the wave brake: of a metric, its field, and how it stands in a condition."""

    metric: str
    field: str
    label: str
    sign: str = ""
    unit: str = ""
    counts: str = _WAVES

    @property
    def path(self) -> str:
        """Return its name on forms."""
        return f"brake.{self.metric}.{self.field}"


LIMITS = (
    Limit(brake.FAILED_SITES, "failure_limit", "Sites that may fail; one more pauses"),
    Limit(brake.TICKETS, "success_condition", "Tickets: good up to, times control", "<="),
    Limit(brake.TICKETS, "failure_condition", "Tickets: bad above, times control", ">"),
    Limit(brake.BREAKS, "success_condition", "Unexplained breaks a site: good up to", "<="),
    Limit(brake.BREAKS, "failure_condition", "Unexplained breaks a site: bad above", ">"),
    Limit(brake.SUCCESS, "success_condition", "Sales that go through: good from", ">=", "%"),
    Limit(brake.SUCCESS, "failure_condition", "Sales that go through: bad below", "<", "%"),
)


def at(terms: object, keys: Sequence[str]) -> Any:  # noqa: ANN401 (any value of the terms)
    """Return a value of the terms, or of their own mapping; None when it is not there."""
    for key in keys:
        terms = terms.get(key) if isinstance(terms, Mapping) else getattr(terms, key, None)
    return terms


def laid(terms: Tree, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a programme's own terms with values set by path; None gives one back to the policy."""
    found: dict[str, Any] = deepcopy(dict(terms))
    for path, value in values.items():
        *way, last = path.split(".")
        room = found
        for key in way:
            room = room.setdefault(key, {})
        if value is None:
            room.pop(last, None)
        else:
            room[last] = value
    return {key: each for key, each in found.items() if each != {}}


def figure(metric: Tree, name: str) -> str:
    """Return a limit of one metric as it is typed; empty when it is no plain figure."""
    given = metric.get(name)
    if name.endswith("limit"):
        return str(given if given is not None else 0)
    found = _EXPRESSION.fullmatch(str(given or "").strip())
    return found[2] if found else ""


def limits_of(definition: Tree) -> dict[str, str]:
    """Return every limit of a brake as it is typed; those it does not have are left out."""
    metrics = {str(each.get("name")): each for each in definition.get("metrics", ())}
    return {
        each.path: figure(metrics[each.metric], each.field)
        for each in LIMITS
        if each.metric in metrics and figure(metrics[each.metric], each.field)
    }


def braked(definition: Tree, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a brake with other limits; one that ends as the shipped one is no own brake."""
    found: dict[str, Any] = deepcopy(dict(definition or brake.SHIPPED))
    metrics = {str(each.get("name")): each for each in found.get("metrics", ())}
    for each in LIMITS:
        text = values.get(each.path, "").strip()
        if not text or each.metric not in metrics:
            continue
        value: object = int(text) if not each.sign else f"result {each.sign} {text}"
        if each.sign and figure(metrics[each.metric], each.field) == text:
            continue
        metrics[each.metric][each.field] = value
    return {} if found == brake.SHIPPED else found


def differences(before: ProgrammeTerms, after: ProgrammeTerms) -> list[str]:
    """Return what changes in words, by label: ``quorum 3 to 4``."""
    found = []
    for each in SETTINGS:
        was, now = at(before, each.keys), at(after, each.keys)
        if was != now:
            found.append(f"{each.path} {typed(each, was)} to {typed(each, now)}")
    known = {each.path for each in SETTINGS}
    for path, was, now in _others(before, after, ""):
        if path not in known:
            found.append(f"{path} {was} to {now}"[:200])
    return found


def _others(before: object, after: object, way: str) -> Iterator[tuple[str, object, object]]:
    if is_dataclass(before) and not isinstance(before, type):
        for each in fields(before):
            path = f"{way}.{each.name}" if way else each.name
            yield from _others(getattr(before, each.name), getattr(after, each.name), path)
    elif before != after:
        yield way, before, after


def typed(setting: Setting, value: object) -> str:
    """Return a value as it is typed into its field."""
    if value is None:
        return ""
    match setting.kind:
        case Kind.SHARE:
            return f"{float(str(value)) * 100:g}"
        case Kind.YES:
            return "yes" if value else "no"
        case Kind.WORDS:
            return ", ".join(value) if isinstance(value, list | tuple) else str(value)
        case Kind.NUMBER:
            return f"{float(str(value)):g}"
        case _:
            return str(value)
