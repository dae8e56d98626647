"""Sites that came without a plan: named on the page of the programme, put into a wave here."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import planning
from changes.programmes.queries import programmes as plans
from changes.programmes.queries.unplaced import Unplaced, unplaced
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.noc.choices import Choice
from web.programmes.blueprint import programmes
from web.programmes.entries import number_of

SHOWN = 150  # a form has at most 200 fields
_NAMED = 4


@dataclass(frozen=True)
class Notice:
    """What the page of a programme says of its sites in no wave."""

    said: str
    href: str
    many: bool


def notice(work: Work, programme_id: int) -> Notice | None:
    """Return what is to be said of sites in no wave, None without one."""
    found = unplaced(work, programme_id)
    if not found:
        return None
    codes = words.listed([each.code for each in found], _NAMED)
    verb = "is" if len(found) == 1 else "are"
    return Notice(
        f"{words.counted(len(found), 'site')} of its markets {verb} in no wave: {codes}",
        url_for("programmes.sites_unplaced", programme_id=programme_id),
        len(found) > 1,
    )


@programmes.get("/<int:programme_id>/unplaced")
def sites_unplaced(programme_id: int) -> ResponseReturnValue:
    """List sites in no wave, to be ticked and put into one."""
    return _form(programme_id)


def _form(programme_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        one = plans.programme(work, programme_id)
        planning.require_all(work, one.markets)
        found = unplaced(work, programme_id)
        waves = [
            (str(each.id), f"{each.position} · {each.name} ({each.market})")
            for each in plans.waves(work, programme_id)
        ]
        shown = render_template(
            "programmes/unplaced.html",
            one=one,
            rows=found[:SHOWN],
            ticked=set(request.form.getlist("i")),
            range=_range(found),
            waves=Choice("wave", "Into wave", waves, request.form.get("wave", "")),
            fault=fault,
        )
    return shown, status


def _range(found: Sequence[Unplaced]) -> str:
    if len(found) <= SHOWN:
        return words.counted(len(found), "site")
    return f"the first {SHOWN} of {words.exact(len(found))} sites; more by a file of the plan"


@programmes.post("/<int:programme_id>/unplaced")
def sites_placed(programme_id: int) -> ResponseReturnValue:
    """Put the ticked sites into a wave: all of them or none."""
    given = request.form.getlist("i")[:SHOWN]
    try:
        chosen = [number_of(each, "site") for each in given]
        wave = number_of(request.form.get("wave", ""), "wave")
        if not chosen or not wave:
            raise BadInput("nothing was chosen; tick sites and choose a wave of their market")
        with request_work() as work:
            if plans.wave_named(work, wave)[1] != programme_id:
                raise BadInput("the wave is of another programme; choose one of this")
            made = planning.place(work, wave, chosen)
    except (BadInput, Conflict) as refusal:
        text = str(refusal)
        return _form(programme_id, f"{text[:1].upper()}{text[1:]}.", refusal.status)
    flash(f"{words.counted(len(made), 'site')} planned.")
    return redirect(url_for("programmes.programme", programme_id=programme_id), code=303)
