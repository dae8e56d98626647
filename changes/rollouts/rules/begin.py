"""Why a wave may not begin now: every reason in words, none when it may. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.values import RolloutView, WaveView

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Trouble:
    """An open P1 or P2 on a service that the change affects, or is judged by."""

    incident_id: int
    priority: str
    component: str  # its name for people
    markets: Sequence[str]  # of the wave; all of them where it names none
    how: str = ""  # it is affected: ``which it stands on``; empty where the change touches it

    @property
    def words(self) -> str:
        """Return why it holds a wave: ``held by INC-7: P1 on Core ledger East in KE``."""
        where = ", ".join(self.markets) + (f", {self.how}" if self.how else "")
        return (
            f"held by INC-{self.incident_id}: {self.priority} on {self.component} in {where}; "
            "it ends by itself when the incident does"
        )


@dataclass(frozen=True)
class Frozen:
    """A hard freeze that holds in markets of the wave and that nobody overrode."""

    name: str
    markets: Sequence[str]
    until: str  # on the walls of those markets, and in UTC

    @property
    def words(self) -> str:
        """Return why it holds a wave."""
        return f"hard freeze {self.name} in {', '.join(self.markets)} until {self.until}"


@dataclass(frozen=True)
class Facts:
    """What holds for one wave now, besides the roll-out itself."""

    now: datetime
    troubles: Sequence[Trouble] = ()
    freezes: Sequence[Frozen] = ()
    change_may_start: bool = True  # by its state and its type
    blocks: Sequence[str] = ()  # what else keeps the change from beginning: collisions, duties


def may_begin(rollout: RolloutView, wave: WaveView, facts: Facts) -> tuple[str, ...]:
    """Return every reason why ``wave`` may not begin now, the one of the order first."""
    if wave.state is not WaveState.WAITING:
        return (f"wave {wave.position} is {wave.state} already",)
    found = [
        *_of_rollout(rollout, facts),
        *_of_order(rollout, wave, facts.now),
        *_of_time(rollout, wave, facts.now),
        *facts.blocks,
        *(each.words for each in facts.troubles),
        *(each.words for each in facts.freezes),
    ]
    return tuple(found)


def _of_rollout(rollout: RolloutView, facts: Facts) -> list[str]:
    found = []
    if not (rollout.state is RolloutState.PLANNED or rollout.state.is_open):
        found.append(f"the roll-out is {rollout.state}")
    if rollout.rolled_back_at is not None and rollout.state.is_open:
        found.append("the roll-out is rolled back as a whole")
    if rollout.paused_at is not None:
        found.append(f"the watch after the last wave is paused: {rollout.paused_because}")
    elif rollout.state is RolloutState.PLANNED and not facts.change_may_start:
        found.append(
            f"CHG-{rollout.change_id} is {rollout.change_state}; it begins once it is approved and "
            "has its place in the calendar"
        )
    return found


def _of_order(rollout: RolloutView, wave: WaveView, now: datetime) -> list[str]:
    before = [each for each in rollout.waves if each.position < wave.position]
    waits = next((each for each in before if each.state is not WaveState.PASSED), None)
    if waits is not None:
        return [f"waits for wave {waits.position}, which is {waits.state}"]
    soaking = [each for each in before if (ends := soak_ends(each)) and now < ends]
    return [
        f"wave {each.position} soaks until {when(soak_ends(each), now)}"
        for each in soaking[-1:]  # the last to end is the one before: they pass in their order
    ]


def soak_ends(wave: WaveView) -> datetime | None:
    """Return until when a wave that passed soaks, None before it passed."""
    if wave.state is not WaveState.PASSED or wave.ended_at is None:
        return None
    return wave.ended_at + timedelta(minutes=wave.soak_minutes)


def _of_time(rollout: RolloutView, wave: WaveView, now: datetime) -> list[str]:
    found = []
    if wave.not_before is not None and now < wave.not_before:
        found.append(f"not before {when(wave.not_before, now)}")
    if rollout.window is None:
        return [*found, f"CHG-{rollout.change_id} has no window"]
    if now < rollout.window.since:
        found.append(
            f"the window of CHG-{rollout.change_id} begins {when(rollout.window.since, now)}"
        )
    if now >= rollout.window.until:
        found.append(
            f"the window of CHG-{rollout.change_id} ended {when(rollout.window.until, now)}"
        )
    return found


def when(at: datetime | None, now: datetime) -> str:
    """Return an instant as a sentence has it: ``14:20 UTC``, ``Tue 1 Dec 08:00 UTC``."""
    if at is None:
        return "an unknown time"
    day = "" if at.date() == now.date() and abs(at - now) < _DAY else f"{at:%a} {at.day} {at:%b} "
    return f"{day}{at:%H:%M} UTC"
