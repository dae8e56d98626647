"""What became of earlier changes, whoever may see them: counts only, never what they were."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Row, Select, exists, func, select

from changes.lifecycle import State
from changes.models import Change, ChangeComponent, ChangeStep, ChangeTemplate
from changes.queries import links
from changes.rules.track import Done, record_of
from changes.rules.track import TrackRecord as TrackRecord
from ssoc.core.work import Work

ENDED = (State.ENDED, State.REVIEWED, State.CLOSED)
NEWEST = 1_000  # a record is drawn from so many changes at most: the newest say what is true now


def track_record(
    work: Work,
    *,
    template_id: int | None = None,
    team: str = "",
    component: str = "",
    type: str = "",  # noqa: A002 (the word of the trade)
) -> TrackRecord:
    """Return the record of the changes that are all of what is given; two or three statements.

    It counts changes of all markets: a template that fails in one country is no better elsewhere.
    """
    wanted = _ended().order_by(Change.finished_at.desc(), Change.id.desc()).limit(NEWEST)
    if template_id is not None:
        wanted = wanted.where(Change.template_id == template_id)
    if team:
        wanted = wanted.where(Change.team == team)
    if type:
        wanted = wanted.where(Change.type == type)
    if component:
        wanted = wanted.where(
            exists().where(
                ChangeComponent.change_id == Change.id, ChangeComponent.component == component
            )
        )
    return record_of(_done(work, work.session.execute(wanted)).values())


def records_of_templates(work: Work, template_ids: Iterable[int]) -> dict[int, TrackRecord]:
    """Return the records of several templates at once, by template; all of them are there."""
    return _records(work, list(template_ids), _ended())


def records_of_plans(work: Work, template_ids: Iterable[int]) -> dict[int, TrackRecord]:
    """Return what proves the present plans of templates, by template.

    A change counts when it was submitted while the plan, with the steps of what it includes, was
    what it is now; what went well by an earlier plan says nothing of this one.
    """
    under_it = _ended().join(ChangeTemplate, ChangeTemplate.id == Change.template_id)
    under_it = under_it.where(Change.submitted_at >= ChangeTemplate.plan_since)
    return _records(work, list(template_ids), under_it)


def _records(
    work: Work, template_ids: Sequence[int], ended: Select[tuple[object, ...]]
) -> dict[int, TrackRecord]:
    wanted = ended.where(Change.template_id.in_(template_ids))
    rows = list(work.session.execute(wanted.order_by(Change.finished_at.desc()).limit(20 * NEWEST)))
    done = _done(work, rows)
    found: dict[int, list[Done]] = {each: [] for each in template_ids}
    for row in rows:
        if len(found[row.template_id]) < NEWEST:
            found[row.template_id].append(done[row.id])
    return {template: record_of(each) for template, each in found.items()}


def _ended() -> Select[tuple[object, ...]]:
    planned = (
        select(func.coalesce(func.sum(ChangeStep.planned_minutes), 0))
        .where(ChangeStep.change_id == Change.id)
        .scalar_subquery()
    )
    columns = (Change.starts_at, Change.ends_at, Change.started_at, Change.finished_at)
    return select(
        Change.id, Change.template_id, Change.outcome, *columns, planned.label("planned_minutes")
    ).where(Change.state.in_(ENDED), Change.outcome.is_not(None))


def _done(work: Work, rows: Iterable[Row[tuple[object, ...]]]) -> Mapping[int, Done]:
    known = list(rows)
    caused = links.priorities_of(work, [row.id for row in known])
    return {
        row.id: Done(
            outcome=row.outcome,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            planned_minutes=row.planned_minutes,
            incidents=tuple(caused.get(row.id, ())),
        )
        for row in known
    }
