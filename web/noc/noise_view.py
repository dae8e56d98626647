"""What came in during the last hour and what holds pages now, for the head of triage."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from changes.lifecycle import State
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.monitoring import queries
from ssoc.monitoring.rules.suppression import SilenceState
from web import words
from web.noc.changing import LATELY, changing


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere."""

    text: str
    href: str


@dataclass(frozen=True)
class Noise:
    """What came in, and what holds pages back; each a link."""

    came_in: Link
    holds: Sequence[Link]
    verb: str


def noise(work: Work) -> Noise | None:
    """Return both, nothing for those who may not see alerts."""
    if not work.actor.markets(Permission.ALERT_SEE):
        return None
    hour = queries.noise(work)
    events, alerts = words.counted(hour.events, "message"), words.counted(hour.alerts, "alert")
    silences = [each.state(work.now) for each in queries.silences(work, expired=False)]
    windows = [each.is_open(work.now) for each in queries.windows(work, days=1)]
    active, running = silences.count(SilenceState.ACTIVE), windows.count(True)
    return Noise(
        Link(f"{events} and {alerts} in the last hour", url_for("noc.alerts")),
        (
            Link(words.counted(active, "silence"), url_for("noc.silences")),
            Link(words.counted(running, "window"), url_for("noc.windows")),
        ),
        "hold pages, never state" if active + running != 1 else "holds pages, never state",
    )


def changed(work: Work) -> Sequence[Link]:
    """Return how much is being changed now and was changed lately; nothing when nothing is."""
    found = changing(work)
    lately = words.age(LATELY)
    sees = bool(work.actor.markets(Permission.CHANGE_SEE))
    windows = url_for("noc.windows")
    running = url_for("changes.listed", state=State.RUNNING.value) if found.running else windows
    ended = url_for("changes.listed", state="over", order="ended")
    log = url_for("changes.change_log") if sees else windows
    runs, logged = (words.exact(len(each)) for each in (found.ended, found.logged))
    told = [
        (found.now, f"{words.exact(found.now)} changing now", running),
        (len(found.ended), f"{runs} ended in the last {lately}", ended),
        (len(found.logged), f"{logged} told by tools in the last {lately}", log),
    ]
    return [Link(text, href) for number, text, href in told if number]
