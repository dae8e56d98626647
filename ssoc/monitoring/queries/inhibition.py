"""Who mutes whom: the estate's inhibition rules over the alerts that are open."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.pool import Pool

from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Inhibition
from ssoc.monitoring.models import IS_OPEN, Alert, AlertDetail, AlertTransition
from ssoc.monitoring.rules.inhibition import NO_INHIBITIONS, Candidate, Inhibitions, seen

_AT_ONCE = 1_000
_BUSY = timedelta(seconds=2)  # screens look so far back while alerts change
_QUIET = timedelta(seconds=30)  # and so far while nothing does
_WORDS = {each.word: each for each in Severity}


class _Known(NamedTuple):
    """What was read last, and when the tables looked how."""

    at: datetime
    version: int
    newest: int
    found: Inhibitions


_known: WeakKeyDictionary[Pool, _Known] = WeakKeyDictionary()


def inhibitions(work: Work) -> Inhibitions:
    """Return the rules with the sources that are open now, whoever asks."""
    rules = list(estate_queries.current(work).inhibitions.values())
    return Inhibitions(rules, _sources(work, rules)) if rules else NO_INHIBITIONS


def recent_inhibitions(work: Work) -> Inhibitions:
    """Return the same for screens: two seconds old at most, so that a storm costs them little."""
    estate = estate_queries.current(work)
    if not estate.inhibitions:
        return NO_INHIBITIONS
    database = work.session.get_bind().engine.pool  # a view's engine is another each time
    newest = work.session.scalar(select(func.max(AlertTransition.id))) or 0
    known = _known.get(database)
    if known is None or known.version != estate.version or not _holds(known, work.now, newest):
        known = _Known(work.now, estate.version, newest, inhibitions(work))
        _known[database] = known
    return known.found


def _holds(known: _Known, now: datetime, newest: int) -> bool:
    age = now - known.at
    if newest == known.newest:
        return timedelta() <= age < _QUIET
    return newest > known.newest and timedelta() < age < _BUSY


def _sources(work: Work, rules: Sequence[Inhibition]) -> Iterator[Candidate]:
    """Yield open alerts that may be a source; the columns leave most of the others out."""
    rows = work.session.execute(
        select(
            Alert.key,
            Alert.severity,
            Alert.market,
            Alert.component,
            AlertDetail.labels,
        )
        .join(AlertDetail, AlertDetail.key == Alert.key)
        .where(IS_OPEN, or_(*(_may_fit(rule.source) for rule in rules)))
        .execution_options(yield_per=_AT_ONCE)
    )
    for key, severity, market, component, labels in rows:
        yield Candidate(key, seen(labels, Severity(severity), market, component))


def _may_fit(source: Mapping[str, str]) -> ColumnElement[bool]:
    columns: Mapping[str, Any] = {
        "alertname": Alert.name,
        "market": Alert.market,
        "component": Alert.component,
    }
    exact = {name: value for name, value in source.items() if not value.startswith("~")}
    conditions = [column == exact[name] for name, column in columns.items() if name in exact]
    if "severity" in exact:
        conditions.append(Alert.severity == _WORDS.get(exact["severity"], 0))
    return and_(*conditions) if conditions else Alert.key.is_not(None)
