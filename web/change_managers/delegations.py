"""Delegations, and exceptions from the separation of duties."""

from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import delegating, separation
from changes.actions.delegating import DelegationDraft
from changes.queries import delegations as queries
from changes.queries import views
from changes.queries.rounds import duties_of
from changes.rules.delegations import Delegation
from ssoc.accounts.queries import Holder, active_holders
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, ROLES, Permission, Role
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import shell, words
from web.app import request_view, request_work
from web.change_managers.blueprint import changes
from web.noc import times
from web.noc.questions import Field, Question, ask, settle

APPROVING = tuple(role for role in Role if Permission.CHANGE_APPROVE in ROLES[role])


@dataclass(frozen=True)
class Row:
    """One delegation as the page shows it."""

    each: Delegation
    state: str
    role: str
    markets: str
    since: str
    until: str
    may_end: bool


@changes.get("/delegations")
def delegations() -> ResponseReturnValue:
    """List who answers for whom."""
    with request_view() as work:
        _require_see(work)
        rows = [_row(work, each) for each in queries.delegations(work)]
        may_add = bool(_givers(work, active_holders(work)))
    return render_template("changes/delegations.html", rows=rows, may_add=may_add)


def _require_see(work: Work) -> None:
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


def _row(work: Work, each: Delegation) -> Row:
    state = each.state(work.now)
    oversees = all(work.actor.may(Permission.CHANGE_OVERRIDE, code) for code in each.markets)
    mine = work.actor.name in {each.person, each.delegate, each.set_by}
    return Row(
        each=each,
        state=state,
        role=shell.role_name(each.role),
        markets=", ".join(each.markets),
        since=words.when(each.starts_at, work.now),
        until=words.when(each.expires_at, work.now),
        may_end=state in {"active", "upcoming"} and (mine or oversees),
    )


def _givers(work: Work, people: dict[str, Holder]) -> list[str]:
    """Return for whom the actor may delegate: for himself, and as who may override for others."""
    oversees = bool(work.actor.markets(Permission.CHANGE_OVERRIDE))
    return [
        name
        for name, each in people.items()
        if (name == work.actor.name or oversees) and any(r in APPROVING for r, _ in each.grants)
    ]


@changes.get("/delegations/new")
def delegation_new() -> ResponseReturnValue:
    """Ask who answers for whom, and until when."""
    with request_view() as work:
        _require_see(work)
        question = _question(work)
    return ask(question)


def _question(work: Work) -> Question:
    form, people = request.form, active_holders(work)
    givers = _givers(work, people)
    me, now = work.actor.name, work.now.replace(second=0, microsecond=0)
    estate = estate_queries.current(work)
    held = [role for role, _ in people[me].grants if role in APPROVING] if me in people else []
    zone = times.zone_of(estate, form.get("zone", ""))
    offered = held if givers == [me] else APPROVING
    everybody = [(name, each.display_name) for name, each in people.items()]
    return Question(
        title="Delegate approvals",
        action=url_for("changes.delegation_add"),
        button="Delegate",
        back=url_for("changes.delegations"),
        back_label="Delegations",
        what="The delegate answers in your place, counts as you, and only while this lasts.",
        fields=[
            Field(
                "person",
                "Who is away",
                "choice",
                form.get("person", me if me in givers else ""),
                options=[(name, people[name].display_name) for name in givers],
            ),
            Field("delegate", "Who answers instead (sign-in name)", value=form.get("delegate", ""),
                  required=True, options=everybody),
            Field("role", "In which role", "choice", form.get("role", ""),
                  options=[(role.value, shell.role_name(role)) for role in dict.fromkeys(offered)]),
            Field("markets", "Markets", value=form.get("markets", ""),
                  hint="Codes with commas between; empty for all in which the role is held."),
            Field("starts_at", "From", value=form.get("starts_at") or times.typed(now, zone),
                  required=True, most=32),
            Field("expires_at", "Until", value=form.get("expires_at", ""), required=True, most=32,
                  hint=f"such as {times.typed(now + timedelta(days=7), zone)}"),
            Field("zone", "Clock of these times", "choice", zone,
                  options=times.zone_choices(estate, work.now)),
            Field("reason", "Why; may be left out", value=form.get("reason", ""), most=500),
        ],
    )  # fmt: skip


@changes.post("/delegations")
def delegation_add() -> ResponseReturnValue:
    """Delegate, or ask again above the same fields."""
    with request_view() as work:
        _require_see(work)
        question = _question(work)
    return settle(question, lambda work: delegating.delegate(work, _draft(work)), "Delegated.")


def _draft(work: Work) -> DelegationDraft:
    form = request.form
    zone = times.zone_of(estate_queries.current(work), form.get("zone", ""))
    if form.get("role") not in set(Role):
        raise BadInput("choose the role in which somebody answers")
    codes = form.get("markets", "").replace(",", " ").upper().split()
    return DelegationDraft(
        person=form.get("person", "").strip() or work.actor.name,
        delegate=form.get("delegate", "").strip(),
        role=Role(form["role"]),
        starts_at=times.read(form.get("starts_at", ""), "From", zone),
        expires_at=times.read(form.get("expires_at", ""), "Until", zone),
        markets=tuple(dict.fromkeys(codes)),
        reason=form.get("reason", ""),
    )


@changes.post("/delegations/<int:delegation_id>/revoke")
def delegation_revoke(delegation_id: int) -> ResponseReturnValue:
    """End a delegation now."""
    with request_work() as work:
        delegating.revoke(work, delegation_id)
    return redirect(url_for("changes.delegations"), code=303)


@changes.get("/<int:change_id>/exception")
def exception(change_id: int) -> ResponseReturnValue:
    """Ask for whom an exception from the separation of duties is, and why."""
    return ask(_exception_question(change_id))


def _exception_question(change_id: int) -> Question:
    with request_view() as work:
        found = views.change(work, change_id)
        for market in found.markets:
            work.require(Permission.CHANGE_OVERRIDE, market)
    people: dict[str, list[str]] = {}
    for duty, name in duties_of(found).items():
        if name:
            people.setdefault(name, []).append(duty)
    named = [(name, f"{name}, {' and '.join(held)}") for name, held in people.items()]
    return Question(
        title=f"Grant an exception in {found.reference}",
        action=url_for("changes.exception_grant", change_id=change_id),
        button="Grant it",
        back=url_for("changes.change", change_id=change_id),
        back_label=found.reference,
        about=found.title,
        what="The person may hold a second duty, approving included. It stands on the audit trail.",
        fields=[
            Field("person", "For whom", "choice", request.form.get("person", ""),
                  options=named),
            Field("reason", "Why", "area", request.form.get("reason", ""), required=True),
        ],
        is_final=True,
    )  # fmt: skip


@changes.post("/<int:change_id>/exception")
def exception_grant(change_id: int) -> ResponseReturnValue:
    """Grant an exception, or ask again above the same fields."""
    form = request.form
    return settle(
        _exception_question(change_id),
        lambda work: separation.allow_exception(
            work, change_id, form.get("person", ""), form.get("reason", "")
        ),
        "The exception is granted and stands on the audit trail.",
    )
