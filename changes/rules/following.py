"""Plans of templates: included ones put together, and where a change departs from one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from changes.draft import Draft
from changes.lifecycle import Effect
from changes.values import ChangeView, PlanStep

_WORST = list(Effect)
_SAME_TEXT = ("rollback_plan",)
_SAME_MINUTES = ("preparation_minutes", "rollback_minutes", "soak_minutes")


def circle(start: int, includes: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the way on which a template includes itself, its number at both ends; or none."""
    ahead: list[list[int]] = [[start]]
    seen: set[int] = set()
    while ahead:
        path = ahead.pop()
        for each in includes.get(path[-1], ()):
            if each == start:
                return [*path, each]
            if each not in seen:
                seen.add(each)
                ahead.append([*path, each])
    return []


def joined(parts: Sequence[Sequence[PlanStep]]) -> tuple[PlanStep, ...]:
    """Return several plans one after another, numbered anew; each waits for the one before."""
    found: list[PlanStep] = []
    for steps in parts:
        shift = len(found)
        found += [
            replace(
                each,
                position=each.position + shift,
                needs=tuple(needed + shift for needed in each.needs),
            )
            for each in steps
        ]
    return tuple(found)


def departures(change: ChangeView, plan: Draft) -> list[str]:
    """Return in words where a change differs from the plan of its template.

    A standard template proves a plan for some components: the change may touch fewer of them or
    do less to them, never others or more.
    """
    found = []
    allowed = {each.component: each.effect for each in plan.touched}
    for each in change.touched:
        if each.component not in allowed:
            found.append(f"it touches {each.component}")
        elif _WORST.index(each.effect) > _WORST.index(allowed[each.component]):
            found.append(f"{each.component} is {each.effect} instead of {allowed[each.component]}")
    found += _step_departures(change.steps, plan.steps)
    for name in (*_SAME_TEXT, *_SAME_MINUTES):
        if getattr(change, name) != getattr(plan, name):
            found.append(f"another {name.replace('_', ' ').replace('rollback', 'roll-back')}")
    others = {
        "other gates": sorted(change.gates) != sorted(plan.gates),
        "another way back": sorted(change.rollback_needs) != sorted(plan.rollback_needs),
        "it is rolled out in waves": bool(change.waves_digest),
    }
    return found + [said for said, is_so in others.items() if is_so]


def _step_departures(steps: Sequence[PlanStep], planned: Sequence[PlanStep]) -> list[str]:
    if len(steps) != len(planned):
        return [f"it has {len(steps)} steps instead of {len(planned)}"]
    return [
        f"step {here.position} differs"
        for here, there in zip(steps, planned, strict=True)
        if _work_of(here) != _work_of(there)
    ]


def _work_of(step: PlanStep) -> tuple[object, ...]:
    needs = tuple(sorted(step.needs))
    return (step.title, step.planned_minutes, step.check, step.undo, step.is_hold_point, needs)
