"""Write templates, propose them as standard, accept and decline; take the status away again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from changes import draft as drafts
from changes.actions import moving
from changes.actions.words import told
from changes.draft import BadDraft, Draft
from changes.lifecycle import TEMPLATE, TemplateMove, TemplateState
from changes.models import ChangeTemplate
from changes.plain import plain, without
from changes.policy import policy
from changes.queries import templates as queries
from changes.queries.history import records_of_plans
from changes.rules import drafting
from changes.rules.following import circle
from changes.rules.standing import Standing, judge
from changes.rules.types import STANDARD
from ssoc.core.errors import Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import (
    TemplateBecameStandard,
    TemplateDeclined,
    TemplateLostStandard,
    TemplateProposed,
    TemplateRetired,
    TemplateSaved,
)
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable

_NOT_KEPT = (
    *("title", "starts_at", "ends_at", "markets", "template_id", "rollback_rehearsed_at"),
    "external_reference",
)
_PLAN_IS_ANOTHER = "its plan was written anew; what it proved was another plan"


@dataclass(frozen=True)
class TemplateDraft:
    """What somebody writes of a template; of ``plan`` title, window and markets are left out."""

    name: str
    plan: Draft
    does: str = ""
    includes: Sequence[int] = ()
    window_minutes: int = 0


def save_template(
    work: Work, draft: TemplateDraft, template_id: int | None = None, version: int = 0
) -> int:
    """Keep a template, new or written anew, and return its number.

    A standard one whose plan is another now loses that, and so do those that include it.

    Raises:
        BadInput: every fault at once, a template that includes itself among them.
        Conflict: somebody else wrote ``version`` meanwhile, or the name is taken.

    """
    plan = _plan(draft)
    row = _row(work, template_id, version)
    before = (row.plan, row.includes) if template_id else None
    _require(work, Permission.CHANGE_PLAN, plan)
    if template_id:
        _require(work, Permission.CHANGE_PLAN, queries.own_plan(row))
    _refuse_faults(work, draft, plan, template_id)
    row.name, row.does = draft.name.strip(), str(storable(draft.does)).strip()
    kept = {**without(plain(plan), _NOT_KEPT), queries.WINDOW: draft.window_minutes}
    row.plan, row.includes = kept, list(draft.includes)
    row.changed_at, row.changed_by = work.now, work.actor.name
    work.session.add(row)
    work.session.flush()
    work.record(TemplateSaved(row.id, row.name, template_id is None))
    if before is not None and before != (row.plan, row.includes):
        _unproved(work, row.id)
    bump(work.session)
    return row.id


def _plan(draft: TemplateDraft) -> Draft:
    """Return the plan as it is kept: with no title, window or market of its own."""
    given = replace(
        draft.plan,
        title=draft.name,
        starts_at=None,
        ends_at=None,
        template_id=None,
        rollback_rehearsed_at=None,
        external_reference="",
    )
    return drafts.cleaned(given, (), storable)


def _row(work: Work, template_id: int | None, version: int) -> ChangeTemplate:
    if template_id is None:
        return ChangeTemplate(state=TEMPLATE.start, plan={}, includes=[], plan_since=work.now)
    row = _found(work, template_id)
    if row.version != version:
        raise Conflict(
            f"somebody changed the template {row.name} meanwhile; nothing of yours was kept; look "
            "at it as it stands now, then write it again"
        )
    if row.state is TemplateState.RETIRED:
        raise IllegalMove(f"the template {row.name} is retired; make a new one")
    return row


def _found(work: Work, template_id: int) -> ChangeTemplate:
    row = work.session.get(ChangeTemplate, template_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no template {template_id}")
    return row


def _require(work: Work, permission: Permission, plan: Draft) -> None:
    """Ask for the right in every market of the components that the plan names, or anywhere."""
    estate = estate_queries.current(work)
    markets = {code for each in plan.touched for code in estate.markets_of(each.component)}
    if markets:
        moving.require_in(work, permission, markets)
    elif not work.actor.markets(permission):
        work.require(permission, EVERYWHERE)


def _refuse_faults(work: Work, draft: TemplateDraft, plan: Draft, template_id: int | None) -> None:
    found = list(drafting.faults(plan, estate_queries.current(work), policy(work).types))
    name = draft.name.strip()
    if not name or len(name) > drafting.NAME:
        found.append(f"a template has a name of 1 to {drafting.NAME} signs")
    if not 0 <= draft.window_minutes <= drafting.MOST_MINUTES:
        found.append(f"the window takes 0 to {drafting.MOST_MINUTES} minutes")
    found += _include_faults(work, draft, template_id)
    if found:
        raise BadDraft(found)
    taken = select(ChangeTemplate.id).where(ChangeTemplate.name == name)
    holder = work.session.scalar(taken)
    if holder not in {None, template_id}:
        raise Conflict(f"there is a template {name} already; choose another name")


def _include_faults(work: Work, draft: TemplateDraft, template_id: int | None) -> list[str]:
    rows = {each.id: each for each in work.session.scalars(select(ChangeTemplate))}
    gone = [each for each in draft.includes if each not in rows]
    if gone:
        return [f"there is no template {gone[0]} to include"]
    if len(set(draft.includes)) < len(draft.includes):
        return ["a template is included twice; include it once"]
    here = template_id or 0
    way = circle(here, {**{key: each.includes for key, each in rows.items()}, here: draft.includes})
    if way:
        names = " → ".join(rows[each].name if each in rows else draft.name for each in way)
        return [f"templates include each other in a circle: {names}; take one of them out"]
    return []


def _unproved(work: Work, template_id: int) -> None:
    """Let a template whose plan is another now, and those around it, prove themselves anew."""
    rows = {each.id: each for each in work.session.scalars(select(ChangeTemplate))}
    for row in rows.values():
        if row.id != template_id and not _includes(row.id, template_id, rows):
            continue
        row.plan_since = work.now
        if (row.state, TemplateMove.LOSE) in TEMPLATE.table:
            work.session.flush()
            _lose(work, row, _PLAN_IS_ANOTHER, judge_now(work, row.id))


def _includes(outer: int, inner: int, rows: dict[int, ChangeTemplate]) -> bool:
    ahead = list(rows[outer].includes)
    while ahead:
        each = ahead.pop()
        if each == inner:
            return True
        ahead += rows[each].includes if each in rows else []
    return False


def judge_now(work: Work, template_id: int) -> Standing:
    """Return how the present plan of a template stands by what became of its changes."""
    record = records_of_plans(work, [template_id])[template_id]
    return judge(record, policy(work).templates)


def propose_template(work: Work, template_id: int, reason: str) -> None:
    """Propose a template as a standard one; refused while its record does not allow it."""
    row = _found(work, template_id)
    plan = queries.plan(work, template_id)
    _require(work, Permission.CHANGE_PLAN, plan)
    said = told(reason, "proposing a template")
    _refuse_unready(work, row, plan)
    row.state = TEMPLATE.after(row.state, TemplateMove.PROPOSE)
    row.proposed_by, row.proposed_because = work.actor.name, said
    words = judge_now(work, template_id).words
    work.record(TemplateProposed(row.id, row.name, said, words))
    bump(work.session)


def _refuse_unready(work: Work, row: ChangeTemplate, plan: Draft) -> None:
    lacks = []
    if not plan.touched:
        lacks.append("it names no component, so it would hold for any")
    if not plan.steps:
        lacks.append("it has no steps")
    if plan.type != STANDARD:
        lacks.append("its type is not standard")
    lacks += judge_now(work, row.id).against
    if lacks:
        raise IllegalMove(f"{row.name} cannot become standard yet: {'; '.join(lacks)}")


def accept_template(work: Work, template_id: int) -> None:
    """Make a proposed template a standard one; not by the person who proposed it."""
    row = _found(work, template_id)
    plan = queries.plan(work, template_id)
    _require(work, Permission.CHANGE_MANAGE, plan)
    if row.proposed_by == work.actor.name:
        raise NotAllowed(
            f"you proposed {row.name} yourself, so somebody else accepts it; nothing was changed; "
            "ask another change manager"
        )
    state = TEMPLATE.after(row.state, TemplateMove.ACCEPT)
    _refuse_unready(work, row, plan)
    words = judge_now(work, template_id).words
    _stand(work, row, state, f"accepted by {work.actor.name}: {words}")
    work.record(TemplateBecameStandard(row.id, row.name, words))


def decline_template(work: Work, template_id: int, reason: str) -> None:
    """Leave a proposed template an ordinary one, and say why."""
    row = _found(work, template_id)
    _require(work, Permission.CHANGE_MANAGE, queries.plan(work, template_id))
    said = told(reason, "declining a template")
    _stand(work, row, TEMPLATE.after(row.state, TemplateMove.DECLINE), f"declined: {said}")
    work.record(TemplateDeclined(row.id, row.name, said))


def retire_template(work: Work, template_id: int) -> None:
    """Say that nobody is to use a template any more; others must not include it."""
    row = _found(work, template_id)
    _require(work, Permission.CHANGE_PLAN, queries.plan(work, template_id))
    users = [
        each.name
        for each in work.session.scalars(select(ChangeTemplate))
        if template_id in each.includes and each.state is not TemplateState.RETIRED
    ]
    if users:
        raise Conflict(f"{row.name} is included by {', '.join(users)}; take it out there first")
    _stand(work, row, TEMPLATE.after(row.state, TemplateMove.RETIRE), f"by {work.actor.name}")
    work.record(TemplateRetired(row.id, row.name))


def withdraw_standard(work: Work, template_id: int, reason: str) -> None:
    """Take the status from a standard template by hand."""
    row = _found(work, template_id)
    _require(work, Permission.CHANGE_MANAGE, queries.plan(work, template_id))
    _lose(work, row, told(reason, "taking the status away"), judge_now(work, template_id))


def judge_templates(work: Work) -> list[int]:
    """Take the status from every standard template whose failure rate has risen; return them."""
    wanted = select(ChangeTemplate).where(ChangeTemplate.state == TemplateState.STANDARD)
    rows = list(work.session.scalars(wanted.order_by(ChangeTemplate.id).with_for_update()))
    records = records_of_plans(work, [row.id for row in rows])
    terms, lost = policy(work).templates, []
    for row in rows:
        standing = judge(records[row.id], terms)
        if standing.must_lose:
            _lose(work, row, standing.must_lose, standing)
            lost.append(row.id)
    return lost


def _lose(work: Work, row: ChangeTemplate, reason: str, standing: Standing) -> None:
    _stand(work, row, TEMPLATE.after(row.state, TemplateMove.LOSE), reason)
    work.record(TemplateLostStandard(row.id, row.name, reason[:500], standing.words))


def _stand(work: Work, row: ChangeTemplate, state: TemplateState, because: str) -> None:
    row.state, row.standing_because, row.standing_since = state, because[:500], work.now
    bump(work.session)
