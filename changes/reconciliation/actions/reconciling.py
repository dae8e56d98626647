"""Compare a day: read both extracts, match, and store the result or why there is none.

Reading and matching hold no transaction: they may take a minute. What was read before is checked
again when the result is stored, so of two people who run the same day at once one is refused.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import BinaryIO

from sqlalchemy import select

from changes.reconciliation.actions import storing
from changes.reconciliation.models import ExtractDefinition, ParallelRun, ReconRun
from changes.reconciliation.queries.parallels import found, source_of
from changes.reconciliation.reading import Extract, read_csv, read_rows
from changes.reconciliation.rules import definition as definitions
from changes.reconciliation.rules.definition import Definition
from changes.reconciliation.rules.lines import Lines, Side, Texts, book_of, fresh_texts
from changes.reconciliation.rules.matching import match
from changes.reconciliation.rules.outcome import MatchTerms
from changes.reconciliation.rules.summary import Summary, summarised
from changes.reconciliation.sources import file_of, rows_of
from changes.reconciliation.values import Source, SourceKind
from ssoc.core.calendar import Span, local_date, local_day
from ssoc.core.errors import BadInput, IllegalMove, NotFound, SsocError, TooLarge
from ssoc.core.permissions import Actor, Permission
from ssoc.core.work import Runtime, Work


@dataclass(frozen=True)
class Given:
    """A file that somebody brought."""

    name: str
    file: BinaryIO


@dataclass
class Attempt:
    """What is known before a day is compared, and then what came of it."""

    parallel_id: int
    day: date
    span: Span
    terms: MatchTerms
    sources: Mapping[Side, Source]
    read_as: Mapping[Side, Definition]
    was: int  # the run that counts now, 0 for none
    waiting: list[storing.Waiting]
    seen: Mapping[str, tuple[Side, date]]  # digests of earlier extracts
    names: dict[Side, str] = field(default_factory=dict)
    extracts: dict[Side, Extract] = field(default_factory=dict)
    summary: Summary | None = None
    reason: str = ""


def reconcile(
    runtime: Runtime,
    actor: Actor,
    parallel_id: int,
    day: date,
    given: Mapping[Side, Given] | None = None,
) -> int:
    """Compare a day and return the number of its run; it may have failed, with every fault.

    Raises:
        BadInput: the day is not of the parallel run, or a file is missing.
        Conflict: somebody else ran the same day meanwhile; nothing was stored.

    """
    with runtime.view(actor) as work:
        attempt = _prepared(work, parallel_id, day, given or {})
    try:
        _compare(runtime, attempt, given or {})
    except (BadInput, TooLarge) as refusal:
        attempt.reason = str(refusal)
    with runtime.work(actor) as work:
        return storing.store(
            work,
            storing.Result(
                parallel_id=attempt.parallel_id,
                day=attempt.day,
                was=attempt.was,
                waiting=attempt.waiting,
                names=attempt.names,
                extracts=attempt.extracts,
                summary=attempt.summary,
                reason=attempt.reason,
            ),
        )


def _prepared(work: Work, parallel_id: int, day: date, given: Mapping[Side, Given]) -> Attempt:
    row = found(work, parallel_id)
    work.require(Permission.PROGRAMME_WORK, row.market)
    _check_day(work, row, day)
    sources = {Side.OLD: source_of(row.old), Side.NEW: source_of(row.new)}
    for side, source in sources.items():
        if side not in given and source.kind is SourceKind.UPLOAD:
            raise BadInput(f"the extract of the {side} system is missing; bring the file")
    runs = list(work.session.scalars(select(ReconRun).where(ReconRun.parallel_id == parallel_id)))
    return Attempt(
        parallel_id=parallel_id,
        day=day,
        span=local_day(row.zone, day),
        terms=MatchTerms(timedelta(seconds=row.window_seconds), row.rounding, row.by_account),
        sources=sources,
        read_as={side: _definition(work, source) for side, source in sources.items()},
        was=next((each.id for each in runs if each.day == day and each.is_current), 0),
        waiting=storing.waiting(work, parallel_id, day),
        seen=_seen(runs, day),
    )


def _check_day(work: Work, row: ParallelRun, day: date) -> None:
    if row.ended_at is not None:
        raise IllegalMove("the parallel run has ended; nothing was compared")
    if day < row.starts_on or (row.ends_on is not None and day > row.ends_on):
        until = f" to {row.ends_on}" if row.ends_on else ""
        raise BadInput(f"{day} is no day of the parallel run: it goes from {row.starts_on}{until}")
    if day > local_date(row.zone, work.now):
        raise BadInput(f"{day} has not begun yet")


def _seen(runs: list[ReconRun], day: date) -> dict[str, tuple[Side, date]]:
    seen: dict[str, tuple[Side, date]] = {}
    for each in runs:
        if each.has_result and each.day != day:
            seen[each.old_digest] = (Side.OLD, each.day)
            seen[each.new_digest] = (Side.NEW, each.day)
    return seen


def _definition(work: Work, source: Source) -> Definition:
    row = work.session.scalar(
        select(ExtractDefinition).where(ExtractDefinition.name == source.definition)
    )
    if row is None:
        raise NotFound(f"there is no definition {source.definition} of how an extract is read")
    return definitions.read(row.content)


def _compare(runtime: Runtime, attempt: Attempt, given: Mapping[Side, Given]) -> None:
    """Read both sides and match them; BadInput says why there is no result."""
    texts = fresh_texts()
    for side in Side:
        attempt.names[side] = _name(attempt, side, given)
        _check_name(attempt, side)
    for side in Side:
        attempt.extracts[side] = _read(runtime, attempt, side, given, texts)
        _check_extract(attempt, side)
    _check_both(attempt)
    old, new = (attempt.extracts[side] for side in Side)
    waiting: tuple[Lines, Lines] = storing.waiting_lines(attempt.waiting, texts)
    book = book_of(texts, old.lines, new.lines, (old.near, new.near), waiting)
    attempt.summary = summarised(book, match(book, attempt.terms))


def _name(attempt: Attempt, side: Side, given: Mapping[Side, Given]) -> str:
    if side in given:
        return given[side].name[:255]
    source = attempt.sources[side]
    return (source.path or f"query as {source.definition}").replace("{day}", str(attempt.day))[:255]


def _check_name(attempt: Attempt, side: Side) -> None:
    """Refuse a file whose name is what those of the other system look like."""
    name, own = attempt.names[side], attempt.read_as[side].pattern
    if attempt.sources[side].kind is SourceKind.SQL or not own or fnmatchcase(name, own):
        return
    other = attempt.read_as[side.other].pattern
    hint = f"; it looks like one of the {side.other} system" if fnmatchcase(name, other) else ""
    raise BadInput(f"{name} is not named as files of the {side} system are ({own}){hint}")


def _read(
    runtime: Runtime, attempt: Attempt, side: Side, given: Mapping[Side, Given], texts: Texts
) -> Extract:
    source, read_as = attempt.sources[side], attempt.read_as[side]
    try:
        if source.kind is SourceKind.SQL and side not in given:
            with rows_of(runtime.settings, source, attempt.span) as (header, rows):
                return read_rows(header, rows, read_as, texts, attempt.span)
        with _file(runtime, attempt, side, given) as file:
            return read_csv(file, read_as, texts, attempt.span)
    except SsocError as refusal:
        raise BadInput(f"{attempt.names[side]} ({side} system): {refusal}") from refusal


@contextmanager
def _file(
    runtime: Runtime, attempt: Attempt, side: Side, given: Mapping[Side, Given]
) -> Iterator[BinaryIO]:
    if side in given:
        yield given[side].file
        return
    with file_of(runtime.settings, attempt.sources[side], attempt.day) as file:
        yield file


def _check_extract(attempt: Attempt, side: Side) -> None:
    """Refuse what was brought for another day or the other side; faults are counted later."""
    extract, name = attempt.extracts[side], attempt.names[side]
    before = attempt.seen.get(extract.digest) if extract.digest else None
    if before is not None:
        whose, day = before
        raise BadInput(f"{name} was the extract of the {whose} system for {day}, sign by sign")


def _check_both(attempt: Attempt) -> None:
    old, new = (attempt.extracts[side] for side in Side)
    if old.digest and old.digest == new.digest:
        raise BadInput("both files are the same, sign by sign; one is on the wrong side")
    faults = {side: attempt.extracts[side].fault_count for side in Side}
    if any(faults.values()):
        said = " and ".join(f"{count} of the {side} system" for side, count in faults.items())
        raise BadInput(f"rows with faults: {said}; correct the extract or how it is read")
    for side in Side:
        if not len(attempt.extracts[side].lines):
            raise BadInput(_no_lines(attempt, side))


def _no_lines(attempt: Attempt, side: Side) -> str:
    extract = attempt.extracts[side]
    more = f"; {len(extract.near)} are of the day before or after" if len(extract.near) else ""
    more += f"; {extract.skipped} were left out by its filters" if extract.skipped else ""
    return (
        f"{attempt.names[side]} ({side} system) has no line of {attempt.day:%a %d %b %Y}{more}; no "
        "data is never green"
    )
