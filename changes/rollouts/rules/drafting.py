"""Waves as somebody writes them down: read from plain values, every fault named at once. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from changes.draft import BadDraft
from changes.gates.rules import definition
from changes.gates.rules.providers import ProviderKind
from changes.rollouts.lifecycle import WAVE
from changes.rollouts.rules import fields
from changes.rollouts.rules.faults import WATCH, Fault, of_gate, placed
from changes.rollouts.values import Cohort, RolloutView, TaskView, WaveView
from ssoc.core.errors import BadInput

Json = dict[str, Any]
MOST_WAVES, MOST_TASKS, MOST_COHORTS, MOST_VALUES = 50, 50, 20, 1_000
MOST_MINUTES, MOST_PEOPLE, NAME, LINE, TEXT = 90 * 24 * 60, 2_000_000_000, 128, 255, 2_000
STRIPES = 100
_WAVE_FIELDS = (
    *("name", "markets", "cohorts", "sites", "percent", "people", "not_before", "automatic"),
    *("soak_minutes", "gate", "tasks"),
)
_FIELDS = ("waves", "watch_minutes", "watch")
_COHORT, _TASK = ("name", "attribute", "values"), ("title", "owner", "undo")


@dataclass(frozen=True)
class TaskDraft:
    """Something a person is to do in a wave."""

    title: str
    owner: str = ""
    undo: str = ""


@dataclass(frozen=True)
class WaveDraft:
    """One wave as it is meant."""

    name: str
    markets: Sequence[str] = ()
    cohorts: Sequence[Cohort] = ()
    sites: Sequence[str] = ()
    percent: int = 100
    people: int | None = None
    not_before: datetime | None = None
    is_automatic: bool = False
    soak_minutes: int = 0
    gate: Mapping[str, Any] = field(default_factory=dict)
    tasks: Sequence[TaskDraft] = ()


@dataclass(frozen=True)
class WavesDraft:
    """All waves of a roll-out in their order, and for how long its end is watched."""

    waves: Sequence[WaveDraft]
    watch_minutes: int = 0
    watch: Mapping[str, Any] = field(default_factory=dict)

    @property
    def views(self) -> tuple[WaveView, ...]:
        """Return the waves as values, to show what each of them covers."""
        return tuple(
            WaveView(
                0,
                place,
                each.name,
                WAVE.start,
                tuple(each.markets),
                tuple(each.cohorts),
                tuple(each.sites),
                each.percent,
                each.people,
                each.not_before,
                each.is_automatic,
                each.soak_minutes,
                each.gate,
                tasks=tuple(
                    TaskView(number, task.title, task.owner, task.undo)
                    for number, task in enumerate(each.tasks, 1)
                ),
            )
            for place, each in enumerate(self.waves, 1)
        )


def read(content: object) -> WavesDraft:
    """Return the waves that plain values describe, as JSON or YAML has them.

    Raises:
        BadDraft: every fault, with the wave and the field it is in.

    """
    found, faults = read_on(content)
    if faults:
        raise BadDraft(faults)
    return found


def read_on(content: object) -> tuple[WavesDraft, list[str]]:
    """Return the waves as far as they can be read, and every fault; what is odd is left out."""
    faults: list[str] = []
    given = fields.mapping(content, _FIELDS, "the roll-out", faults)
    rows = given.get("waves") or []
    if not isinstance(rows, list):
        faults.append("waves must be a list")
        rows = []
    waves = [_wave(row, place, faults) for place, row in enumerate(rows[:MOST_WAVES], 1)]
    minutes = fields.whole(given, "watch_minutes", "the watch", faults, 0, MOST_MINUTES)
    watch = fields.mapping(given.get("watch"), None, "the watch", faults)
    if len(rows) > MOST_WAVES:
        faults.append(f"there are {len(rows)} waves; {MOST_WAVES} are the most")
    return WavesDraft(tuple(waves), minutes or 0, watch), faults


def _wave(row: object, place: int, faults: list[str]) -> WaveDraft:
    where = f"wave {place}"
    given = fields.mapping(row, _WAVE_FIELDS, where, faults)
    percent = fields.whole(given, "percent", where, faults, 1, 100)
    return WaveDraft(
        name=fields.text(given, "name", where, faults, NAME),
        markets=fields.texts(given, "markets", where, faults),
        cohorts=_cohorts(given, where, faults),
        sites=fields.texts(given, "sites", where, faults),
        percent=100 if percent is None else percent,
        people=fields.whole(given, "people", where, faults, 0, MOST_PEOPLE),
        not_before=fields.instant(given, "not_before", where, faults),
        is_automatic=fields.switch(given, "automatic", where, faults),
        soak_minutes=fields.whole(given, "soak_minutes", where, faults, 0, MOST_MINUTES) or 0,
        gate=fields.mapping(given.get("gate"), None, f"the gate of {where}", faults),
        tasks=_tasks(given, where, faults),
    )


def _cohorts(given: Mapping[str, Any], where: str, faults: list[str]) -> tuple[Cohort, ...]:
    found = []
    for row in fields.rows(given, "cohorts", where, faults, MOST_COHORTS):
        one = fields.mapping(row, _COHORT, f"a cohort of {where}", faults)
        name = fields.text(one, "name", f"a cohort of {where}", faults, NAME)
        attribute = fields.text(one, "attribute", f"a cohort of {where}", faults, 64)
        values = _values(one.get("values"), f"the cohort {name or '?'} of {where}", faults)
        if not attribute:
            faults.append(
                placed(
                    f"the cohort {name or '?'} of {where} has no attribute, such as stripe",
                    f"a cohort of {where}",
                )
            )
        found.append(Cohort(name or attribute, attribute, values))
    return tuple(found)


def _values(given: object, where: str, faults: list[str]) -> tuple[str, ...]:
    """Return the values of a cohort; ``0-9`` stands for ten whole numbers."""
    rows = given if isinstance(given, list) else [given]
    found: list[str] = []
    for each in rows:
        if isinstance(each, bool) or not isinstance(each, str | int):
            said = f"{where} needs values: texts, whole numbers, or a stretch like 0-9"
            faults.append(placed(said, where))
            return ()
        found += _stretch(str(each).strip())
    if not found or not all(found) or len(found) > MOST_VALUES:
        said = f"{where} has no value, an empty one, or more than {MOST_VALUES}"
        faults.append(placed(said, where))
    return tuple(dict.fromkeys(found))


def _stretch(text: str) -> list[str]:
    first, dash, last = text.partition("-")
    if dash and _is_number(first) and _is_number(last) and int(first) <= int(last):
        return [str(each) for each in range(int(first), int(last) + 1)]
    return [text[:NAME]]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_VALUES))


def _tasks(given: Mapping[str, Any], where: str, faults: list[str]) -> tuple[TaskDraft, ...]:
    found = []
    for row in fields.rows(given, "tasks", where, faults, MOST_TASKS):
        one = {"title": row} if isinstance(row, str) else row
        known = fields.mapping(one, _TASK, f"a task of {where}", faults)
        title = fields.text(known, "title", f"a task of {where}", faults, LINE)
        if not title:
            said = f"a task of {where} has no title; say what is to be done"
            faults.append(placed(said, f"a task of {where}"))
        owner = fields.text(known, "owner", f"a task of {where}", faults, NAME)
        found.append(
            TaskDraft(title, owner, fields.text(known, "undo", f"a task of {where}", faults, TEXT))
        )
    return tuple(found)


# ----------------------------------------------------------- what is odd in it


def faults_of(
    draft: WavesDraft, markets: Sequence[str], known_sites: Sequence[str] | None = None
) -> Iterator[Fault | str]:
    """Yield every fault of ``draft`` as a sentence without its full stop, of its gates too (G13).

    Args:
        draft: what was written.
        markets: those of the change; no wave reaches beyond them.
        known_sites: which of the named sites there are, None where nobody can tell.

    """
    if not draft.waves:
        yield "a roll-out has at least one wave; say where it begins"
    names = [each.name.casefold() for each in draft.waves]
    for place, each in enumerate(draft.waves, 1):
        yield from _wave_faults(each, place, markets, known_sites)
        if each.name and each.name.casefold() in names[: place - 1]:
            yield Fault(
                f"wave {place} has the name of an earlier one; give it another", place, "name"
            )
    if bool(draft.watch) != bool(draft.watch_minutes):
        said = "a watch has both a length and a gate; give watch_minutes and watch, or neither"
        yield Fault(said, WATCH, "watch_minutes")
    if draft.watch:
        yield from _gate_faults(draft.watch, "the watch", may_go_on=True)


def _wave_faults(
    wave: WaveDraft, place: int, markets: Sequence[str], known_sites: Sequence[str] | None
) -> Iterator[str]:
    if not wave.name:
        yield Fault(f"wave {place} has no name; give it one", place, "name")
    strange = [each for each in wave.markets if each not in markets]
    if strange:
        yield Fault(
            f"wave {place} names {', '.join(strange)}, and the change touches "
            f"{', '.join(markets) or 'no market'}; add the market to the change first",
            place,
            "markets",
        )
    lost = [] if known_sites is None else [each for each in wave.sites if each not in known_sites]
    if lost:
        more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""  # noqa: PLR2004 (named)
        yield Fault(
            f"wave {place} names sites that there are not: {', '.join(lost[:5])}{more}; correct "
            "the code, or add the site to a programme first",
            place,
            "sites",
        )
    for cohort in wave.cohorts:
        odd = [each for each in cohort.values if not _is_stripe(each)]
        if cohort.attribute == "stripe" and odd:
            said = f"wave {place} names the stripe {odd[0][:16]!r}; stripes are 0 to {STRIPES - 1}"
            yield Fault(said, place, "cohorts")
    if not wave.gate:
        said = f"wave {place} has no gate; name at least one metric that decides whether it passed"
        yield Fault(said, place, "gate")
    else:
        yield from _gate_faults(wave.gate, f"the gate of wave {place}", may_go_on=False)


def _is_stripe(value: str) -> bool:
    return value.isdecimal() and int(value) < STRIPES


def _gate_faults(content: Mapping[str, Any], where: str, *, may_go_on: bool) -> Iterator[Fault]:
    try:
        found = definition.read(content)
    except BadInput as refusal:
        for each in getattr(refusal, "faults", (str(refusal),)):
            yield of_gate(each, where)
        return
    for each in found.metrics:
        if each.provider.kind is ProviderKind.RECORDED:
            yield of_gate(f"metric {each.name!r}: {_NOBODY_RECORDS}", where)
        elif each.count is None and not each.is_dry_run and not may_go_on:
            said = "it would measure for ever, and the wave never pass; give it a count"
            yield of_gate(f"metric {each.name!r}: {said}", where)


_NOBODY_RECORDS = (
    "recorded figures come from this console alone, as those of a programme's brake, and nobody "
    "records any for a roll-out; measure it by samples, promql or http, or ask a person by manual"
)


# ----------------------------------------------------------- as plain values again


def plain(draft: WavesDraft) -> Json:
    """Return a draft as JSON has it, what is usual left out."""
    found: Json = {"waves": [_plain_wave(each) for each in draft.waves]}
    if draft.watch_minutes:
        found |= {"watch_minutes": draft.watch_minutes, "watch": dict(draft.watch)}
    return found


def _plain_wave(wave: WaveDraft) -> Json:
    found: Json = {
        "name": wave.name,
        "markets": list(wave.markets),
        "cohorts": [{**vars(each), "values": list(each.values)} for each in wave.cohorts],
        "sites": list(wave.sites),
        "percent": wave.percent,
        "people": wave.people,
        "not_before": _text_of(wave.not_before),
        "automatic": wave.is_automatic,
        "soak_minutes": wave.soak_minutes,
        "tasks": [{k: v for k, v in vars(each).items() if v} for each in wave.tasks],
        "gate": dict(wave.gate),
    }
    usual: Json = {"percent": 100, "automatic": False, "soak_minutes": 0}
    return {k: v for k, v in found.items() if v not in ([], {}, None, usual.get(k))}


def _text_of(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def draft_of(rollout: RolloutView) -> WavesDraft:
    """Return what was written of a roll-out, to be edited."""
    return WavesDraft(
        tuple(
            WaveDraft(
                each.name,
                each.markets,
                each.cohorts,
                each.sites,
                each.percent,
                each.people,
                each.not_before,
                each.is_automatic,
                each.soak_minutes,
                each.gate,
                tuple(TaskDraft(task.title, task.owner, task.undo) for task in each.tasks),
            )
            for each in rollout.waves
        ),
        rollout.watch_minutes,
        rollout.watch,
    )


def digest(draft: WavesDraft) -> str:
    """Return the hash of everything that an approval of these waves is about (A7)."""
    text = json.dumps(plain(draft), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
