"""What stands between an approved change and its place in the calendar. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from changes.lifecycle import Move, State
from changes.rules.types import Late, Types, late_by
from changes.values import ChangeView


def obstacles(change: ChangeView, types: Types, now: datetime) -> list[str]:
    """Return in words what its type and its window say against scheduling it now."""
    known = types.get(change.type)
    if known is None:
        return [f"the policy has no type {change.type!r} any more; give it another"]
    if not known.allows(State.APPROVED, Move.SCHEDULE):
        return [f"a {change.type} change is not scheduled; it is started when it is approved"]
    found = []
    missing = known.missing(change, State.SCHEDULED)
    if missing:
        found.append(f"it has no {_and(missing)}")
    if change.starts_at and change.starts_at <= now:
        goes_on = change.ends_at is None or now < change.ends_at
        cure = "choose a later one"
        if goes_on and known.allows(State.APPROVED, Move.START):
            cure = "it needs no place in the calendar, start it"
        found.append(f"its window began at {change.starts_at:%Y-%m-%d %H:%M} UTC; {cure}")
    late = late_by(known, change)
    if late > timedelta() and known.late is Late.REFUSED:
        found.append(late_words(late, known.lead_time_of(change.markets)))
    return found


def foreseen(change: ChangeView, types: Types, now: datetime) -> list[str]:
    """Return what would keep a change that asks for approval, or is about to, from its place.

    A draft is looked at as if it were submitted now; collisions stand in a list of their own.
    """
    if change.state not in {State.DRAFT, State.SUBMITTED} or change.window is None:
        return []
    known = types.get(change.type)
    if known is None or not known.allows(State.APPROVED, Move.SCHEDULE):
        return []
    asked = replace(change, submitted_at=now) if change.state is State.DRAFT else change
    return obstacles(asked, types, now)


def late_words(late: timedelta, lead_time: timedelta) -> str:
    """Return that a change was submitted too late, by how much, and the cure."""
    return (
        f"it was submitted {hours(late)} too late: its type asks for {hours(lead_time)} before the "
        "window begins; choose a later window"
    )


def hours(span: timedelta) -> str:
    """Return a length in hours and minutes: ``47 h 30 min``."""
    whole, minutes = divmod(int(span.total_seconds() // 60), 60)
    parts = [f"{whole} h" if whole else "", f"{minutes} min" if minutes or not whole else ""]
    return " ".join(filter(None, parts))


def _and(names: list[str]) -> str:
    bare = [name.removeprefix("a ").removeprefix("an ") for name in names]
    return ", ".join(bare[:-1]) + (" and no " if bare[:-1] else "") + bare[-1]
