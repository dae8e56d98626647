"""Interfaces of a site: three proofs each, and what a programme connects."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import interfaces as connecting
from changes.programmes.queries import interfaces
from changes.programmes.queries.ways import require_programme
from changes.programmes.rules.interfaces import InterfaceType, Proof
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.app import request_view
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.forms import programme_href, site_href


@programmes.get("/sites/<int:site_rollout_id>/interfaces", endpoint="site_interfaces")
def show(site_rollout_id: int) -> ResponseReturnValue:
    """Show the connections of a site with their proofs."""
    with request_view() as work:
        found = interfaces.page(work, site_rollout_id)
        return render_template(
            "programmes/site_interfaces.html",
            way=found.way,
            standing=found.standing,
            interfaces=found.interfaces,
            proofs=list(Proof),
            now=work.now,
            may_work=work.actor.may(Permission.PROGRAMME_WORK, found.way.market),
            may_plan=bool(work.actor.markets(Permission.PROGRAMME_PLAN)),
            back=site_href(site_rollout_id),
        )


@programmes.route(
    "/sites/<int:site_rollout_id>/interfaces/<int:interface_id>/<proof>",
    methods=["GET", "POST"],
    endpoint="interface_prove",
)
def prove(site_rollout_id: int, interface_id: int, proof: str) -> ResponseReturnValue:
    """Record one proof, or that it failed."""
    wanted = proof.replace("-", " ")
    with request_view() as work:
        found = interfaces.page(work, site_rollout_id)
        here = next((e for e in found.interfaces if e.id == interface_id), None)
        if here is None or wanted not in set(Proof):
            raise NotFound(f"no interface {interface_id} at this site, or no such proof")
    given = request.form
    question = Question(
        title=f"{here.name}: {wanted}",
        action=url_for(
            "programmes.interface_prove",
            site_rollout_id=site_rollout_id,
            interface_id=interface_id,
            proof=proof,
        ),
        button="Write down",
        back=url_for("programmes.site_interfaces", site_rollout_id=site_rollout_id),
        back_label=f"Interfaces of {found.way.code}",
        what=f"It is proved when {Proof(wanted).meaning}.",
        fields=[
            Field(
                "result",
                "Result",
                "choice",
                given.get("result", ""),
                options=[("ok", "It is proved"), ("failed", "It failed")],
            ),
            Field(
                "reference",
                "The id that came back" if wanted == Proof.ROUND_TRIP else "Reference",
                value=given.get("reference", ""),
                required=True,
                hint="What somebody else finds it by: an id, a file name, what differed.",
            ),
        ],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        is_ok = given.get("result", "") == "ok"
        reference = given.get("reference", "")
        connecting.prove(work, site_rollout_id, interface_id, wanted, is_ok, reference)

    return settle(question, act, "Written down.")


@programmes.route(
    "/<int:programme_id>/interfaces/new", methods=["GET", "POST"], endpoint="interface_new"
)
def add(programme_id: int) -> ResponseReturnValue:
    """Name a connection that every site needs."""
    with request_view() as work:
        require_programme(work, programme_id)
        known = ", ".join(each.name for each in interfaces.named(work, programme_id))
    given = request.form
    question = Question(
        title="Add an interface",
        action=url_for("programmes.interface_new", programme_id=programme_id),
        button="Add",
        back=programme_href(programme_id),
        back_label="Programme",
        what=f"Every site of the programme has to prove it three times. Named so far: "
        f"{known or 'none'}.",
        fields=[
            Field("name", "Name", value=given.get("name", ""), required=True, most=128),
            Field(
                "type",
                "Type",
                "choice",
                given.get("type", ""),
                options=[(each.value, each.value) for each in InterfaceType],
            ),
            Field("source", "From", value=given.get("source", ""), most=128),
            Field("target", "To", value=given.get("target", ""), most=128),
        ],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        named = [given.get(each, "") for each in ("name", "type", "source", "target")]
        connecting.add_interface(work, programme_id, *named)

    return settle(question, act, "The interface is named; its proofs are recorded at each site.")
