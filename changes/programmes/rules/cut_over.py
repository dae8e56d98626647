"""The run sheet of one site: its template, what steps take, the drain, the way back. Pure.

What is left of a run and when it ends is reckoned as for every run (``changes.rules.running``);
here stands only what a site adds: p50 and p90 of each step, a drain whose figure must be 0, and
the point from which there is no way back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import log
from statistics import NormalDist
from typing import Any

from changes.lifecycle import StepState
from changes.rules.durations import Basis, Duration, ExecutionPolicy, History, duration_of
from changes.rules.running import waits_for
from changes.values import PlanStep
from ssoc.core.errors import BadInput

MOST_STEPS = 60
_Z90 = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True)
class TemplateStep:
    """One step of the template of a programme; minutes are those of the plan.

    ``verify`` is how one sees that it is done. ``drains``: it waits for transactions in flight,
    and is done only with the figure 0. ``no_return``: once it is done there is no way back.
    """

    position: int
    title: str
    owner: str = ""
    p50: int = 0
    p90: int = 0
    verify: str = ""
    undo: str = ""
    needs: Sequence[int] = ()
    is_hold_point: bool = False
    drains: bool = False
    no_return: bool = False

    @property
    def as_planned(self) -> PlanStep:
        """Return it as a step of any plan."""
        return PlanStep(
            self.position,
            self.title,
            self.owner,
            self.p50,
            self.verify,
            self.undo,
            self.is_hold_point,
            tuple(self.needs),
        )


COLUMNS = tuple(each.name for each in fields(TemplateStep) if each.name != "position")


def read_template(rows: Sequence[Mapping[str, Any]]) -> tuple[TemplateStep, ...]:
    """Return the steps that rows describe, or raise BadInput that names every fault by row."""
    faults: list[str] = []
    if not rows or len(rows) > MOST_STEPS:
        raise BadInput(f"a run sheet has 1 to {MOST_STEPS} steps, not {len(rows)}")
    steps = tuple(_step(at, row, len(rows), faults) for at, row in enumerate(rows, 1))
    if sum(each.no_return for each in steps) > 1:
        faults.append("two steps are points of no return; there is one at most")
    if not faults:
        faults += _circles(steps)
    if faults:
        raise BadInput("; ".join(faults))
    return steps


def _step(at: int, row: Mapping[str, Any], of: int, faults: list[str]) -> TemplateStep:
    strange = row.keys() - {"position", *COLUMNS}
    if strange:
        faults.append(f"step {at} has no field {sorted(strange)[0][:32]}")
    texts = {name: _text(row.get(name)) for name in ("title", "owner", "verify", "undo")}
    if not texts["title"]:
        faults.append(f"step {at} has no title")
    most = {"title": 255, "owner": 128, "verify": 2_000, "undo": 2_000}
    faults += [
        f"{name} of step {at} is longer than {most[name]} signs"
        for name, text in texts.items()
        if len(text) > most[name]
    ]
    p50 = _minutes(row.get("p50"), f"p50 of step {at}", faults)
    p90 = _minutes(row.get("p90"), f"p90 of step {at}", faults)
    if p90 and p90 < p50:
        faults.append(f"step {at}: p90 of {p90} min is below p50 of {p50} min")
    needs = _needs(row.get("needs"), at, of, faults)
    return TemplateStep(
        at,
        texts["title"],
        texts["owner"],
        p50,
        p90 or p50,
        texts["verify"],
        texts["undo"],
        needs,
        _tick(row.get("is_hold_point")),
        _tick(row.get("drains")),
        _tick(row.get("no_return")),
    )


def _text(given: object) -> str:
    return " ".join(str(given or "").split())


def _minutes(given: object, what: str, faults: list[str]) -> int:
    if given in (None, ""):
        return 0
    text = str(given)
    if not text.isdecimal() or int(text) > 10_000:
        faults.append(f"{what} is {text[:16]!r}, not minutes from 0 to 10000")
        return 0
    return int(text)


def _needs(given: object, at: int, of: int, faults: list[str]) -> tuple[int, ...]:
    words = given if isinstance(given, list | tuple) else str(given or "").replace(",", " ").split()
    found = []
    for word in map(str, words):
        if word.isdecimal() and 1 <= int(word) <= of and int(word) != at:
            found.append(int(word))
        else:
            faults.append(f"step {at} needs {word[:16]!r}, which is no other step")
    return tuple(dict.fromkeys(found))


def _tick(given: object) -> bool:
    return given is True or str(given or "").strip().lower() in {"yes", "true", "1", "x"}


def _circles(steps: Sequence[TemplateStep]) -> list[str]:
    kept = waits_for([each.as_planned for each in steps])
    return [
        f"step {each.position} waits for itself by way of step {need}"
        for each in steps
        for need in each.needs
        if need not in kept[each.position]
    ]


def duration(p50: int, p90: int, took: Sequence[float], terms: ExecutionPolicy) -> Duration:
    """Return how long a step takes: as in enough rehearsals, else as planned.

    A lognormal whose median is p50 has its p90 at p50 x exp(1.2816 s), so s = ln(p90/p50)/1.2816.
    """
    if len(took) >= terms.least_n:
        return duration_of(p50, History(minutes=took), terms)
    spread = log(p90 / p50) / _Z90 if 0 < p50 < p90 else terms.assumed_spread
    return Duration(float(p50), spread, len(took), Basis.PLAN)


def is_flagged(p90: int, last_minutes: float | None) -> bool:
    """Tell whether a step took longer than its p90 in the last rehearsal."""
    return last_minutes is not None and p90 > 0 and last_minutes > p90


def drain_fault(left: int | None) -> str:
    """Return why a drain is not over: its figure must be there and be 0."""
    if left is None:
        return "write how many transactions are still in flight; it must be 0"
    if left < 0:
        return f"{left} transactions cannot be in flight"
    return f"{left} transactions are still in flight; it must be 0" if left else ""


@dataclass(frozen=True)
class Stepped:
    """A step of the last run of a site, as far as guards ask."""

    position: int
    title: str
    state: StepState
    verify: str = ""
    undo: str = ""
    drains: bool = False
    began: bool = False


def verified_fault(steps: Iterable[Stepped]) -> str:
    """Return what is not verified yet; a step with a check may not have been left out."""
    known = list(steps)
    if not known:
        return "no cut-over was run; begin its run sheet"
    for each in known:
        skipped_well = each.state is StepState.SKIPPED and not (each.verify or each.drains)
        if each.state is not StepState.DONE and not skipped_well:
            return f"step {each.position}, {each.title}, is {each.state}; finish it on its sheet"
    return ""


def undone_fault(steps: Iterable[Stepped]) -> str:
    """Return what is not undone yet of what was begun and has an undo."""
    for each in steps:
        if each.undo and each.began and each.state in {StepState.DONE, StepState.FAILED}:
            return f"step {each.position}, {each.title}, is not undone; undo it on the run sheet"
    return ""


def drained_fault(steps: Iterable[Stepped]) -> str:
    """Return why transactions in flight are not known to be 0."""
    drains = [each for each in steps if each.drains]
    if not drains:
        return "no run sheet of this site has drained what is in flight; begin it"
    left = next((each for each in drains if each.state is not StepState.DONE), None)
    return f"step {left.position}, {left.title}, is {left.state}; drain first" if left else ""
