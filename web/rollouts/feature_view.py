"""A feature as its screens show it: steps by market, curves, kills, who asked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, url_for

from changes.features.queries import curves as curve_queries
from changes.features.queries.curves import AskedHour, Curves
from changes.features.rules import curves, standing
from changes.features.values import FeatureView, KillView
from changes.rollouts.rules.reach import whom
from changes.rollouts.values import WaveView
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.work import Work
from web import charts, words
from web.change_managers.page_parts import PageAct
from web.charts import Chart, Line, Mark

_CURVES = (("adoption", "Adoption"), ("errors", "Errors"))


@dataclass(frozen=True)
class Market:
    """Who has the feature in one market now."""

    code: str
    now: str
    is_killed: bool
    is_nobody: bool


@dataclass(frozen=True)
class Step:
    """One wave of the roll-out as the flag follows it."""

    position: int
    name: str
    whom: str
    markets: Sequence[str]
    state: str
    flag: str
    is_forced: bool
    is_paused: bool
    start: str
    end: str


@dataclass(frozen=True)
class Drawn:
    """A chart with its name on the page."""

    key: str
    chart: Chart


@dataclass(frozen=True)
class AskedRow:
    """An hour in which the flag was asked for."""

    market: str
    hour: str
    asked: str
    share: str


@dataclass(frozen=True)
class FeaturePage:
    """Everything the page of a feature shows."""

    view: FeatureView
    markets: Sequence[Market]
    steps: Sequence[Step]
    drawn: Sequence[Drawn]
    missing: str
    asked: Sequence[AskedRow]
    kills: Sequence[KillView]
    acts: Sequence[PageAct]
    href: str


def page(work: Work, view: FeatureView) -> FeaturePage:
    """Return what the page of a feature shows to this actor now."""
    found = curve_queries.of_feature(work, view)
    drawn = curves_drawn(view, found.found, view.markets)
    return FeaturePage(
        view=view,
        markets=markets(view),
        steps=steps(view, work.now),
        drawn=drawn,
        missing=missing(work, view, drawn, view.markets),
        asked=[_asked(each, work.now) for each in found.asked],
        kills=view.kills,
        acts=_acts(work, view),
        href=rollout_href(view),
    )


def rollout_href(view: FeatureView) -> str:
    """Return where its roll-out is."""
    if "rollouts.rollout" in current_app.view_functions:
        return url_for("rollouts.rollout", rollout_id=view.rollout_id)
    return url_for("changes.change", change_id=view.change_id)


def markets(view: FeatureView) -> list[Market]:
    """Return who has the feature now, by market."""
    found = []
    for code in view.markets:
        now = standing.now_in(view, code)
        is_killed = now == standing.FORCED_OFF
        found.append(Market(code, now, is_killed, now == standing.NOBODY))
    return found


def steps(view: FeatureView, now: datetime) -> list[Step]:
    """Return the waves as steps of the flag."""
    return [
        Step(
            position=each.position,
            name=each.name,
            whom=whom(each.cohorts, each.percent, each.sites),
            markets=each.markets or view.markets,
            state=each.state.value,
            flag=_flag(view, each),
            is_forced=each.state.is_in_force and bool(_forced(view, each)),
            is_paused=each.paused_at is not None and each.state.value == "paused",
            start=words.when(each.started_at, now),
            end=words.when(each.ended_at, now),
        )
        for each in view.waves
    ]


def _flag(view: FeatureView, wave: WaveView) -> str:
    """Return what the flag says to those whom a wave reaches: what is forced off is not on."""
    if view.ended_at is not None or not wave.state.is_in_force:
        return "off" if view.ended_at is None else "ended"
    forced = _forced(view, wave)
    if not forced:
        return "on"
    if len(forced) == len(wave.markets or view.markets):
        return standing.FORCED_OFF
    return f"{standing.FORCED_OFF} in {' '.join(forced)}, else on"


def _forced(view: FeatureView, wave: WaveView) -> list[str]:
    return [each for each in wave.markets or view.markets if each in view.killed]


def curves_drawn(view: FeatureView, found: Curves, markets: Sequence[str]) -> list[Drawn]:
    """Return both curves of each of these markets, starts of waves marked."""
    drawn = []
    for market in markets:
        for kind, name in _CURVES:
            points = found.get((kind, market), ())
            if points:
                key = f"{kind}-{market.lower()}"
                drawn.append(Drawn(key, _chart(view, market, name, points)))
    return drawn


def _chart(
    view: FeatureView, market: str, name: str, points: Sequence[tuple[datetime, float]]
) -> Chart:
    starts = [(at, wave) for at, wave in curves.starts(view, market) if at >= points[0][0]]
    return charts.lines(
        f"{name}, {market}",
        _finding(name, points, starts),
        "",
        [Line(name, [(at, round(value, 3)) for at, value in points])],
        [Mark(at, wave) for at, wave in starts],
    )


def _finding(
    name: str,
    points: Sequence[tuple[datetime, float]],
    starts: Sequence[tuple[datetime, str]],
) -> str:
    """Return what the curve shows: what it is now, and what it was before the newest wave."""
    newest = _figure(points[-1][1])
    if not starts:
        return f"{name} is {newest}."
    at, wave = starts[-1]
    before = [value for when, value in points if when <= at]
    was = f", {_figure(before[-1])} when wave “{wave}” began" if before else ""
    return f"{name} is {newest}{was}."


def _figure(value: float) -> str:
    return words.exact(round(value, 2), 0 if value == int(value) else 2)


def missing(work: Work, view: FeatureView, drawn: Sequence[Drawn], markets: Sequence[str]) -> str:
    """Return what hinders curves that somebody may expect."""
    if not (view.adoption or view.errors):
        return "No sample is named for its adoption or its errors, so nothing is drawn."
    known: Mapping[str, bool] = {each.key: True for each in drawn}
    held = work.actor.markets(Permission.ESTATE_SEE)
    seen = markets if EVERYWHERE in held else [each for each in markets if each in held]
    lacks = [
        f"{name.lower()} in {market}"
        for market in seen
        for kind, name in _CURVES
        if getattr(view, kind) and f"{kind}-{market.lower()}" not in known
    ]
    said = [f"No sample was stored for {words.listed(lacks, 6)}."] if lacks else []
    if hidden := [each for each in markets if each not in seen]:
        said.append(f"{words.listed(hidden, 6)} not shown: your role covers {_covered(held)}.")
    return " ".join(said)


def _covered(held: Collection[str]) -> str:
    return words.listed(sorted(held), 6) if held else "no market here"


def _asked(each: AskedHour, now: datetime) -> AskedRow:
    share = words.percent(100 * each.on / each.asked) if each.asked else words.NONE
    return AskedRow(each.market, words.when(each.hour, now), words.exact(each.asked), share)


def _acts(work: Work, view: FeatureView) -> list[PageAct]:
    if view.ended_at is not None:
        return []
    found = []
    key = view.key
    if killable(work, view):
        href = url_for("rollouts.feature_kill", key=key)
        found.append(PageAct("Force off…", href, is_main=True, is_question=True))
    if liftable(work, view):
        href = url_for("rollouts.feature_lift", key=key)
        found.append(PageAct("Let it go on…", href, is_question=True))
    if all(work.actor.may(Permission.CHANGE_PLAN, each) for each in view.markets):
        found.append(PageAct("End…", url_for("rollouts.feature_end", key=key), is_question=True))
    return found


def killable(work: Work, view: FeatureView) -> list[str]:
    """Return the markets in which the actor may force it off and it is not."""
    may = work.actor.may
    return [
        each
        for each in view.markets
        if each not in view.killed and may(Permission.CHANGE_RUN, each)
    ]


def liftable(work: Work, view: FeatureView) -> list[str]:
    """Return the markets in which it is forced off and the actor may let it go on."""
    is_person = work.actor.kind is ActorKind.PERSON
    may = work.actor.may
    return [
        each
        for each in view.markets
        if is_person and each in view.killed and may(Permission.CHANGE_APPROVE, each)
    ]
