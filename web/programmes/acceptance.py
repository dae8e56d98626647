"""The acceptance pages: the matrix of a site, on a telephone too, and that of a programme."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import acceptance as accepting
from changes.programmes.actions.acceptance import CellDraft
from changes.programmes.queries import acceptance
from changes.programmes.queries import programmes as plans
from changes.programmes.queries.acceptance import SiteMatrix
from changes.programmes.queries.ways import require_programme
from changes.programmes.rules.acceptance import FLOWS, RECORDED, Scope
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.noc.questions import Field, Question, ask, settle
from web.programmes import acceptance_view
from web.programmes.blueprint import programmes
from web.programmes.forms import lines, programme_href, site_href


@programmes.get("/sites/<int:site_rollout_id>/acceptance", endpoint="site_acceptance")
def show(site_rollout_id: int) -> ResponseReturnValue:
    """Show the matrix of one site."""
    return _show(site_rollout_id)


@programmes.post("/sites/<int:site_rollout_id>/acceptance", endpoint="site_acceptance_record")
def record(site_rollout_id: int) -> ResponseReturnValue:
    """Record what came of the chosen cells, and go on to the next one."""
    given = request.form
    draft = CellDraft(
        given.get("status", ""),
        given.get("evidence", ""),
        given.get("terminal", ""),
        given.get("software", ""),
    )
    try:
        cells = [acceptance_view.key_of(each) for each in given.getlist("cell")]
        with request_work() as work:
            count = accepting.record(work, site_rollout_id, cells, draft)
    except BadInput as refusal:
        return _show(site_rollout_id, str(refusal), refusal.status)
    flash(f"{words.counted(count, 'cell')}: {draft.status}.")
    return redirect(
        url_for("programmes.site_acceptance", site_rollout_id=site_rollout_id), code=303
    )


def _show(site_rollout_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        matrix = acceptance.matrix(work, site_rollout_id)
        page = render_template(
            "programmes/site_acceptance.html",
            matrix=matrix,
            way=matrix.way,
            tables=acceptance_view.tables(matrix),
            chosen=_chosen(matrix),
            lacking=acceptance_view.lacking_words(matrix.standing.coverage),
            share=acceptance_view.share_words(matrix.standing.coverage),
            pairwise=acceptance_view.PAIRWISE
            if acceptance_view.is_pairwise(matrix.standing.cover)
            else "",
            may_record=work.actor.may(Permission.PROGRAMME_WORK, matrix.way.market),
            statuses=[each.value for each in RECORDED],
            given=request.form,
            fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
            back=site_href(site_rollout_id),
        )
    return page, status


def _chosen(matrix: SiteMatrix) -> set[str]:
    """Return the boxes that are ticked: those that were sent, else the next cell's."""
    sent = set(request.form.getlist("cell"))
    if sent or matrix.next is None:
        return sent
    return {acceptance_view.value_of(matrix.next.key)}


@programmes.get("/<int:programme_id>/acceptance", endpoint="acceptance")
def by_wave(programme_id: int) -> ResponseReturnValue:
    """Show a programme by bank and wave, and the sites of one wave."""
    with request_view() as work:
        matrix = acceptance.wave_matrix(work, programme_id)
        if not matrix.waves:
            require_programme(work, programme_id)
        wave = request.args.get("wave", "")
        chosen = int(wave) if wave.isdecimal() and len(wave) < 6 else 0
        chosen = chosen if chosen in matrix.sites else acceptance_view.first_open(matrix)
        names = {each.position: each.name for each in plans.waves(work, programme_id)}
        return render_template(
            "programmes/acceptance.html",
            programme_id=programme_id,
            matrix=matrix,
            rows=acceptance_view.wave_rows(matrix),
            chosen=chosen,
            names=names,
            sites=[
                (here, acceptance_view.wave_cell(found))
                for here, found in matrix.sites.get(chosen, ())
            ],
            pairwise=acceptance_view.PAIRWISE if acceptance_view.is_pairwise(matrix.cover) else "",
            may_plan=_may_plan(work),
            back=programme_href(programme_id),
        )


def _may_plan(work: Work) -> bool:
    return bool(work.actor.markets(Permission.PROGRAMME_PLAN))


@programmes.route(
    "/<int:programme_id>/acceptance/scope", methods=["GET", "POST"], endpoint="acceptance_scope"
)
def scope(programme_id: int) -> ResponseReturnValue:
    """Say which methods and flows are tested with each bank."""
    with request_view() as work:
        require_programme(work, programme_id)
        found = acceptance.scope(work, programme_id)
        version = acceptance.scope_version(work, programme_id)
    given = request.form
    question = Question(
        title="What is tested at every site",
        action=url_for("programmes.acceptance_scope", programme_id=programme_id),
        button="Keep",
        back=url_for("programmes.acceptance", programme_id=programme_id),
        back_label="Acceptance",
        what="Each bank of a site is tested by each method in each flow, but for combinations "
        "that do not exist. One line each.",
        fields=[
            Field(
                "methods",
                "Methods, one a line",
                "area",
                given.get("methods", "\n".join(found.methods)),
                required=True,
                hint="card, QR code, USSD, account to account",
            ),
            Field(
                "flows",
                "Flows, one a line",
                "area",
                given.get("flows", "\n".join(found.flows or FLOWS)),
                required=True,
            ),
            Field(
                "exclusions",
                "What does not exist, one a line",
                "area",
                given.get("exclusions", _exclusion_lines(found)),
                hint="Two or three of bank, method and flow: method=USSD, flow=offline",
            ),
        ],
        hidden=[("version", given.get("version", str(version)))],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        asked = given.get("version", "")
        accepting.set_scope(
            work,
            programme_id,
            lines(given.get("methods", "")),
            lines(given.get("flows", "")),
            [_exclusion(each) for each in lines(given.get("exclusions", ""))],
            int(asked) if asked.isdecimal() and len(asked) < 10 else None,
        )

    return settle(question, act, "Kept; what was tested stays tested where it still exists.")


def _exclusion_lines(found: Scope) -> str:
    return "\n".join(
        ", ".join(f"{name}={value}" for name, value in each) for each in found.exclusions
    )


def _exclusion(line: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in line.split(",")]
    if not all(equals for _, equals, _ in pairs):
        raise BadInput(f"{line[:60]!r} is no exclusion; write it like method=USSD, flow=offline")
    return {name.strip(): value.strip() for name, _, value in pairs}
