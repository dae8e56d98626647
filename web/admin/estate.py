"""The estate as loaded: markets, components, dependencies, checks and their last states."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.rollouts.queries import running
from changes.run_values import RunningChange
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries
from ssoc.estate.values import Component, Estate
from ssoc.monitoring import sample_queries
from web import books
from web.admin import estate_view, forms
from web.admin.blueprint import admin
from web.admin.estate_view import Said
from web.app import request_view

MOST = 300


@dataclass(frozen=True)
class Wanted:
    """What the list of components is narrowed to."""

    market: str
    kind: str
    text: str

    def keeps(self, component: Component) -> bool:
        """Tell whether a component is wanted."""
        if self.market and self.market not in component.markets:
            return False
        if self.kind and self.kind != component.kind:
            return False
        here = f"{component.key} {component.name} {component.native_name} {component.vendor}"
        return self.text.lower() in here.lower()


@admin.get("/estate")
def estate() -> ResponseReturnValue:
    """Show what is watched, and in what state it was found last."""
    wanted = Wanted(
        forms.text(request.args, "market", 8),
        forms.text(request.args, "kind", 64),
        forms.text(request.args, "q", 128),
    )
    with request_view() as work:
        markets = _markets(work)
        loaded = queries.current(work)
        visible = [
            each for each in loaded.components.values() if estate_view.is_visible(each, markets)
        ]
        chosen = [each for each in visible if wanted.keeps(each)]
        rows = estate_view.rows(loaded, chosen, _said(work, loaded))
        page: dict[str, Any] = {
            "estate": loaded,
            **_counted(loaded, visible),
            "loaded_at": queries.loaded_at(work),
            "versions": queries.versions(work, 10),
            "markets": estate_view.market_rows(
                loaded, markets, sample_queries.freshness(work), work.now
            ),
            "now": work.now,
        }
    return render_template(
        "admin/estate.html",
        rows=rows[:MOST],
        total=len(rows),
        visible=len(visible),
        market_choices=[("", "All"), *((each.market.code,) * 2 for each in page["markets"])],
        kind_choices=[("", "All"), *((kind,) * 2 for kind in sorted({v.kind for v in visible}))],
        wanted=wanted,
        **page,
    )


@admin.get("/estate/<path:key>", endpoint="component")
def component(key: str) -> ResponseReturnValue:
    """Show one component: what it needs, who needs it, how it is watched."""
    with request_view() as work:
        markets, loaded = _markets(work), queries.current(work)
        found = loaded.components.get(key)
        if found is None or not estate_view.is_visible(found, markets):
            raise NotFound(f"the estate has no component {key[:128]}; the list has all of them")
        said = [each for each in _said(work, loaded).values() if each.check.component == key]
        now, changing = work.now, _changing(work, key)
    return render_template(
        "admin/component.html",
        component=found,
        changing=changing,
        runbook=books.link_of(found.runbook),
        said=sorted(said, key=lambda each: each.check.name),
        needs=estate_view.edges(loaded.needs.get(key, ()), loaded, upwards=False),
        needed_by=estate_view.edges(loaded.needed_by.get(key, ()), loaded, upwards=True),
        now=now,
    )


def _changing(work: Work, key: str) -> list[tuple[str, str, str]]:
    """Return the changes that run on a component now: reference, title and address of the run."""
    if not work.actor.markets(Permission.CHANGE_SEE):
        return []
    return [
        (f"CHG-{each.change_id}", each.title, _sheet(each))
        for each in running.running_now(work)
        if key in each.components
    ]


def _sheet(change: RunningChange) -> str:
    """Return where people follow it: its roll-out, or its run sheet."""
    if change.rollout_id:
        return url_for("rollouts.rollout", rollout_id=change.rollout_id)
    return url_for("changes.run", run_id=change.run_id)


def _counted(loaded: Estate, visible: Sequence[Component]) -> dict[str, int]:
    """Return how many dependencies and checks belong to the components somebody sees."""
    keys = {each.key for each in visible}
    return {
        "dependencies": sum({each.component, each.needs} <= keys for each in loaded.dependencies),
        "checks": sum(each.component in keys for each in loaded.checks.values()),
    }


def _markets(work: Work) -> frozenset[str]:
    held = work.actor.markets(Permission.ESTATE_SEE)
    if not held:
        work.require(Permission.ESTATE_SEE, EVERYWHERE)
    return held


def _said(work: Work, loaded: Estate) -> dict[str, Said]:
    views = {each.check: each for each in sample_queries.check_states(work)}
    return {key: estate_view.say(check, views.get(key)) for key, check in loaded.checks.items()}
