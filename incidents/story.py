"""Tell an incident's story: a line in its timeline, and the event that others hear."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents.models import Incident, IncidentMarket, TimelineEntry
from incidents.rules.wording import Everybody, Told, say, to_plain
from ssoc.core.running import bump
from ssoc.core.vocabulary import IncidentEvent
from ssoc.core.work import Work
from ssoc.estate.values import Estate

Kind = type[IncidentEvent]
TOLD = "told"  # in the body of a line: the parts its text is made of


@dataclass(frozen=True)
class Spoken:
    """A text for everybody, and the parts from which it is put into words for one reader."""

    text: str
    told: Told


def spoken(told: Told, estate: Estate, now: datetime | None = None) -> Spoken:
    """Return parts with the words that who sees every market reads."""
    return Spoken(say(told, Everybody(estate, now)), told)


def line(
    work: Work,
    incident: Incident,
    kind: str,
    text: str | Spoken,
    **body: Any,  # noqa: ANN401
) -> None:
    """Add a line to the timeline; ``body`` is plain JSON for screens and machines.

    What names components or quotes alerts must be ``Spoken``, so that a reader of one market
    reads nothing of the others.
    """
    incident.changed_at = work.now
    if isinstance(text, Spoken):
        body[TOLD] = to_plain(text.told)
        text = text.text
    work.session.add(
        TimelineEntry(
            incident_id=incident.id,
            at=work.now,
            kind=kind,
            by=work.actor.name,
            text=text,
            body=body,
        )
    )
    bump(work.session)


def tell(
    work: Work,
    incident: Incident,
    event: Kind,
    text: str | Spoken,
    markets: Iterable[str] | None = None,
    **fields: Any,  # noqa: ANN401 (the event's own)
) -> None:
    """Record ``event`` of the incident, with ``text`` as its line in the timeline."""
    line(work, incident, word(event), text, **fields)
    incident.told += 1
    names = markets_of(work, incident.id) if markets is None else markets
    work.record(
        event(
            incident_id=incident.id,
            markets=",".join(sorted(names)),
            component=incident.component,
            priority=incident.priority,
            number=incident.told,
            **fields,
        )
    )


def word(event: Kind) -> str:
    """Return the kind of timeline entry an event makes: ``IncidentOpened`` gives ``opened``."""
    return event.__name__.removeprefix("Incident").lower()


def markets_of(work: Work, incident_id: int) -> list[str]:
    """Return the markets the incident touches; none when no alert of it names one."""
    touched = select(IncidentMarket.market).where(IncidentMarket.incident_id == incident_id)
    return list(work.session.scalars(touched.order_by(IncidentMarket.market)))


def mark(incident_id: int) -> str:
    """Return the name people call an incident by."""
    return f"INC-{incident_id}"
