"""What a button does to the draft of a plan that was posted with it; nothing is kept by these."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from changes.policy import policy
from changes.programmes.queries import codes
from changes.values import ChangeView
from ssoc.core.work import Work
from web.rollouts import plan_metric
from web.rollouts.plan_fields import MOST_WAVES, PlanFields, WaveFields, codes_in

Press = Callable[[Work, PlanFields, ChangeView, int, str], PlanFields]


def pressed(work: Work, form: PlanFields, change: ChangeView, do: str, chosen: str) -> PlanFields:
    """Return the draft after a press such as ``drop-2``; one that is not known changes nothing.

    ``chosen`` is what stands in the list beside the button, if there is one.
    """
    name, _, rest = do.partition("-")
    place, _, row = rest.partition("-")
    if name == "add":
        return _add(work, form)
    at = int(place) if place.isascii() and place.isdecimal() and len(place) < 3 else -1  # noqa: PLR2004
    if name not in PRESSES or not 0 <= at <= len(form.waves):
        return form
    return PRESSES[name](work, form, change, at, row or chosen)


def first_metrics(work: Work) -> list[plan_metric.Row]:
    """Return the metrics that a new wave begins with."""
    key = next(iter(policy(work).gates.templates), "")
    return _template(work, key)


def _template(work: Work, key: str) -> list[plan_metric.Row]:
    found = policy(work).gates.templates.get(key)
    return [plan_metric.fields_of(each) for each in found.definitions] if found else []


def _add(work: Work, form: PlanFields) -> PlanFields:
    """Add a wave after the others, with the gate of the last one."""
    if len(form.waves) >= MOST_WAVES:
        return form
    metrics = form.waves[-1].metrics if form.waves else first_metrics(work)
    texts = {"percent": "100", "soak": form.waves[-1]["soak"] if form.waves else "60"}
    return replace(form, waves=[*form.waves, WaveFields(texts, metrics=metrics)])


def _drop(_work: Work, form: PlanFields, _change: ChangeView, at: int, _row: str) -> PlanFields:
    return replace(form, waves=[each for place, each in enumerate(form.waves, 1) if place != at])


def _up(_work: Work, form: PlanFields, _change: ChangeView, at: int, _row: str) -> PlanFields:
    if at <= 1:
        return form
    waves = list(form.waves)
    waves[at - 2], waves[at - 1] = waves[at - 1], waves[at - 2]
    return replace(form, waves=waves)


def _steps(_work: Work, form: PlanFields, change: ChangeView, at: int, _row: str) -> PlanFields:
    """Take the steps of the change's own plan, those that stand there already but once."""
    wave = form.wave(at)
    there = {each["title"] for each in wave.tasks}
    taken = [
        {"title": each.title, "owner": each.owner, "undo": each.undo}
        for each in change.steps
        if each.title not in there
    ]
    return form.with_wave(at, replace(wave, tasks=[*wave.tasks, *taken]))


def _sites(work: Work, form: PlanFields, change: ChangeView, at: int, row: str) -> PlanFields:
    """Add the sites that go together in a wave of a programme."""
    if not (row.isascii() and row.isdecimal() and len(row) < 10):  # noqa: PLR2004 (a number)
        return form
    wave = form.wave(at)
    known = {each.wave_id for each in codes.together(work, change.markets)}
    more = codes.codes_of(work, int(row)) if int(row) in known else []
    named = ", ".join(dict.fromkeys([*codes_in(wave["sites"]), *more]))
    return form.with_wave(at, replace(wave, texts={**wave.texts, "sites": named}))


def _metric(work: Work, form: PlanFields, _change: ChangeView, at: int, row: str) -> PlanFields:
    """Add the metrics of a template; two of a name are told apart by a number."""
    wave = form.wave(at)
    rows = list(wave.metrics)
    for each in _template(work, row) or [_own()]:
        names = [one["name"] for one in rows]
        rows.append({**each, "name": _free(each["name"], names)})
    return form.with_wave(at, replace(wave, metrics=rows))


def _own() -> plan_metric.Row:
    return {
        **dict.fromkeys(plan_metric.COLUMNS, ""),
        **{"name": "own", "title": "", "source": plan_metric.SERIES, "sign": ">="},
        **{"delay": "5m", "interval": "5m", "count": "12"},
    }


def _free(name: str, taken: Sequence[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)


def _unmetric(_work: Work, form: PlanFields, _change: ChangeView, at: int, row: str) -> PlanFields:
    wave = form.wave(at)
    kept = [each for place, each in enumerate(wave.metrics, 1) if str(place) != row]
    return form.with_wave(at, replace(wave, metrics=kept))


PRESSES: Mapping[str, Press] = {
    "drop": _drop,
    "up": _up,
    "steps": _steps,
    "sites": _sites,
    "metric": _metric,
    "unmetric": _unmetric,
}
