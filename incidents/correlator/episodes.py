"""Count what fails: transitions of alerts become episodes, and tallies per component."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, tuple_, update

from incidents.models import ComponentState, IncidentAlert
from ssoc.core.bulk import insert_new
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Transition

PLACE_LENGTH = 255
KEPT = timedelta(days=1)  # a tally of zero
_OPEN = (AlertState.FIRING, AlertState.STALE)
_WORDS = {each: each.word for each in Severity}


@dataclass
class Episode:
    """One firing period of an alert; ``was`` is how the tallies know it."""

    key: int
    started_at: datetime
    component: str
    market: str
    name: str
    severity: Severity
    state: AlertState
    is_new: bool = False
    was: tuple[Severity, AlertState] | None = None
    rose_at: datetime | None = None
    is_ours: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it still counts as failing."""
        return self.state.is_open


@dataclass
class Tally:
    """How many alerts fail at a component, as ``ComponentState`` keeps it."""

    component: str
    critical: int = 0
    error: int = 0
    warning: int = 0
    info: int = 0
    stale: int = 0
    ours: int = 0
    bad_since: datetime | None = None
    worst_since: datetime | None = None
    turned_at: datetime | None = None
    cleared_at: datetime | None = None


@dataclass
class _Change:
    """What one turn did to one component."""

    counts: Counter[str] = field(default_factory=Counter)
    began: dict[Severity, datetime] = field(default_factory=dict)

    def note(self, severity: Severity, at: datetime) -> None:
        self.began[severity] = min(at, self.began.get(severity, at))


@dataclass(frozen=True)
class Absorbed:
    """What transitions did: where, and whose every source fell silent, or speaks again."""

    changed: bool = False
    silent: Sequence[str] = ()
    heard: Sequence[str] = ()
    touched: frozenset[str] = frozenset()


def absorb(work: Work, transitions: Sequence[Transition]) -> Absorbed:
    """Write the episodes and tallies that ``transitions`` make."""
    if not transitions:
        return Absorbed()
    known = _known(work, transitions)
    current = {each.key: each for each in known.values() if each.is_open}
    for transition in transitions:
        _follow(transition, known, current)
    touched = [each for each in known.values() if _differs(each)]
    _write(work, touched)
    silent, heard = _tally(work, touched)
    return Absorbed(bool(touched), silent, heard, frozenset(each.component for each in touched))


def _known(work: Work, transitions: Iterable[Transition]) -> dict[tuple[int, datetime], Episode]:
    keys = sorted({each.key for each in transitions})
    pairs = sorted({(each.key, each.started_at) for each in transitions})
    row = IncidentAlert
    open_now = select(row).where(row.key.in_(keys), row.state.in_(_OPEN))
    same = select(row).where(tuple_(row.key, row.started_at).in_(pairs))
    found: dict[tuple[int, datetime], Episode] = {}
    for query in (open_now, same):
        for each in work.session.scalars(query):
            severity, state = Severity(each.severity), AlertState(each.state)
            found[each.key, each.started_at] = Episode(
                each.key,
                each.started_at,
                each.component,
                each.market,
                each.name,
                severity,
                state,
                was=(severity, state),
            )
    return found


def _follow(
    it: Transition,
    known: dict[tuple[int, datetime], Episode],
    current: dict[int, Episode],
) -> None:
    """Let one transition change the episode it speaks of; at most one of an alert is open."""
    episode = current.get(it.key)
    if it.state is AlertState.RESOLVED:
        if episode is not None:
            episode.state, episode.is_ours = it.state, it.is_ours
            del current[it.key]
        return  # what was never open resolves nothing, and opens nothing
    if episode is None:
        episode = known.get((it.key, it.started_at)) or _begin(it)
        known[it.key, it.started_at] = current[it.key] = episode
    if it.severity > episode.severity:
        episode.rose_at = it.at
    episode.state, episode.severity, episode.is_ours = it.state, it.severity, it.is_ours


def _begin(it: Transition) -> Episode:
    return Episode(
        it.key,
        it.started_at,
        it.place[:PLACE_LENGTH],
        it.market,
        it.name,
        it.severity,
        it.state,
        is_new=True,
    )


def _differs(episode: Episode) -> bool:
    if episode.is_new:
        return True
    return episode.was != (episode.severity, episode.state)


