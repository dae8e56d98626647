"""The estate as loaded, for machines."""

from collections.abc import Collection
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.estate import queries
from ssoc.estate.values import Component
from web.admin.estate_view import is_visible
from web.api import asked
from web.api.blueprint import api
from web.app import request_view


@api.get("/estate", endpoint="estate")
def loaded() -> ResponseReturnValue:
    """Return markets, components and dependencies the caller sees; checks without settings."""
    asked.parameters()
    with request_view() as work:
        held = work.actor.markets(Permission.ESTATE_SEE)
        if not held:
            work.require(Permission.ESTATE_SEE, EVERYWHERE)
        estate = queries.current(work)
    seen = {key: each for key, each in estate.components.items() if is_visible(each, held)}
    return jsonify(
        version=estate.version,
        markets=[
            {
                "code": each.code,
                "name": each.name,
                "zones": list(each.zones),
                "currency": each.currency,
            }
            for each in estate.markets.values()
            if EVERYWHERE in held or each.code in held
        ],
        components=[_component(each, held) for each in seen.values()],
        dependencies=[
            {"component": each.component, "needs": each.needs, "group": each.group}
            for each in estate.dependencies
            if each.component in seen and each.needs in seen
        ],
        checks=[
            {
                "key": each.key,
                "component": each.component,
                "adapter": each.adapter,
                "market": each.market,
                "every_seconds": int(each.every.total_seconds()),
            }
            for each in estate.checks.values()
            if each.component in seen
        ],
    )


def _component(each: Component, held: Collection[str]) -> dict[str, Any]:
    return {
        "key": each.key,
        "name": each.name,
        "kind": each.kind,
        "markets": [code for code in each.markets if EVERYWHERE in held or code in held],
        "criticality": int(each.criticality),
        "owner": each.owner,
        "vendor": each.vendor,
        "runbook": each.runbook,
    }
