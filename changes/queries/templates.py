"""Templates with their plans put together and their standing beside them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from changes.draft import Draft
from changes.lifecycle import TemplateState
from changes.models import ChangeTemplate
from changes.plain import read_draft, without
from changes.policy import policy
from changes.queries.history import records_of_plans
from changes.rules.following import joined
from changes.rules.standing import Standing, judge
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

WINDOW = "window_minutes"


@dataclass(frozen=True)
class Template:
    """One template: its own plan, the whole of it, and its standing by its record."""

    id: int
    name: str
    does: str
    state: TemplateState
    standing: Standing
    own: Draft
    whole: Draft
    includes: tuple[int, ...]
    window_minutes: int
    standing_because: str
    standing_since: datetime | None
    plan_since: datetime
    proposed_by: str
    proposed_because: str
    changed_at: datetime
    changed_by: str
    version: int


def template(work: Work, template_id: int) -> Template:
    """Return one template, or raise NotFound."""
    known = _known(work)
    if template_id not in known:
        raise NotFound(f"there is no template {template_id}")
    return _templates(work, known, [known[template_id]])[0]


def templates(work: Work, retired: bool = False) -> list[Template]:
    """Return every template by name, retired ones only if asked for."""
    known = _known(work)
    shown = [row for row in known.values() if retired or row.state is not TemplateState.RETIRED]
    return _templates(work, known, shown)


def largest_minutes(work: Work) -> int:
    """Return the planned minutes of the largest template that is in use; 0 without any."""
    known = {row.id: row for row in work.session.scalars(select(ChangeTemplate))}
    used = [row for row in known.values() if row.state is not TemplateState.RETIRED]
    sums = (sum(step.planned_minutes for step in _whole(row, known).steps) for row in used)
    return max(sums, default=0)


def _known(work: Work) -> dict[int, ChangeTemplate]:
    """Return every template by number, in the order of their names."""
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)
    rows = work.session.scalars(select(ChangeTemplate).order_by(ChangeTemplate.name))
    return {row.id: row for row in rows}


def _templates(
    work: Work, known: dict[int, ChangeTemplate], shown: Sequence[ChangeTemplate]
) -> list[Template]:
    records = records_of_plans(work, [row.id for row in shown])
    terms = policy(work).templates
    return [_template(row, known, judge(records[row.id], terms)) for row in shown]


def plan(work: Work, template_id: int) -> Draft:
    """Return the whole plan of a template, with the steps of those that it includes."""
    known = {row.id: row for row in work.session.scalars(select(ChangeTemplate))}
    if template_id not in known:
        raise NotFound(f"there is no template {template_id}")
    return _whole(known[template_id], known)


def names(work: Work, template_ids: Iterable[int]) -> dict[int, str]:
    """Return templates' names by number."""
    wanted = select(ChangeTemplate.id, ChangeTemplate.name).where(
        ChangeTemplate.id.in_(list(template_ids))
    )
    return {number: name for number, name in work.session.execute(wanted)}


def window_minutes(work: Work, template_id: int) -> int:
    """Return how long a window a template asks for; 0 when it or there is none."""
    row = work.session.get(ChangeTemplate, template_id)
    return int(row.plan.get(WINDOW, 0)) if row else 0


def own_plan(row: ChangeTemplate) -> Draft:
    """Return what a template itself says, as a draft without title, window and markets."""
    return _read(json.dumps(row.plan))


@lru_cache(maxsize=256)
def _read(plan: str) -> Draft:
    """Return a stored plan as a draft; the same few are asked for again and again."""
    return read_draft({"title": "", **without(json.loads(plan), [WINDOW])})


def _whole(row: ChangeTemplate, known: dict[int, ChangeTemplate]) -> Draft:
    own = own_plan(row)
    parts = [_whole(known[each], known).steps for each in row.includes if each in known]
    return replace(own, steps=joined([*parts, own.steps]), template_id=row.id)


def _template(
    row: ChangeTemplate, known: dict[int, ChangeTemplate], standing: Standing
) -> Template:
    return Template(
        id=row.id,
        name=row.name,
        does=row.does,
        state=row.state,
        standing=standing,
        own=own_plan(row),
        whole=_whole(row, known),
        includes=tuple(row.includes),
        window_minutes=int(row.plan.get(WINDOW, 0)),
        standing_because=row.standing_because,
        standing_since=row.standing_since,
        plan_since=row.plan_since,
        proposed_by=row.proposed_by,
        proposed_because=row.proposed_because,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
    )
