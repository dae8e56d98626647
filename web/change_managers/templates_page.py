"""Templates of changes: list, one with its standing, the form, and what becomes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import templates as actions
from changes.actions.templates import TemplateDraft
from changes.draft import Draft
from changes.lifecycle import TEMPLATE, Effect, TemplateMove, TemplateState
from changes.policy import policy
from changes.queries import templates as queries
from changes.queries.templates import Template
from changes.rules.standing import TemplateTerms, interval
from changes.rules.types import STANDARD
from ssoc.accounts import queries as account_queries
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view, request_work
from web.change_managers import form_values
from web.change_managers.blueprint import changes
from web.change_managers.form_values import FormValues, sentences
from web.noc import times
from web.noc.questions import Field, Question, ask, settle


@dataclass(frozen=True)
class TemplateLine:
    """One template with its record, always with n and an interval."""

    id: int
    name: str
    does: str
    state: str
    n: int
    failed: str
    score: int
    steps: int


@changes.get("/templates")
def templates() -> ResponseReturnValue:
    """List templates with their standing."""
    with request_view() as work:
        found = [_line(each) for each in queries.templates(work, retired=True)]
        terms = policy(work).templates
        may_write = bool(work.actor.markets(Permission.CHANGE_PLAN))
    return render_template(
        "changes/templates.html", found=found, rule=rule_words(terms), may_write=may_write
    )


def _line(found: Template) -> TemplateLine:
    standing = found.standing
    return TemplateLine(
        found.id,
        found.name,
        found.does,
        found.state.value,
        standing.n,
        f"{standing.failed.hits} of {standing.n}, {interval(standing.failed)}"
        if standing.n
        else "no change has ended yet",
        standing.score,
        len(found.whole.steps),
    )


def rule_words(terms: TemplateTerms) -> str:
    """Return how the status is earned and lost, with the figures of the policy."""
    caused = ", ".join(f"{priority} {points}" for priority, points in terms.caused.items())
    said = (
        f"Standard after at least {terms.least_changes} changes, with a failure rate that is at "
        f"most {words.percent(terms.earn_below * 100)} (upper end of the 95 % Wilson interval) and "
        f"{terms.least_score} points; lost when the lower end rises above "
        f"{words.percent(terms.lose_above * 100)}. Points: success +{terms.success}, with issues "
        f"{terms.with_issues}, unsuccessful {terms.unsuccessful}; incident caused: {caused}."
    )
    return said.replace(" -", f" {words.MINUS}")


@changes.get("/templates/<int:template_id>")
def template(template_id: int) -> ResponseReturnValue:
    """Show one template: its plan, its standing, what speaks against standard."""
    with request_view() as work:
        found = queries.template(work, template_id)
        estate = estate_queries.current(work)
        names = queries.names(work, found.includes)
        return render_template(
            "changes/template.html",
            template=found,
            line=_line(found),
            rule=rule_words(policy(work).templates),
            touched=[(estate.name_of(each.component), each.effect) for each in found.whole.touched],
            includes=[(each, names.get(each, "")) for each in found.includes],
            since=words.when(found.standing_since, work.now) if found.standing_since else "",
            plan_since=words.when(found.plan_since, work.now),
            acts=_acts(work, found),
            may_write=bool(work.actor.markets(Permission.CHANGE_PLAN)),
        )


def _acts(work: Work, found: Template) -> list[tuple[str, str]]:
    return [
        (each.label, name)
        for name, each in ASKED.items()
        if (found.state, each.move) in TEMPLATE.table
        and work.actor.markets(each.needs)
        and not (name == "withdraw" and found.state is not TemplateState.STANDARD)
        and not (name == "accept" and found.proposed_by == work.actor.name)
    ]


@dataclass(frozen=True)
class _Asked:
    label: str
    move: TemplateMove
    needs: Permission
    run: Callable[[Work, int, str], object]
    said: str
    wants_reason: bool = True


ASKED: Mapping[str, _Asked] = {
    "propose": _Asked(
        "Propose as standard",
        TemplateMove.PROPOSE,
        Permission.CHANGE_PLAN,
        actions.propose_template,
        "Proposed; a change manager accepts or declines it.",
    ),
    "accept": _Asked(
        "Accept as standard",
        TemplateMove.ACCEPT,
        Permission.CHANGE_MANAGE,
        lambda work, number, _: actions.accept_template(work, number),
        "It is a standard template.",
        wants_reason=False,
    ),
    "decline": _Asked(
        "Decline",
        TemplateMove.DECLINE,
        Permission.CHANGE_MANAGE,
        actions.decline_template,
        "Declined.",
    ),
    "withdraw": _Asked(
        "Take the status away",
        TemplateMove.LOSE,
        Permission.CHANGE_MANAGE,
        actions.withdraw_standard,
        "It is an ordinary template.",
    ),
    "retire": _Asked(
        "Retire",
        TemplateMove.RETIRE,
        Permission.CHANGE_PLAN,
        lambda work, number, _: actions.retire_template(work, number),
        "Retired; nobody is offered it any more.",
        wants_reason=False,
    ),
}
_RULE = f"/templates/<int:template_id>/<any({', '.join(ASKED)}):name>"


@changes.route(_RULE, methods=["GET", "POST"])
def template_act(template_id: int, name: str) -> ResponseReturnValue:
    """Ask, then act."""
    asked = ASKED[name]
    with request_view() as work:
        found = queries.template(work, template_id)
    reason = request.form.get("reason", "")
    question = Question(
        title=asked.label,
        action=url_for("changes.template_act", template_id=template_id, name=name),
        button=asked.label,
        back=url_for("changes.template", template_id=template_id),
        back_label=found.name,
        about=found.name,
        what=f"Its record: {found.standing.words}.",
        fields=[Field("reason", "Why", "area", reason, required=True)]
        if asked.wants_reason
        else [],
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: asked.run(work, template_id, reason), asked.said)


@changes.get("/templates/new")
def template_new() -> ResponseReturnValue:
    """Show an empty form of a template."""
    return _show(form_values.of_draft(Draft(title="", type=STANDARD), times.UTC_ZONE))


@changes.get("/templates/<int:template_id>/edit")
def template_edit(template_id: int) -> ResponseReturnValue:
    """Show a template as a form."""
    with request_view() as work:
        found = queries.template(work, template_id)
    form = form_values.of_draft(found.own, times.UTC_ZONE, found.version)
    more = {
        "title": found.name,
        "does": found.does,
        "window": str(found.window_minutes),
        "includes": ", ".join(map(str, found.includes)),
    }
    return _show(replace(form, texts={**form.texts, **more}), template_id)


@changes.post("/templates/new")
@changes.post("/templates/<int:template_id>/edit")
def template_write(template_id: int | None = None) -> ResponseReturnValue:
    """Keep a template, new or written anew."""
    form = form_values.of_request(request.form)
    own = {name: request.form.get(name, "").strip() for name in ("does", "window")}
    chosen = ", ".join(request.form.getlist("include"))
    form = replace(form, texts={**form.texts, **own, "includes": chosen})
    if "more" in request.form:
        return _show(form, template_id, more=request.form["more"])
    version = int(form["version"]) if form["version"].isdecimal() else 0
    try:
        with request_work() as work:
            plan = form_values.to_draft(form, estate_queries.current(work))
            draft = TemplateDraft(
                form["title"], plan, form["does"], _includes(form), _minutes(form["window"])
            )
            number = actions.save_template(work, draft, template_id, version)
    except (BadInput, Conflict) as refusal:
        return _show(form, template_id, sentences(refusal), refusal.status)
    flash(f"The template {form['title']} is kept.")
    return redirect(url_for("changes.template", template_id=number), code=303)


def _includes(form: FormValues) -> tuple[int, ...]:
    parts = [each.strip() for each in form["includes"].split(",") if each.strip()]
    if not all(each.isascii() and each.isdecimal() and len(each) < 10 for each in parts):
        raise BadInput("templates are included by their number; choose them from the list")
    return tuple(int(each) for each in parts)


def _minutes(text: str) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BadInput(f"the window {text[:20]!r} is no whole number of minutes")
    return int(text or 0)


def _show(
    form: FormValues,
    template_id: int | None = None,
    faults: Sequence[str] = (),
    status: int = 200,
    more: str = "",
) -> ResponseReturnValue:
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_PLAN):
            work.require(Permission.CHANGE_PLAN, EVERYWHERE)
        estate = estate_queries.current(work)
        others = [each for each in queries.templates(work) if each.id != template_id]
        types = policy(work).types.known
        accounts = list(account_queries.names(work).items())
    named = sorted(estate.components.values(), key=lambda each: (each.name, each.key))
    page = render_template(
        "changes/template_form.html",
        form=form.spared(more),
        template_id=template_id,
        faults=faults,
        types=[(name, f"{name}: {each.does}") for name, each in types.items()],
        effects=[(each.value, each.value) for each in Effect],
        labels=[form_values.label(each) for each in named],
        vendors=sorted({each.vendor for each in named} - {""}),
        accounts=accounts,
        others=others,
        included=[each.strip() for each in form["includes"].split(",")],
        more=more,
    )
    return page, status
