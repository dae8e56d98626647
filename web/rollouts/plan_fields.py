"""The draft of a plan as it stands in the form, to plain values and back; the reader is one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from changes.rollouts.rules import reach
from changes.rollouts.rules.faults import WATCH, Fault
from ssoc.core.errors import BadInput
from web.noc import times
from web.rollouts import plan_metric
from web.rollouts.plan_metric import Row, number

TEXTS = ("name", "sites", "percent", "people", "not_before", "begins", "soak", "minutes")
ROWS: Mapping[str, Sequence[str]] = {
    "cohort": ("name", "attribute", "values"),
    "task": ("title", "owner", "undo"),
    "metric": plan_metric.COLUMNS,
}
BY_ITSELF = "itself"
MOST_WAVES, MOST_ROWS = 51, 60
SPARE = {"cohort": 1, "task": 1}


@dataclass(frozen=True)
class WaveFields:
    """One wave as it was typed; the watch has only minutes and metrics."""

    texts: Mapping[str, str] = field(default_factory=dict)
    markets: Sequence[str] = ()
    cohorts: Sequence[Row] = ()
    tasks: Sequence[Row] = ()
    metrics: Sequence[Row] = ()

    def __getitem__(self, name: str) -> str:
        """Return one text, empty when it is not there."""
        return self.texts.get(name, "")


@dataclass(frozen=True)
class PlanFields:
    """All waves in their order, the watch after them, and the clocks they are typed on."""

    waves: Sequence[WaveFields]
    watch: WaveFields
    zone: str = times.UTC_ZONE

    def wave(self, place: int) -> WaveFields:
        """Return a wave by its place, the watch for nought."""
        return self.watch if place == WATCH else self.waves[place - 1]

    def with_wave(self, place: int, other: WaveFields) -> "PlanFields":
        """Return the same with another wave at a place."""
        if place == WATCH:
            return replace(self, watch=other)
        waves = [*self.waves[: place - 1], other, *self.waves[place:]]
        return replace(self, waves=waves)


# ----------------------------------------------------------- from plain values


def of_plain(plan: Mapping[str, Any], zone: str) -> PlanFields:
    """Return a plan that was read as fields.

    Raises:
        BadInput: a gate is written so that only the text can show it.

    """
    waves = [_wave_of(each, f"wave {at}", zone) for at, each in enumerate(plan["waves"], 1)]
    minutes = {"minutes": str(plan.get("watch_minutes") or "")}
    watch = WaveFields(minutes, metrics=_metrics_of(plan.get("watch") or {}, "the watch"))
    return PlanFields(waves, watch, zone)


def _wave_of(given: Mapping[str, Any], where: str, zone: str) -> WaveFields:
    at = given.get("not_before")
    return WaveFields(
        texts={
            "name": given.get("name", ""),
            "sites": ", ".join(given.get("sites", ())),
            "percent": str(given.get("percent", 100)),
            "people": str(given.get("people", "")),
            "not_before": times.typed(datetime.fromisoformat(at), zone) if at else "",
            "begins": BY_ITSELF if given.get("automatic") else "",
            "soak": str(given.get("soak_minutes", 0)),
        },
        markets=tuple(given.get("markets", ())),
        cohorts=[
            {
                "name": each["name"],
                "attribute": each["attribute"],
                "values": _values(each["values"]),
            }
            for each in given.get("cohorts", ())
        ],
        tasks=[
            {name: each.get(name, "") for name in ROWS["task"]} for each in given.get("tasks", ())
        ],
        metrics=_metrics_of(given.get("gate") or {}, f"the gate of {where}"),
    )


def _values(values: Sequence[str]) -> str:
    """Return the values of a cohort as they are typed, whole numbers in a row as ``0-9``."""
    numbers = [
        each for each in values if each.isascii() and each == each.lstrip("0") or each == "0"
    ]
    numbers = [each for each in numbers if each.isdecimal()]
    stretches = reach.values_words(numbers).replace(" to ", "-")
    return ", ".join(filter(None, [stretches, *(each for each in values if each not in numbers)]))


def _metrics_of(gate: Mapping[str, Any], where: str) -> list[Row]:
    rows = gate.get("metrics", [])
    odd = set(gate) - {"metrics"} or not isinstance(rows, list)
    if odd or not all(isinstance(each, dict) for each in rows):
        raise BadInput(f"{where} can be shown as text alone; correct it there")
    return [plan_metric.fields_of(each) for each in rows]


# ----------------------------------------------------------- from a browser


def of_request(given: MultiDict[str, str]) -> PlanFields:
    """Return what was typed; rows nobody wrote in are left out."""
    places = {
        int(found[1]) for name in given if (found := re.match(r"w(\d{1,2})-", name)) is not None
    }
    last = min(max(places, default=0), MOST_WAVES)
    waves = [_typed(given, at) for at in range(1, last + 1)]
    return PlanFields(waves, _typed(given, WATCH), given.get("zone", times.UTC_ZONE))


def _typed(given: MultiDict[str, str], at: int) -> WaveFields:
    before = f"w{at}-"
    return WaveFields(
        texts={name: given.get(f"{before}{name}", "").strip() for name in TEXTS},
        markets=tuple(given.getlist(f"{before}market")),
        cohorts=_filled(_rows(given, before, "cohort")),
        tasks=_filled(_rows(given, before, "task")),
        metrics=[each for each in _rows(given, before, "metric") if not plan_metric.is_empty(each)],
    )


def _rows(given: MultiDict[str, str], before: str, kind: str) -> list[Row]:
    start = f"{before}{kind}"
    places = sorted(
        {
            int(number)
            for name in given
            if name.startswith(start)
            and (number := name.removeprefix(start).partition("-")[0]).isascii()
            and number.isdecimal()
            and len(number) < 4  # noqa: PLR2004 (rows of a form)
        }
    )
    return [
        {column: given.get(f"{start}{at}-{column}", "").strip() for column in ROWS[kind]}
        for at in places[:MOST_ROWS]
    ]


def _filled(rows: Iterable[Row]) -> list[Row]:
    return [each for each in rows if any(each.values())]


# ----------------------------------------------------------- to plain values


def to_plain(form: PlanFields, faults: list[str]) -> dict[str, Any]:
    """Return the plan that was typed, as JSON has it; what cannot be a time is a fault."""
    found: dict[str, Any] = {
        "waves": [_plain(each, at, form.zone, faults) for at, each in enumerate(form.waves, 1)]
    }
    minutes, metrics = number(form.watch["minutes"]), _gate(form.watch)
    if minutes:
        found["watch_minutes"] = minutes
    if metrics:
        found["watch"] = metrics
    return found


def _plain(wave: WaveFields, at: int, zone: str, faults: list[str]) -> dict[str, Any]:
    found = {
        "name": wave["name"],
        "markets": list(wave.markets),
        "cohorts": [_cohort(each) for each in wave.cohorts],
        "sites": codes_in(wave["sites"]),
        "percent": number(wave["percent"]),
        "people": number(wave["people"]),
        "not_before": _instant(wave["not_before"], at, zone, faults),
        "automatic": wave["begins"] == BY_ITSELF,
        "soak_minutes": number(wave["soak"]),
        "tasks": [{name: text for name, text in each.items() if text} for each in wave.tasks],
        "gate": _gate(wave),
    }
    return {
        key: value for key, value in found.items() if value is not False and value not in _NOTHING
    }


_NOTHING: Sequence[object] = (None, [], {})


def _gate(wave: WaveFields) -> dict[str, Any]:
    rows = [plan_metric.plain_of(each, at) for at, each in enumerate(wave.metrics, 1)]
    return {"metrics": rows} if rows else {}


def _cohort(row: Row) -> dict[str, Any]:
    values = [each.strip() for each in row["values"].split(",")]
    found = {"attribute": row["attribute"], "values": [each for each in values if each]}
    return {"name": row["name"], **found} if row["name"] else found


def codes_in(text: str) -> list[str]:
    """Return the codes that were typed, with commas or on lines of their own."""
    return list(dict.fromkeys(filter(None, (each.strip() for each in re.split(r"[,;\n]", text)))))


def _instant(text: str, at: int, zone: str, faults: list[str]) -> str | None:
    if not text:
        return None
    try:
        found = times.read(text, f"the earliest start of wave {at}", zone)
    except BadInput as fault:
        faults.append(Fault(str(fault), at, "not_before"))
        return None
    return found.isoformat().replace("+00:00", "Z")
