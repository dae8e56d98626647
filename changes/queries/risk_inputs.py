"""What a risk score is reckoned from: estate, samples, earlier changes, tests and findings."""

from collections import Counter
from collections.abc import Iterable

from changes.queries.history import TrackRecord, track_record
from changes.queries.impact import impact
from changes.rules.collisions import Finding, item_of
from changes.rules.collisions.redundancy import lost_by
from changes.rules.impact import peak_share
from changes.rules.risk import RiskInputs
from changes.rules.running import planned_starts
from changes.values import ChangeView
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Criticality, Estate

MOST_ASKED = 10  # components whose history is looked at: more would not make it newer


def risk_inputs(work: Work, change: ChangeView, open_findings: Iterable[Finding]) -> RiskInputs:
    """Return everything a score of ``change`` is reckoned from; None where nobody can know."""
    estate, touched = estate_queries.current(work), impact(work, change)
    record, record_name = _record(work, change)
    name, criticality = _most_critical(estate, change)
    window = change.window
    return RiskInputs(
        effects={each.market: each.effect.value for each in touched.markets},
        shares={each.market: each.usual.share for each in touched.markets},
        criticality=criticality,
        critical_name=name,
        spare_removed=_spare_removed(estate, change),
        rollback_minutes=change.rollback_minutes,
        rollback_tested=change.rollback_rehearsed_at is not None,
        window_minutes=window.length.total_seconds() / 60 if window else None,
        runs=_least_runs(work, change),
        failures=record.failures,
        n=record.n,
        history_of=record_name,
        planned_minutes=_planned(change),
        largest_minutes=_largest(work),
        overrun_ratio=record.overrun_ratio,
        vendor=change.vendor,
        vendor_attends=change.vendor_must_attend,
        peak_share=_peak(estate, change),
        tests=len(change.tests),
        tests_missing=sum(not (each.passed and each.evidence) for each in change.tests),
        findings=dict(sorted(Counter(each.level.value for each in open_findings).items())),
    )


def _record(work: Work, change: ChangeView) -> tuple[TrackRecord, str]:
    """Return the record of the template, else of the team, else of the type: the first there is."""
    if change.template_id is not None:
        found = track_record(work, template_id=change.template_id)
        if found.n:
            return found, "its template"
    if change.team:
        found = track_record(work, team=change.team)
        if found.n:
            return found, change.team
    return track_record(work, type=change.type), f"{change.type} changes"


def _least_runs(work: Work, change: ChangeView) -> int | None:
    """Return how often this model was done on the component it knows least."""
    counts = []
    for component in sorted(change.components)[:MOST_ASKED]:
        if change.template_id is not None:
            found = track_record(work, template_id=change.template_id, component=component)
        else:
            found = track_record(work, type=change.type, team=change.team, component=component)
        counts.append(found.n)
    return min(counts, default=None)


def _most_critical(estate: Estate, change: ChangeView) -> tuple[str, str | None]:
    known = [estate.components.get(each) for each in change.components]
    if not known or None in known:
        return "", None
    worst = min((each for each in known if each), key=lambda each: (each.criticality, each.key))
    return worst.name, Criticality(worst.criticality).name.lower()


def _spare_removed(estate: Estate, change: ChangeView) -> float:
    """Return the largest share of a redundancy group's spare members that the change takes."""
    if change.window is None:
        return 0.0
    lost = lost_by(estate, item_of(change))
    return max(
        (min(1.0, len(gone) / group.spare) if group.spare else 1.0 for group, gone in lost.items()),
        default=0.0,
    )


def _planned(change: ChangeView) -> float | None:
    """Return the planned minutes along the steps' order; the window's when there are none."""
    if not change.steps:
        return change.window.length.total_seconds() / 60 if change.window else None
    starts = planned_starts(change.steps)
    return max(
        starts[each.position].total_seconds() / 60 + each.planned_minutes for each in change.steps
    )


def _largest(work: Work) -> float | None:
    from changes.queries.templates import largest_minutes

    return largest_minutes(work) or None


def _peak(estate: Estate, change: ChangeView) -> float | None:
    if change.window is None:
        return None
    markets = [estate.markets[code] for code in change.markets if code in estate.markets]
    return peak_share(markets, change.window)
