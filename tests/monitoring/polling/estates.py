"""Small estates and polls for the tests of this folder."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Check, Estate, Path
from ssoc.monitoring.polling.recorder import Recorder
from ssoc.monitoring.reading import Health, Reading, Reason, Sample
from ssoc.monitoring.sample_store import Polled
from tests import factories

MINUTE = timedelta(minutes=1)


def check(component: str, name: str = "health", **given: Any) -> Check:
    """A check of one minute; its market is the end of the component's name."""
    code = component.rpartition("-")[2].upper()
    usual: dict[str, Any] = {
        "adapter": "health",
        "every": MINUTE,
        "market": code if code in factories.ZONES else "",
    }
    return Check(component, name, **{**usual, **given})


def stored(runtime: Runtime, checks: Iterable[Check], **given: Any) -> Estate:
    """Store an estate with these checks; what they name exists."""
    listed = list(checks)
    keys = sorted({each.component for each in listed})
    value = factories.estate_of(", ".join(keys), checks=listed, **given)
    paths = {each.path for each in listed if each.path}
    with runtime.work(SYSTEM) as work:
        items = factories.items_of(value)
        items += [("path", Path(key, f"wan-{key}")) for key in sorted(paths)]
        estate_actions.replace(work, items)
    return value


def polled(check: Check, at: datetime, *samples: Sample, late: float = 0.0, **given: Any) -> Polled:
    """A poll that was made; ok unless told otherwise."""
    usual: dict[str, Any] = {"health": Health.OK, "duration": timedelta(milliseconds=25)}
    reading = Reading(check.key, at, samples=samples, **{**usual, **given})
    return Polled(check, reading, timedelta(seconds=late))


def lost(check: Check, at: datetime) -> Polled:
    """A poll that got no answer."""
    return polled(
        check, at, health=Health.UNKNOWN, reason=Reason.UNREACHABLE, message="no answer in 2 s"
    )


def recorder(runtime: Runtime) -> Recorder:
    """A recorder that watches the estate as stored."""
    from ssoc.estate import queries

    made = Recorder(runtime)
    with runtime.view(SYSTEM) as work:
        estate = queries.current(work)
    made.watch(estate)
    return made


def record(made: Recorder, polls: Sequence[Polled]) -> None:
    """Write polls as one batch, none missed."""
    made.record(polls, {})
