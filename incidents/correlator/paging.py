"""Let the pages of an incident follow what holds them back, and say what begins and ends."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from incidents.correlator.holds import FLAPPING, Holds
from incidents.correlator.opening import explain, own_words
from incidents.correlator.situation import Situation
from incidents.lifecycle import State
from incidents.models import Incident, IncidentAlert, TimelineEntry
from incidents.rules.wording import Across, Quoted, when
from incidents.rules.words import ALL_CLEAR, kept_reason, without_comment
from incidents.story import Spoken, line, markets_of, tell
from ssoc.core.vocabulary import IncidentFlapped, IncidentReleased, IncidentSpread, IncidentWorsened
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import is_own_place


def follow(work: Work, incident: Incident, held: str) -> None:
    """Take over what holds the pages now, and page what still fails when nothing does.

    What is held from its opening, and what flaps, is said; a silence that is set later holds
    without a word. A nested incident pages nobody, so its flapping is not said either.
    """
    was = incident.held_because
    begins = held == FLAPPING and incident.parent_id is None
    if held == was or not (was or begins):
        return
    incident.held_because = held
    if begins:
        window = round(work.settings.ingest.flapping_window.total_seconds() / 60)
        text = f"{held}; its pages wait until it has been quiet for {window} min"
        tell(work, incident, IncidentFlapped, text)
    elif held:
        line(work, incident, "held", _quoted(work, incident, "held: ", held))
    elif _is_told(incident, was):
        released = _quoted(work, incident, "no longer held: ", was)
        tell(work, incident, IncidentReleased, released, was=was)
    else:
        line(work, incident, "held", _quoted(work, incident, "no longer held: ", was))


def spread(situation: Situation, incident: Incident, reached: Sequence[str], held: str) -> None:
    """Tell the markets that it touches from now on; a new incident has told its own.

    A nested incident pages nobody. What worsened in the same turn has told all its markets.
    """
    if incident.opened_at == situation.now or incident.parent_id is not None:
        return
    text = situation.spoken("now touches ", Across(tuple(reached)), " too")
    codes = ",".join(reached)
    tell(situation.work, incident, IncidentSpread, text, reached=codes, held_because=held)


def tell_news(
    situation: Situation, incident: Incident, here: Collection[str], holds: Holds
) -> None:
    """Page each further alert of a story of ours: it goes on getting worse.

    A nested incident pages nobody; what has opened in this turn has told everything.
    """
    ours = [each for each in here if is_own_place(each) and each in situation.touched]
    if not ours or incident.opened_at == situation.now or incident.parent_id is not None:
        return
    row = IncidentAlert
    came = select(row.component).where(
        row.component.in_(ours), row.joined_at == situation.now, row.state < AlertState.RESOLVED
    )
    for place in sorted(set(situation.work.session.scalars(came))):
        news = own_words(situation, place)
        held = holds.of(incident.component, list(here))
        text = situation.spoken("worsened: ", news)
        facts = {"was": incident.priority, "news": news, "held_because": held}
        tell(situation.work, incident, IncidentWorsened, text, **facts)


def _quoted(work: Work, incident: Incident, what: str, held: str) -> Spoken:
    """Return what holds; who sees only some of the markets reads no person's words about it."""
    markets = tuple(markets_of(work, incident.id))
    return Spoken(what + held, (what, Quoted(held, markets, without_comment(held))))


def say_kept(situation: Situation, incident: Incident, restless: Collection[int]) -> None:
    """Say once that only flapping keeps it open, and when it will end if nothing changes."""
    work, entry, alert = situation.work, TimelineEntry, IncidentAlert
    last = work.session.scalar(
        select(func.max(alert.ended_at)).where(
            alert.incident_id == incident.id, alert.key.in_(sorted(restless))
        )
    )
    clear = last or work.now
    quiet = clear + work.settings.ingest.flapping_window
    if not incident.reason.startswith(ALL_CLEAR):
        explain(incident, situation.spoken(*kept_reason(clear, quiet)))
    told = select(entry.kind).where(
        entry.incident_id == incident.id,
        entry.kind.in_((_KEPT, "recovered", "unwatched", "reopened")),
    )
    if work.session.scalar(told.order_by(entry.id.desc()).limit(1)) == _KEPT:
        return
    until = "kept open: its alerts flap; it ends when they are quiet until "
    line(work, incident, _KEPT, situation.spoken(until, when(quiet)))


_KEPT = "kept"


def _is_told(incident: Incident, was: str) -> bool:
    """Tell whether it pages: nobody has taken it, or its flapping was said and has ended."""
    is_open = incident.state in {State.OPEN, State.REOPENED}
    return incident.parent_id is None and (is_open or was == FLAPPING)
