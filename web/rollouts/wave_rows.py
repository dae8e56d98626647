"""The table of waves on the page of a roll-out: whom each covers, its gate, what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from changes.gates.lifecycle import Phase
from changes.gates.queries import gates
from changes.rollouts.lifecycle import WaveState
from changes.rollouts.rules import reach
from changes.rollouts.rules.ahead import gate_length
from changes.rollouts.rules.begin import soak_ends
from changes.rollouts.values import RolloutView, TaskView, WaveView
from ssoc.core.work import Work
from web import words
from web.change_managers.page_parts import PageAct
from web.rollouts.page_view import Page, WaveCard


@dataclass(frozen=True)
class WaveRow:
    """One wave of the table: whom it covers, what its gate says, what is to happen next."""

    card: WaveCard
    whom: str
    markets: Sequence[str]
    people: str
    verdict: tuple[str, str, str]  # word, tone, kind
    why: str
    gate: str
    evidence: str
    earlier: Sequence[str]  # where the evidence of attempts before the present one is
    next: Sequence[str]
    act: PageAct | None


def rows(work: Work, page: Page) -> list[WaveRow]:
    """Return every wave as a row: what its gate says is one statement for all of them."""
    rollout = page.rollout
    known = gates.verdicts(work, [each.gate_id for each in rollout.waves if each.gate_id])
    return [_row(work, rollout, each, known, page.acts) for each in page.cards]


def _row(
    work: Work,
    rollout: RolloutView,
    of: WaveCard,
    known: Mapping[int, tuple[Phase, str]],
    pressed: Sequence[PageAct],
) -> WaveRow:
    wave = of.wave
    phase, why = known.get(wave.gate_id or 0, (None, ""))
    is_bad = phase is not None and phase.is_final and phase is not Phase.SUCCESSFUL
    metrics = words.counted(len(wave.gate.get("metrics", ())), "metric")
    at_least = gate_length(wave.gate)
    return WaveRow(
        of,
        reach.whom(wave.cohorts, wave.percent, wave.sites),
        wave.markets or rollout.markets,
        f"{words.short(wave.people)} people" if wave.people is not None else "",
        _VERDICTS[phase] if phase else ("not begun", "", "none"),
        f"{why[:1].upper()}{why[1:]}" if is_bad else "",
        f"{metrics}, at least {words.age(at_least)}" if at_least else metrics,
        evidence_of(rollout, wave.position, wave.gate_id),
        _earlier(rollout, wave),
        _next(work, of),
        _act_of(rollout, wave, pressed),
    )


_VERDICTS: Mapping[Phase, tuple[str, str, str]] = {
    Phase.PENDING: ("measuring", "", ""),
    Phase.RUNNING: ("measuring", "", ""),
    Phase.SUCCESSFUL: ("passed", "", "done"),
    Phase.NO_DATA: ("no data", "p2", ""),
    Phase.INCONCLUSIVE: ("unsure", "p3", ""),
    Phase.ERROR: ("error", "p2", ""),
    Phase.FAILED: ("failed", "p1", ""),
}


def evidence_of(rollout: RolloutView, position: int | None, gate_id: int | None) -> str:
    """Return where the measurements of a gate are: its first metric, in its first market.

    ``position`` is that of the wave, None for the watch; the gate may be of an earlier attempt.
    """
    wave = rollout.wave(position) if position is not None else None
    content = wave.gate if wave else rollout.watch
    metrics = content.get("metrics", ())
    if gate_id is None or not metrics:
        return ""
    markets = (wave.markets if wave else ()) or rollout.markets
    market = "" if metrics[0].get("per") == "gate" or not markets else markets[0]
    place = {"gate_id": gate_id, "metric": metrics[0]["name"], "market": market}
    return url_for("rollouts.evidence", rollout_id=rollout.id, **place)


def _earlier(rollout: RolloutView, wave: WaveView) -> list[str]:
    """Return the evidence of each attempt before the present one, the first one first."""
    ids = {e.gate_id for e in rollout.decisions if e.position == wave.position and e.gate_id}
    return [
        evidence_of(rollout, wave.position, each)
        for each in sorted(each for each in ids if each and each != wave.gate_id)
    ]


def _next(work: Work, of: WaveCard) -> list[str]:
    """Return what has to happen next in a wave, for the one who reads nothing else."""
    wave = of.wave
    ends = soak_ends(wave)
    match wave.state:
        case WaveState.WAITING if wave.held:
            return [f"{each[:1].upper()}{each[1:]}" for each in wave.held]
        case WaveState.WAITING:
            return ["Begins by itself now" if wave.is_automatic else "A person may begin it"]
        case WaveState.RUNNING:
            return [_tasks_words(wave.open_tasks, "to be done")]
        case WaveState.AT_GATE:
            return ["Its gate decides"]
        case WaveState.PAUSED:
            return ["Somebody decides: resume, roll back or abort"]
        case WaveState.ROLLING_BACK:
            return [_tasks_words(wave.tasks_to_undo, "to be undone")]
        case WaveState.PASSED if ends is not None and work.now < ends:
            return [f"Soaks until {words.time(ends)} UTC"]
    return []


def _tasks_words(tasks: Sequence[TaskView], what: str) -> str:
    if not tasks:
        return "Nothing left " + what
    first = tasks[0]
    who = f" by {first.owner}" if first.owner else ""
    more = f", and {len(tasks) - 1} more" if len(tasks) > 1 else ""
    return f"{first.title} {what}{who}{more}"


def _act_of(rollout: RolloutView, wave: WaveView, pressed: Sequence[PageAct]) -> PageAct | None:
    """Return the press that moves this wave, out of those that the page allows."""
    following = rollout.next
    wanted = {
        WaveState.PAUSED: "Decide",
        WaveState.ROLLED_BACK: "Decide",
        WaveState.RUNNING: "Pause",
        WaveState.AT_GATE: "Pause",
        WaveState.WAITING: f"Begin wave {wave.position}…" if following is wave else "-",
    }.get(wave.state, "-")
    return next((each for each in pressed if each.label.startswith(wanted)), None)
