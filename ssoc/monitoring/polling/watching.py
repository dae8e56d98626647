"""Jobs that watch the polls themselves: what unreachable means, and whether the poller lives."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import sight_queries
from ssoc.monitoring.actions import Change, ingest, record_change
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import WatchMemory
from ssoc.monitoring.poll_queries import AWAKE, CheckView, check_states, poller_silent_since
from ssoc.monitoring.polling.saying import SOURCE, WAY
from ssoc.monitoring.reading import Reason
from ssoc.monitoring.report import WATCH, Report
from ssoc.monitoring.rules import reachability
from ssoc.monitoring.rules.reachability import Finding, alert_key
from ssoc.monitoring.rules.sights import Ground, Sight

LEASE = timedelta(minutes=2)
REPEAT = timedelta(seconds=20)  # what goes on unchanged is said this often
SILENT = "PollerSilent"
ASLEEP = timedelta(seconds=60)  # without a turn of ours: then nobody polled because none ran
MEMORY = sight_queries.MEMORY


def watch_reachability(runtime: Runtime) -> None:
    """Tell a lost link from a lost country from a lost target, and say so."""
    with runtime.view(SYSTEM) as work:
        row = work.session.get(WatchMemory, MEMORY)
        if not (row and row.memory.get("raised")) and all(each.answers for each in _sights(work)):
            return  # nearly always: nobody has to wait for a writer
    with runtime.work(SYSTEM) as work:
        estate, sights = estate_queries.current(work), _sights(work)
        memory = _recall(work, MEMORY)
        assessed = reachability.assess(sights, ground_of(estate), memory, work.now)
        gist = [
            [each.key, each.is_firing, list(each.paths), list(each.hidden)]
            for each in assessed.findings
        ]
        said_at = datetime.fromisoformat(memory.get("said_at", "2000-01-01T00:00:00+00:00"))
        if gist == memory.get("gist") and work.now - said_at < REPEAT:
            return
        ingest(work, [_report(each, work.now) for each in assessed.findings])
        kept = {**assessed.memory, "gist": gist, "said_at": work.now.isoformat()}
        _remember(work, MEMORY, kept)
        if gist != memory.get("gist"):
            bump(work.session)


def watch_poller(runtime: Runtime) -> None:
    """Raise ``PollerSilent`` while no poll has been stored for too long, and clear it again.

    A scheduler that is dead runs no jobs: health answers ask ``poller_silent_since`` themselves.
    One that was stopped and runs again is given as long as the poller to begin: the gap is noted.
    """
    with runtime.work(SYSTEM) as work:
        _stay_awake(work)
        since, memory = poller_silent_since(work), _recall(work, "poller")
        if since is None and not memory:
            return
        began = datetime.fromisoformat(memory["since"]) if memory else since or work.now
        words = (
            f"no poll has been stored since {since:%H:%M:%S} UTC: we are blind; look at the "
            "scheduler and its log"
            if since
            else "cleared: polls are stored again"
        )
        finding = Finding(
            SILENT, "poller", Severity.CRITICAL, "", "", began, words, is_firing=since is not None
        )
        ingest(work, [_report(finding, work.now)])
        _remember(work, "poller", {"since": began.isoformat()} if since else {})
        if bool(memory) != (since is not None):
            bump(work.session)


def _stay_awake(work: Work) -> None:
    """Remember that we run; after a stop, from when, and note the gap among the changes."""
    memory = _recall(work, AWAKE)
    last = datetime.fromisoformat(memory["seen"]) if memory else None
    since = memory["since"] if memory else work.now.isoformat()
    if last is not None and work.now - last > ASLEEP:
        since = work.now.isoformat()
        gap = f"ssoc itself did not run from {last:%H:%M:%S} to {work.now:%H:%M:%S} UTC"
        words = f"{gap}: nothing was polled or judged meanwhile"
        record_change(work, Change(last, "ssoc", words))
    _remember(work, AWAKE, {"seen": work.now.isoformat(), "since": since})


def ground_of(estate: Estate) -> Ground:
    """Return what the estate says of paths, dependencies and names."""
    names = {key: each.name for key, each in estate.components.items()}
    return Ground(
        links={key: path.component for key, path in estate.paths.items()},
        needs={key: _all_needs(estate, key) for key in estate.components},
        names=names | {code: market.name for code, market in estate.markets.items()},
        asked=estate.checks,
    )


def _all_needs(estate: Estate, component: str) -> frozenset[str]:
    found: set[str] = set()
    waiting = [component]
    while waiting:
        for edge in estate.needs.get(waiting.pop(), ()):
            if edge.needs not in found:
                found.add(edge.needs)
                waiting.append(edge.needs)
    return frozenset(found)


def _sights(work: Work) -> list[Sight]:
    return [_sight(view) for view in check_states(work) if view.is_fresh]


def _sight(view: CheckView) -> Sight:
    return Sight(
        check=view.check,
        component=view.component,
        market=view.market,
        path=view.path,
        every=view.every,
        unanswered=view.unanswered if view.reason is Reason.UNREACHABLE else 0,
        since=view.since,
        answered_at=view.answered_at,
        is_control=view.is_control,
        polled_at=view.polled_at,
    )


def _report(finding: Finding, now: datetime) -> Report:
    labels = {"alertname": finding.name, "subject": finding.subject}
    labels |= {"severity": finding.severity.word}
    if finding.market:
        labels["market"] = finding.market
    if finding.component:
        labels["component"] = finding.component
    annotations = {"not_seen": " ".join(finding.hidden)} if finding.hidden else {}
    return Report(
        key=alert_key(finding.name, finding.subject),
        state=AlertState.FIRING if finding.is_firing else AlertState.RESOLVED,
        severity=finding.severity,
        started_at=finding.since,
        said_at=max(now, finding.since),
        lease_until=now + LEASE if finding.is_firing else None,
        market=finding.market,
        component=finding.component,
        name=finding.name,
        service=finding.component,
        instance=finding.subject,
        summary=finding.summary,
        source=SOURCE,
        way=WATCH if finding.name == reachability.PROBE else WAY,
        severity_word=finding.severity.word,
        labels=labels,
        annotations=annotations,
    )


def _recall(work: Work, name: str) -> Mapping[str, Any]:
    row = work.session.get(WatchMemory, name, with_for_update=True)
    return row.memory if row else {}


def _remember(work: Work, name: str, memory: Mapping[str, Any]) -> None:
    row = work.session.get(WatchMemory, name)
    if row is None:
        row = WatchMemory(name=name)
        work.session.add(row)
    row.memory = dict(memory)
