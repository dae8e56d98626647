"""What is done about alerts by the clock; each turn looks first and writes only what changed."""

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import select

from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Heartbeat
from ssoc.monitoring import own_alerts, queries
from ssoc.monitoring.actions import upkeep
from ssoc.monitoring.actions.flapping import judged
from ssoc.monitoring.actions.heartbeats import HeartbeatDraft, apply, no_token
from ssoc.monitoring.models import IS_OPEN, Alert, HeartbeatState
from ssoc.monitoring.own_alerts import OwnAlert
from ssoc.monitoring.rules.heartbeats import Heartbeat as Beat
from ssoc.monitoring.rules.heartbeats import Pulse
from ssoc.monitoring.rules.leases import silence_of

_TURNS = 20  # batches of one turn; what is left waits for the next
_MATCH_AGAIN = timedelta(hours=1)


def sweep_leases(runtime: Runtime) -> None:
    """Make alerts stale whose lease has ended."""
    with runtime.view(SYSTEM) as work:
        ended = select(Alert.key).where(IS_OPEN, Alert.state == 0, Alert.lease_until <= work.now)
        if work.session.scalar(ended.limit(1)) is None:
            return
    for _ in range(_TURNS):
        with runtime.work(SYSTEM) as work:
            if not upkeep.mark_stale(work):
                return


def watch_sources(runtime: Runtime) -> None:
    """Keep one alert per source and market that has gone silent with alerts open."""
    limits = runtime.settings.ingest
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    with runtime.view(SYSTEM) as work:
        for voice in queries.voices(work):
            if voice.open:
                reason = silence_of(
                    voice, work.now, limits.source_silence, {"webhook": limits.webhook_silence}
                )
                by_place[voice.source, voice.market].append(reason)
    silent = {
        place: reasons[0] for place, reasons in by_place.items() if all(reasons)
    }  # one way that still speaks is enough
    alerts = [
        OwnAlert(
            "SourceSilent",
            f"{source} is {reason}; its alerts are stale, not resolved",
            {"source": source},
            market,
        )
        for (source, market), reason in silent.items()
    ]
    own_alerts.keep(runtime, "SourceSilent", {each.key: each for each in alerts})


def watch_heartbeats(runtime: Runtime) -> None:
    """Keep an alert for each heartbeat that is late or has failed."""
    with runtime.view(SYSTEM) as work:
        missing = _missing_heartbeats(work)
    if missing:
        with runtime.work(SYSTEM) as work:
            _adopt(work)
    with runtime.view(SYSTEM) as work:
        beats = [(beat, beat.pulse(work.now)) for beat in queries.heartbeats(work)]
    alerts = [alert for beat, pulse in beats for alert in _of_heartbeat(beat, pulse)]
    names = ("HeartbeatMissing", "HeartbeatFailed")  # together: one follows the other unbroken
    own_alerts.keep_all(runtime, names, {each.key: each for each in alerts})


def _of_heartbeat(beat: Beat, pulse: Pulse) -> list[OwnAlert]:
    """Return what is to be said; a failure stands, also when the next ping is late as well.

    Being late joins it at its component. Without a component the two would be two incidents of
    one trouble; then the failure alone is said.
    """
    told = []
    if pulse.is_failed:
        told.append(("HeartbeatFailed", f"failed: {beat.message}" if beat.message else "failed"))
    if pulse.is_late and (beat.component or not pulse.is_failed):
        told.append(("HeartbeatMissing", "late"))
    said = f"{beat.last_at:%Y-%m-%d %H:%M:%S} UTC" if beat.last_at else "never"
    about = {"heartbeat": beat.name}
    return [
        OwnAlert(
            name,
            f"heartbeat {beat.name} {words}; last good ping {said}",
            about,
            beat.market,
            beat.component,
        )
        for name, words in told
    ]


def _missing_heartbeats(work: Work) -> list[Heartbeat]:
    """Return heartbeats of the estate that have no row, or another one than they should."""
    rows = {row.name: row for row in work.session.scalars(select(HeartbeatState))}
    found = []
    for beat in estate_queries.current(work).heartbeats.values():
        row = rows.get(beat.name)
        asked = (beat.market, beat.component, beat.every, beat.grace)
        if row is None or asked != (
            row.market,
            row.component,
            timedelta(seconds=row.every_seconds),
            timedelta(seconds=row.grace_seconds),
        ):
            found.append(beat)
    return found


def _adopt(work: Work) -> None:
    """Give heartbeats of the estate their rows; ``ssoc heartbeat create`` gives the token."""
    for beat in _missing_heartbeats(work):
        row = work.session.get(HeartbeatState, beat.name)
        if row is None:
            row = HeartbeatState(name=beat.name, made_at=work.now, message="")
            row.hash = no_token(beat.name)
        apply(row, HeartbeatDraft(beat.name, beat.every, beat.grace, beat.market, beat.component))
        work.session.add(row)


def watch_windows(runtime: Runtime) -> None:
    """Keep an alert for each maintenance window past its end that nobody has ended."""
    alerts = []
    with runtime.view(SYSTEM) as work:
        estate = estate_queries.current(work)
        for window in queries.overrun_windows(work):
            markets = set(window.markets) or {
                market for each in window.components for market in estate.markets_of(each)
            }
            summary = (
                f"maintenance “{window.title}” was to end at {window.ends_at:%Y-%m-%d %H:%M} UTC "
                "and nobody has ended it; its alerts page again"
            )
            market = next(iter(markets)) if len(markets) == 1 else ""
            about = {"window": str(window.id)}
            alerts.append(OwnAlert("WindowOverrun", summary, about, market))
    own_alerts.keep(runtime, "WindowOverrun", {each.key: each for each in alerts})


def track_flapping(runtime: Runtime) -> None:
    """Note which alerts change too often, and which have been quiet for a window since."""
    with runtime.view(SYSTEM) as work:
        changed = judged(work)
    if changed:
        with runtime.work(SYSTEM) as work:
            upkeep.set_flapping(work, changed)


def match_silences(runtime: Runtime) -> None:
    """Remember which silences still match an open alert; the others are listed for removal."""
    with runtime.view(SYSTEM) as work:
        active = queries.suppressions(work).silences
        due = {
            each.id: each
            for each in active
            if each.last_match_at is None or work.now - each.last_match_at >= _MATCH_AGAIN
        }
        matched: set[str] = set()
        for alert in queries.each_open(work) if due else ():
            matched.update(due.keys() & set(alert.silenced_by))
            if len(matched) == len(due):
                break
    if matched:
        with runtime.work(SYSTEM) as work:
            upkeep.note_matches(work, matched)


def retain_alerts(runtime: Runtime) -> None:
    """Move long resolved alerts into the archive, and forget what is too old there."""
    for step in (upkeep.archive, upkeep.forget):
        for _ in range(_TURNS):
            with runtime.work(SYSTEM) as work:
                if not step(work):
                    break


JOBS = {
    sweep_leases: timedelta(seconds=5),
    watch_sources: timedelta(seconds=15),
    watch_heartbeats: timedelta(seconds=10),
    watch_windows: timedelta(seconds=15),
    track_flapping: timedelta(seconds=10),
    match_silences: timedelta(minutes=10),
    retain_alerts: timedelta(minutes=30),
}
