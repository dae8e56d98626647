"""What changes do when something happened to an incident: keep it in mind, rank its suspects."""

from changes.actions import causes
from ssoc.core.vocabulary import (
    ChangeEnded,
    IncidentEvent,
    IncidentNested,
    IncidentOpened,
    IncidentPrioritised,
    IncidentRecovered,
    IncidentReopened,
    IncidentRerooted,
    IncidentResolved,
    IncidentSpread,
    IncidentUnnested,
    IncidentUnwatched,
    IncidentWorsened,
)
from ssoc.core.work import Work


def rank_opened(work: Work, event: IncidentOpened) -> None:
    """Keep a new incident in mind, and rank what may have caused it."""
    _rank(work, event)


def rank_rerooted(work: Work, event: IncidentRerooted) -> None:
    """Rank again: another component is nearer to other changes."""
    _rank(work, event)


def rank_spread(work: Work, event: IncidentSpread) -> None:
    """Rank again: more markets are hurt."""
    _rank(work, event)


def rank_reopened(work: Work, event: IncidentReopened) -> None:
    """Rank again: what was changed since it ended may be why it is back."""
    _rank(work, event)


def _rank(work: Work, event: IncidentEvent) -> None:
    causes.keep(work, event)
    work.session.flush()
    causes.rank_again(work, event.incident_id)


def keep_worsened(work: Work, event: IncidentWorsened) -> None:
    """Keep its priority in mind."""
    causes.keep(work, event)


def keep_prioritised(work: Work, event: IncidentPrioritised) -> None:
    """Keep its priority in mind."""
    causes.keep(work, event)


def keep_recovered(work: Work, event: IncidentRecovered) -> None:
    """Keep in mind that it is over."""
    causes.keep(work, event)


def keep_unwatched(work: Work, event: IncidentUnwatched) -> None:
    """Keep in mind that it is over."""
    causes.keep(work, event)


def keep_resolved(work: Work, event: IncidentResolved) -> None:
    """Keep in mind that it is over."""
    causes.keep(work, event)


def keep_nested(work: Work, event: IncidentNested) -> None:
    """Keep in mind that it is a symptom: its cause is that of another incident."""
    causes.keep(work, event)


def keep_unnested(work: Work, event: IncidentUnnested) -> None:
    """Keep in mind that it stands alone again."""
    causes.keep(work, event)


def rank_after_change(work: Work, event: ChangeEnded) -> None:
    """Let suspects be ranked again: how the change ended is one of their terms."""
    causes.rank_later(work, event.change_id)
