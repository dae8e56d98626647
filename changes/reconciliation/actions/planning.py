"""Plan parallel runs, and say how the extracts of each system are read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from changes.reconciliation.models import ExtractDefinition, ParallelRun
from changes.reconciliation.queries.parallels import definitions, found
from changes.reconciliation.rules.definition import plain, read
from changes.reconciliation.sources import check_source
from changes.reconciliation.values import Mode, Source
from ssoc.core.calendar import zone_of
from ssoc.core.errors import BadInput, Conflict, IllegalMove
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ExtractDefinitionSet, ParallelRunSet
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable

MOST_DAYS = 60  # k
MOST_WINDOW = 86_400
MOST_ROUNDING = 1_000
DAY_MINUTES = 1_440
WHOLE_WEEK = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True)
class ParallelDraft:
    """A parallel run to be; ``zone`` and ``weekdays`` are the market's when left empty."""

    subject: str
    title: str
    market: str
    starts_on: date
    ends_on: date | None = None
    mode: Mode = Mode.SHADOW
    days: int = 3
    tolerance: Decimal = Decimal("1.00")
    needs_month_end: bool = False
    zone: str = ""
    weekdays: tuple[int, ...] = ()
    window_seconds: int = 600
    rounding: int = 1
    by_account: bool = False
    old: Source = field(default_factory=Source)
    new: Source = field(default_factory=Source)
    due_minute: int = 600


def define(work: Work, name: str, market: str, content: Mapping[str, Any]) -> None:
    """Keep how the extracts of a system are read, new or over the one of that name."""
    work.require(Permission.PROGRAMME_PLAN, market)
    _require_market(work, market)
    short = _words(name, "a definition needs a name", 64)
    kept = plain(read(content))
    row = work.session.scalar(select(ExtractDefinition).where(ExtractDefinition.name == short))
    if row is None:
        row = ExtractDefinition(name=short, market=market)
        work.session.add(row)
    elif row.market != market:
        work.require(Permission.PROGRAMME_PLAN, row.market)
    row.market, row.content, row.set_by, row.set_at = market, kept, work.actor.name, work.now
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(f"somebody made {short} meanwhile; look at it, then repeat") from error
    work.record(ExtractDefinitionSet(short, market))
    bump(work.session)


def plan(work: Work, draft: ParallelDraft) -> int:
    """Plan a parallel run and return its number."""
    work.require(Permission.PROGRAMME_PLAN, draft.market)
    _check(work, draft)
    row = ParallelRun(created_by=work.actor.name, created_at=work.now)
    _keep(work, row, draft)
    work.session.add(row)
    work.session.flush()
    work.record(_event(row, "planned"))
    bump(work.session)
    return row.id


def replan(work: Work, parallel_id: int, draft: ParallelDraft, version: int) -> None:
    """Change a parallel run that goes on, over the version that was read."""
    row = _held(work, parallel_id)
    work.require(Permission.PROGRAMME_PLAN, draft.market)
    if row.version != version:
        raise Conflict("somebody changed the parallel run meanwhile; look again, then repeat")
    if (draft.subject, draft.market) != (row.subject, row.market):
        raise BadInput("subject and market of a parallel run stay; end it and plan another")
    _check(work, draft)
    _keep(work, row, draft)
    work.record(_event(row, "changed"))
    bump(work.session)


def end(work: Work, parallel_id: int, reason: str) -> None:
    """End a parallel run: its exit stands as it does today."""
    row = _held(work, parallel_id)
    said = _words(reason, "say in a few words why it ends", 500)
    row.ended_at, row.ended_by = work.now, work.actor.name
    work.record(_event(row, "ended", said))
    bump(work.session)


def _event(row: ParallelRun, what: str, detail: str = "") -> ParallelRunSet:
    return ParallelRunSet(row.id, row.subject, row.market, what, detail)


def _held(work: Work, parallel_id: int) -> ParallelRun:
    found(work, parallel_id)
    row = work.session.get_one(ParallelRun, parallel_id, with_for_update=True)
    work.require(Permission.PROGRAMME_PLAN, row.market)
    if row.ended_at is not None:
        raise IllegalMove("the parallel run has ended; nothing was changed")
    return row


def _require_market(work: Work, market: str) -> None:
    known = estate_queries.current(work).markets
    if market not in known:
        raise BadInput(f"the estate has no market {market[:8]!r}; it has {', '.join(known)}")


def _words(text: str, lacking: str, most: int) -> str:
    said = " ".join(str(storable(text)).split())
    if not said or len(said) > most:
        raise BadInput(f"{lacking}, of at most {most} signs")
    return said


def _check(work: Work, draft: ParallelDraft) -> None:
    _require_market(work, draft.market)
    bounds = (
        ("clean days in a row", draft.days, 1, MOST_DAYS),
        ("seconds of the window", draft.window_seconds, 0, MOST_WINDOW),
        ("minor units of rounding", draft.rounding, 0, MOST_ROUNDING),
        ("minute at which a run is due", draft.due_minute, 0, DAY_MINUTES),
    )
    for name, value, least, most in bounds:
        if not least <= value <= most:
            raise BadInput(f"{name}: {value} is not between {least} and {most}")
    if draft.ends_on is not None and draft.ends_on < draft.starts_on:
        raise BadInput("the parallel run would end before it begins")
    if set(draft.weekdays) - set(WHOLE_WEEK):
        raise BadInput("weekdays are 1 for Monday to 7 for Sunday")
    zone_of(draft.zone or "UTC")
    known = {each.name for each in definitions(work)}
    for source in (draft.old, draft.new):
        if work.actor.kind is ActorKind.TOKEN and source.url:
            raise BadInput("a person names databases, no token")
        check_source(work.settings, source, known)


def _keep(work: Work, row: ParallelRun, draft: ParallelDraft) -> None:
    market = estate_queries.current(work).markets[draft.market]
    row.subject = _words(draft.subject, "name the subject, such as site:12", 64)
    row.title = _words(draft.title, "a parallel run needs a title", 255)
    row.market, row.mode = draft.market, draft.mode.value
    row.zone = draft.zone or market.zones[0]
    row.weekdays = sorted(set(draft.weekdays or market.working_days))
    row.starts_on, row.ends_on = draft.starts_on, draft.ends_on
    row.days, row.tolerance = draft.days, str(draft.tolerance)
    row.needs_month_end, row.by_account = draft.needs_month_end, draft.by_account
    row.window_seconds, row.rounding = draft.window_seconds, draft.rounding
    row.due_minute = draft.due_minute
    row.old, row.new = asdict(draft.old), asdict(draft.new)
