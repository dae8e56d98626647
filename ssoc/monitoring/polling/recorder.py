"""Judges what came back and writes it: polls, samples, states and alerts in one transaction."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from ssoc.core.bulk import upsert_newer
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.work import Runtime, Work
from ssoc.estate.values import Check, Estate
from ssoc.monitoring import kpi, sample_store
from ssoc.monitoring.actions import ingest
from ssoc.monitoring.adapters.answer import Pulled
from ssoc.monitoring.models import CheckState
from ssoc.monitoring.polling import standing
from ssoc.monitoring.polling.baselines import Baselines
from ssoc.monitoring.polling.dispatcher import Missed
from ssoc.monitoring.polling.saying import country_of, report_of
from ssoc.monitoring.polling.standing import Standing
from ssoc.monitoring.polling.working_days import working_day_of
from ssoc.monitoring.report import NOT_WATCHED, Report
from ssoc.monitoring.rules import judge
from ssoc.monitoring.rules.judge import Context, Labels
from ssoc.monitoring.rules.placement import Placement
from ssoc.monitoring.rules.thresholds import Rule
from ssoc.monitoring.sample_queries import zone_of
from ssoc.monitoring.sample_store import Line, Polled, SeriesBook, line_of

log = logging.getLogger(__name__)
SCREENS_EVERY = timedelta(seconds=15)  # live pages show new figures at least this often


@dataclass(frozen=True)
class Watched:
    """The estate with the rules of its checks, read once for each version."""

    estate: Estate
    rules: Mapping[str, tuple[Rule, ...]]
    placement: Placement
    working_days: Mapping[str, Callable[[date], bool]]


@dataclass
class _Draft:
    """What one transaction is going to write; kept in mind only after its commit."""

    states: dict[str, Standing] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)
    is_news: bool = False


class Recorder:
    """Keeps the state of every check in mind and in the database."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._watched: Watched | None = None
        self._states: dict[str, Standing] = {}
        self._book = SeriesBook()
        self._baselines = Baselines()
        self._shown_at: datetime | None = None

    @property
    def version(self) -> int | None:
        """Return the version of the estate that is watched; None before the first."""
        return self._watched.estate.version if self._watched else None

    def unanswered(self) -> dict[str, int]:
        """Return how many polls in a row got no answer, by check."""
        return {key: state.unanswered for key, state in self._states.items()}

    def watch(self, estate: Estate) -> None:
        """Take a new estate; alerts of checks that it no longer has are cleared in words."""
        if self._watched is None:
            with self._runtime.view(SYSTEM) as work:
                self._states = _load(work)
        watched = _watched(estate, self._runtime)
        gone = {key for key in self._states if key not in estate.checks}
        if gone:
            with self._runtime.work(SYSTEM) as work:
                self._forget(work, gone)
        self._states = {key: each for key, each in self._states.items() if key not in gone}
        self._watched = watched

    def record(self, polls: Sequence[Polled], missed: Missed) -> None:
        """Write what came back; either all of it is written and kept in mind, or nothing."""
        watched = self._watched
        if watched is None or not (polls or missed):
            return
        known = [each for each in polls if each.check.key in watched.rules]
        known.sort(key=lambda each: each.reading.started_at)
        with self._runtime.work(SYSTEM) as work:
            ids = self._book.ids(work.session, known)
            draft = self._judged(work, watched, known, ids)
            sample_store.store(work.session, known, ids, work.now)
            sample_store.count_missed(work.session, missed)
            _write_states(work, draft)
            ingest(work, draft.reports)
            shown_at = self._tell_screens(work, draft)
        self._states |= draft.states
        self._book.keep(ids)
        self._shown_at = shown_at

    def _judged(
        self, work: Work, watched: Watched, polls: Sequence[Polled], ids: Mapping[Line, int]
    ) -> _Draft:
        self._baselines.fetch(work, self._wanted(watched, polls, ids))
        draft = _Draft()
        for each in polls:
            key, reading = each.check.key, each.reading
            before = draft.states.get(key, self._states.get(key))
            context = self._context(watched, each, ids)
            memory = before.memory if before else {}
            judged = judge.judge(watched.rules[key], reading, memory, context)
            now = standing.after(before, reading, judged.memory)
            draft.states[key], draft.checks[key] = now, each.check
            said_at = reading.started_at + reading.duration
            country = country_of(each.check, watched.estate) if judged.verdicts else ""
            draft.reports += [
                report_of(each.check, verdict, said_at, country) for verdict in judged.verdicts
            ]
            draft.reports += _pulled(watched, each)
            draft.is_news |= before is None or before.since != now.since
        return draft

    def _wanted(
        self, watched: Watched, polls: Iterable[Polled], ids: Mapping[Line, int]
    ) -> Iterable[tuple[int, str, datetime]]:
        for each in polls:
            zone = zone_of(watched.estate, each.check.key)
            for _, series in _ruled(watched, each, ids):
                yield series, zone, each.reading.started_at

    def _context(self, watched: Watched, polled: Polled, ids: Mapping[Line, int]) -> Context:
        zone = zone_of(watched.estate, polled.check.key)
        usuals = {
            named: found
            for named, series in _ruled(watched, polled, ids)
            if (found := self._baselines.usual(series, zone, polled.reading.started_at))
        }
        always = watched.working_days.get(polled.check.market, lambda _: True)
        return Context(usuals, zone, always)

    def _tell_screens(self, work: Work, draft: _Draft) -> datetime | None:
        due = self._shown_at is None or work.now - self._shown_at >= SCREENS_EVERY
        if not (draft.is_news or (due and draft.states)):
            return self._shown_at
        bump(work.session)
        return work.now

    def _forget(self, work: Work, gone: Iterable[str]) -> None:
        reports = []
        for key in sorted(gone):
            row = work.session.get(CheckState, key)
            if row is None:
                continue
            name = key.removeprefix(f"{row.component}/")
            check = Check(row.component, name, "", timedelta(seconds=30), row.market, row.path)
            words = f"{NOT_WATCHED}: the check left the estate and is not asked any more"
            reports += [
                report_of(check, verdict, work.now)
                for verdict in judge.withdraw(row.memory, work.now, words)
            ]
            work.session.execute(delete(CheckState).where(CheckState.check == key))
        ingest(work, reports)
        bump(work.session)


