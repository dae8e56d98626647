"""Alerts that ssoc raises about itself and its sources: raised once, cleared when it is over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.actions.alerts import ingest
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import IS_OPEN, Alert
from ssoc.monitoring.report import Report, fingerprint, key_of

SOURCE, WAY = "ssoc", "internal"


@dataclass(frozen=True)
class OwnAlert:
    """What we have to say; ``about`` are the labels that tell it from others of its name.

    ``place`` is where its incident belongs if that is no component: see ``report.own_place``.
    """

    name: str
    summary: str
    about: Mapping[str, str] = field(default_factory=dict)
    market: str = ""
    component: str = ""
    severity: Severity = Severity.ERROR
    place: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels, as a source of alerts would have them."""
        told = {"alertname": self.name, "severity": self.severity.word, **self.about}
        told |= {"market": self.market} if self.market else {}
        return told | ({"component": self.component} if self.component else {})

    @property
    def key(self) -> int:
        """Return the identity: all labels, as with anybody else's alerts."""
        return key_of(fingerprint(self.labels))


def keep(runtime: Runtime, name: str, wanted: Mapping[int, OwnAlert]) -> int:
    """Raise what is wanted under ``name`` and clear what is not; return what changed."""
    return keep_all(runtime, (name,), wanted)


def keep_all(runtime: Runtime, names: Collection[str], wanted: Mapping[int, OwnAlert]) -> int:
    """Do so for several names at once; one with a place of its own follows its sentence, too.

    Looks first, so that a quiet turn writes nothing.
    """
    with runtime.view(SYSTEM) as work:
        standing = _open(work, names)
    raised = [alert for key, alert in wanted.items() if _is_news(alert, standing.get(key))]
    cleared = [key for key in standing if key not in wanted]
    if not raised and not cleared:
        return 0
    with runtime.work(SYSTEM) as work:
        reports = [_firing(alert, work.now) for alert in raised]
        reports += [_resolved(standing[key], work.now) for key in cleared]
        return ingest(work, reports)


def told(work: Work, names: Collection[str], place: str) -> set[str]:
    """Return which of ``names`` fire at a place of ours."""
    return {row.name for row in _open(work, names).values() if row.component == place}


def _is_news(alert: OwnAlert, known: Alert | None) -> bool:
    return known is None or (bool(alert.place) and alert.summary != known.summary)


def _open(work: Work, names: Collection[str]) -> dict[int, Alert]:
    ours = (IS_OPEN, Alert.name.in_(names), Alert.way == WAY)
    rows = work.session.scalars(select(Alert).where(*ours))
    return {row.key: row for row in rows}


def _firing(alert: OwnAlert, now: datetime) -> Report:
    return Report(
        key=alert.key,
        state=AlertState.FIRING,
        severity=alert.severity,
        started_at=now,
        said_at=now,
        market=alert.market,
        component=alert.component or alert.place,
        name=alert.name,
        instance=", ".join(alert.about.values()),
        summary=alert.summary,
        source=SOURCE,
        way=WAY,
        severity_word=alert.severity.word,
        labels=alert.labels,
        annotations={"summary": alert.summary},
    )


def _resolved(row: Alert, now: datetime) -> Report:
    return Report(
        key=row.key,
        state=AlertState.RESOLVED,
        severity=Severity(row.severity),
        started_at=row.started_at,
        said_at=now,
        market=row.market,
        component=row.component,
        name=row.name,
        service=row.service,
        instance=row.instance,
        summary=row.summary,
        source=SOURCE,
        way=WAY,
    )
