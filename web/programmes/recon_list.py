"""The list of parallel runs: filtered, counted, those that need somebody first."""

from collections.abc import Collection

from flask import render_template, request
from flask.typing import ResponseReturnValue

from changes.programmes.queries import reconciled
from changes.reconciliation.queries.overview import RunFilter, overview
from changes.reconciliation.rules.groups import Group
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web.app import request_view
from web.noc.asked import asked_of
from web.noc.choices import Choice, markets_choice
from web.programmes import recon_list_view as view
from web.programmes.blueprint import programmes


def require_sight(work: Work) -> None:
    """Raise NotAllowed for who may see no market."""
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


def places_choices(
    work: Work, market: str, wave: str
) -> tuple[list[Choice], dict[str, str], Collection[str] | None]:
    """Return filters by place, the names of what is chosen, and the subjects of the wave."""
    waves = [(str(number), name) for number, name in reconciled.waves(work)]
    estate = estate_queries.current(work)
    choices = [
        markets_choice(work, estate, Permission.CHANGE_SEE, market),
        Choice("wave", "Wave", [("", "All waves"), *waves], wave),
    ]
    if not wave:
        return choices, {}, None
    names = dict(waves)
    if wave not in names:
        raise BadInput(f"there is no wave {wave[:16]!r} that you may see")
    return choices, {wave: names[wave]}, reconciled.of_wave(work, int(wave))


@programmes.get("/reconciliation")
def recons() -> ResponseReturnValue:
    """List parallel runs, those that need somebody first."""
    asked = asked_of(request, "programmes.recons", view.NAMES, {})
    if asked["state"] and asked["state"] not in set(Group):
        raise BadInput(f"{asked['state'][:16]!r} is no state: {', '.join(Group)}")
    with request_view() as work:
        require_sight(work)
        choices, names, subjects = places_choices(work, asked["market"], asked["wave"])
        if asked["subject"]:
            subjects = {asked["subject"]} & set(subjects or {asked["subject"]})
        wanted = RunFilter(
            market=asked["market"],
            subjects=subjects,
            words=asked["q"],
            day=view.date_of(asked["day"]),
            group=asked["state"],
            owner=asked["owner"],
        )
        found = overview(work, wanted)
        shown, cursor = view.lines_on(found, asked)
        places = reconciled.places(work, [each.view.subject for each in shown])
        return render_template(
            "programmes/recon_list.html",
            page=view.page(found, shown, cursor, asked, places, choices, names),
            asked=asked,
            is_cut=found.is_cut,
            may_plan=bool(work.actor.markets(Permission.PROGRAMME_PLAN)),
        )
