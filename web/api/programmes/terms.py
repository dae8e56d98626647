"""What a programme asks of its sites over the API: its terms, its brake, its plan as agreed."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.programmes.actions import settings as acts
from changes.programmes.queries import settings as queries
from changes.programmes.rules import settings as rules
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json
from web.api.programmes.plans import mapping
from web.api.repeating import once
from web.app import request_view


@api.get("/programmes/<int:number>/terms", endpoint="programme_terms")
def shown(number: int) -> ResponseReturnValue:
    """Return each value in force, its own and the policy's, and from when a change counts."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_shape(work, number))


@api.put("/programmes/<int:number>/terms", endpoint="programme_terms_set")
def written(number: int) -> ResponseReturnValue:
    """Set ``terms``, ``brake`` and ``baseline`` anew, with a ``reason``, over a ``version``."""
    asked.parameters()
    given = asked.body("terms", "brake", "baseline", "reason", "version")

    def do(work: Work) -> Json:
        baseline: dict[str, Any] = dict(mapping(given, "baseline"))
        for day, sites in baseline.items():
            if not isinstance(sites, int) or isinstance(sites, bool):
                raise BadInput(f"baseline: {day[:16]}: {str(sites)[:16]!r} is no number of sites")
        changed = acts.set_terms(
            work,
            number,
            mapping(given, "terms"),
            mapping(given, "brake"),
            baseline,
            given.text("reason"),
            given.number("version"),
        )
        work.session.flush()
        return {**_shape(work, number), "changed": changed}

    return once(do)


def _shape(work: Work, number: int) -> Json:
    found = queries.settings(work, number)
    return {
        "items": [
            {
                "path": each.path,
                "label": each.label,
                "in_force": rules.typed(each, rules.at(found.inforce, each.keys)),
                "own": rules.typed(each, rules.at(found.own, each.keys)) or None,
                "policy": rules.typed(each, rules.at(found.usual, each.keys)),
                "asked_by": each.used,
                "counts_for": each.counts,
            }
            for each in rules.SETTINGS
        ],
        "terms": dict(found.own),
        "brake": dict(found.programme.brake),
        "baseline": dict(found.programme.baseline),
        "faults": list(found.faults),
        "version": found.programme.version,
    }