def _write(work: Work, touched: Iterable[Episode]) -> None:
    new, changed = [], []
    for each in touched:
        row: dict[str, Any] = {
            "key": each.key,
            "started_at": each.started_at,
            "severity": int(each.severity),
            "state": int(each.state),
            "ended_at": None if each.is_open else work.now,
        }
        if each.is_new:
            place = {"component": each.component, "market": each.market, "name": each.name}
            new.append(row | place | {"joined_at": work.now})
        else:
            changed.append(row)
    insert_new(work.session, IncidentAlert, new, ("key", "started_at"))
    if changed:
        work.session.execute(update(IncidentAlert), changed)


def _tally(work: Work, touched: Iterable[Episode]) -> tuple[list[str], list[str]]:
    changes: dict[str, _Change] = defaultdict(_Change)
    for each in touched:
        _count(changes[each.component], each)
    tallies = _tallies(work, sorted(changes))
    fresh = [name for name in changes if name not in tallies]
    tallies |= {name: Tally(name) for name in fresh}
    silent: list[str] = []
    heard: list[str] = []
    for name, change in changes.items():
        before = is_silent(tallies[name])
        _apply(tallies[name], change, work.now)
        if is_silent(tallies[name]) != before and worst(tallies[name]) is not None:
            (heard if before else silent).append(name)
    insert_new(work.session, ComponentState, [vars(tallies[n]) for n in fresh], ["component"])
    known = [vars(tallies[name]) for name in changes if name not in fresh]
    if known:
        work.session.execute(update(ComponentState), known)
    return silent, heard


def _tallies(work: Work, names: Sequence[str]) -> dict[str, Tally]:
    columns = [getattr(ComponentState, each.name) for each in fields(Tally)]
    rows = select(*columns).where(ComponentState.component.in_(names)).with_for_update()
    return {row.component: Tally(*row) for row in work.session.execute(rows)}


def _count(change: _Change, episode: Episode) -> None:
    before, was_state = episode.was or (None, AlertState.RESOLVED)
    if before is not None and was_state.is_open:
        change.counts[_WORDS[before]] -= 1
        change.counts["stale"] -= was_state is AlertState.STALE
        change.counts["ours"] -= episode.is_ours and before > Severity.INFO
    if episode.is_open:
        change.counts[_WORDS[episode.severity]] += 1
        change.counts["stale"] += episode.state is AlertState.STALE
        change.counts["ours"] += episode.is_ours and episode.severity > Severity.INFO
        began = episode.started_at if not was_state.is_open else episode.rose_at
        if began is not None:
            change.note(episode.severity, began)


def _apply(row: Tally, change: _Change, now: datetime) -> None:
    before = worst(row)
    for name, count in change.counts.items():
        setattr(row, name, max(0, getattr(row, name) + count))
    after = worst(row)
    if after is None:
        if before is not None:
            row.bad_since = row.worst_since = row.turned_at = None
            row.cleared_at = now
        return
    if before is None:
        row.bad_since = min([now, *change.began.values()])
        row.turned_at, row.cleared_at = now, None
    if before is None or after > before:
        row.worst_since = min(now, change.began.get(after, now))


def forget_calm(work: Work) -> None:
    """Drop the tallies of components at which nothing has failed for a day.

    A correlator that counts one of them meanwhile holds its row or makes it anew.
    """
    row = ComponentState
    calm = row.bad_since.is_(None)
    long_ago = or_(row.cleared_at.is_(None), row.cleared_at <= work.now - KEPT)
    work.session.execute(
        delete(row).where(calm, long_ago).execution_options(synchronize_session=False)
    )


def worst(row: ComponentState | Tally) -> Severity | None:
    """Return the worst severity that fires at a component; None when nothing does."""
    return next((each for each in sorted(Severity)[::-1] if getattr(row, each.word)), None)


def is_ours(row: ComponentState) -> bool:
    """Tell whether all that fires above information is about our watching of the component."""
    return 0 < row.ours >= row.critical + row.error + row.warning


def is_silent(row: Tally) -> bool:
    """Tell whether every open alert of a component is stale: nobody speaks of it any more."""
    return 0 < row.stale == row.critical + row.error + row.warning + row.info