def _load(work: Work) -> dict[str, Standing]:
    return {
        row.check: Standing(**{name: getattr(row, name) for name in standing.NAMES})
        for row in work.session.scalars(select(CheckState))
    }


def _watched(estate: Estate, runtime: Runtime) -> Watched:
    rules: dict[str, tuple[Rule, ...]] = {}
    for key, check in estate.checks.items():
        try:
            rules[key] = kpi.rules_of(check)
        except ValueError as error:  # estate check refuses such; an old estate may have them
            log.error("check %s is polled but not judged: %s", key, error)
            rules[key] = ()
    ingested = runtime.settings.ingest
    return Watched(
        estate,
        rules,
        Placement(estate, ingested.market_labels, ingested.component_labels),
        {code: working_day_of(market) for code, market in estate.markets.items()},
    )


def _ruled(
    watched: Watched, polled: Polled, ids: Mapping[Line, int]
) -> Iterable[tuple[tuple[str, Labels], int]]:
    """Give name, labels and series of the samples that a rule of the check looks at."""
    names = {rule.sample for rule in watched.rules[polled.check.key] if rule.sample}
    for sample in polled.reading.samples if names else ():
        line = line_of(polled.check, sample) if sample.name in names else None
        if line is not None:
            yield (sample.name, tuple(sorted(sample.labels.items()))), ids[line]


def _pulled(watched: Watched, polled: Polled) -> list[Report]:
    """Return the alerts that a target keeps itself, placed by their labels."""
    if not isinstance(polled.reading, Pulled):
        return []
    placed = []
    for report in polled.reading.reports:
        market, component = watched.placement.place(report.labels, report.market)
        placed.append(replace(report, market=market, component=component))
    return placed


def _write_states(work: Work, draft: _Draft) -> None:
    rows = [standing.row_of(draft.checks[key], state) for key, state in draft.states.items()]
    upsert_newer(work.session, CheckState, rows, ("check",), age="polled_at")
