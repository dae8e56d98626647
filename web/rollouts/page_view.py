"""What the page of a roll-out shows besides its gate: waves, the note, the forecast, the acts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import url_for

from changes.features.queries import features
from changes.queries import rounds
from changes.rollouts.actions.found import GATE
from changes.rollouts.jobs import PAUSED
from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.rules import reach
from changes.rollouts.rules.ahead import Outlook, outlook
from changes.rollouts.rules.begin import soak_ends
from changes.rollouts.values import RolloutView, WaveView
from changes.rules.approvals import separation_fault
from changes.rules.running import Standing
from ssoc.accounts import queries as accounts
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import books, words
from web.change_managers.page_parts import PageAct
from web.noc.harm_view import Fact
from web.rollouts import feature_view

_LATE = {Standing.OVERRUN, Standing.DUE, Standing.PAST, Standing.OVER}


@dataclass(frozen=True)
class WaveCard:
    """One wave of the strip."""

    wave: WaveView
    title: str
    badge: tuple[str, str, str]  # word, tone, kind
    when: str
    about: str
    why: Sequence[str]
    is_here: bool
    is_later: bool


@dataclass(frozen=True)
class Note:
    """The finding in a sentence, and what to do."""

    tone: str
    point: str
    cure: str
    deciders: Sequence[str] = ()  # who may give the approval that it waits for
    links: Sequence[tuple[str, str]] = ()  # what helps meanwhile: label and address


@dataclass(frozen=True)
class Page:
    """Everything of a roll-out but its gate."""

    rollout: RolloutView
    badge: tuple[str, str, str]
    where: str
    rollback: str
    note: Note | None
    cards: Sequence[WaveCard]
    facts: Sequence[Fact]
    late: str
    acts: Sequence[PageAct]
    may_run: bool


def page_of(work: Work, rollout: RolloutView) -> Page:
    """Return the page."""
    ahead = outlook(rollout, work.now)
    return Page(
        rollout,
        badge_of(rollout),
        where_words(rollout, work),
        _rollback(rollout),
        _note(work, rollout),
        [card(work, rollout, each) for each in rollout.waves],
        _facts(work, rollout, ahead),
        ahead.words if ahead and ahead.standing in _LATE else "",
        acts(work, rollout),
        _may(work, Permission.CHANGE_RUN, rollout.current, rollout),
    )


def badge_of(rollout: RolloutView) -> tuple[str, str, str]:
    """Return where a roll-out stands in a few words, with the tone of them."""
    current = rollout.current
    by = rollout.paused_by or (current.paused_by if current else "")
    if rollout.is_paused:
        return ("paused by its gate", "p1", "") if by == GATE else (f"paused by {by}", "p2", "")
    if any(each.state is WaveState.ROLLING_BACK for each in rollout.waves):
        return ("rolling back", "p2", "")
    return (rollout.state.value, "", "none" if rollout.state is RolloutState.PLANNED else "done")


def where_words(rollout: RolloutView, work: Work) -> str:
    """Return which wave it is at: ``wave 2 of 4, since 13:20 UTC``."""
    current, of = rollout.current, len(rollout.waves)
    if current is not None and current.started_at is not None:
        since = words.when(current.started_at, work.now)
        return f"wave {current.position} of {of}, since {since} UTC"
    if rollout.state is RolloutState.WATCHING and rollout.watched_from is not None:
        return (
            f"all {of} waves passed, watched since {words.when(rollout.watched_from, work.now)} UTC"
        )
    passed = sum(each.state is WaveState.PASSED for each in rollout.waves)
    return f"{passed} of {words.counted(of, 'wave')} passed"


def _rollback(rollout: RolloutView) -> str:
    if not rollout.rollback_is_tested:
        return "roll-back not tested"
    return f"tested roll-back, {rollout.rollback_minutes}{words.HARD}min"


def note_of(rollout: RolloutView) -> Note | None:
    """Return what has to be decided, None while nothing has."""
    current = rollout.current
    if not rollout.is_paused:
        return None
    because = rollout.paused_because or (current.paused_because if current else "")
    by = rollout.paused_by or (current.paused_by if current else "")
    point = f"{because[:1].upper()}{because[1:]}".removesuffix(".") + "."
    if by != GATE:
        return Note("p2", f"{by} paused it: {point}", _GO_ON)
    return Note("p1", point, f"A pause is automatic. {_GO_ON}")


def _note(work: Work, rollout: RolloutView) -> Note | None:
    """Return the same with who may decide, and what whoever reads it can do meanwhile."""
    found = note_of(rollout)
    if found is None:
        return None
    links: list[tuple[str, str]] = []
    if (book := books.link_of_alert(PAUSED)) and book.href:
        links.append(("Runbook", book.href))
    links += [
        (f"Force off {each.key}…", url_for("rollouts.feature_kill", key=each.key))
        for each in features.of_rollout(work, rollout.id)
        if feature_view.killable(work, each)
    ]
    return replace(found, deciders=_deciders(work, rollout), links=links)


def _deciders(work: Work, rollout: RolloutView) -> list[str]:
    """Return who may approve where it is paused and has no duty in the change."""
    current = rollout.current
    markets = (current.markets if current else ()) or rollout.markets
    named = ("requester", "implementer", "verifier")
    duties = {each: getattr(rollout, each) for each in named}
    excepted = rounds.excepted(work, [rollout.change_id]).get(rollout.change_id, frozenset())
    able = accounts.names_able(work, Permission.CHANGE_APPROVE, markets)
    return [each for each in able if not separation_fault(duties, [each], excepted)]


_GO_ON = (
    "Nothing was taken away. Going on is an approval: somebody gives it who neither asked for the "
    "change nor carries it out, with a reason."
)


def card(work: Work, rollout: RolloutView, wave: WaveView) -> WaveCard:
    """Return one wave of the strip."""
    is_waiting = wave.state is WaveState.WAITING
    return WaveCard(
        wave,
        f"Wave {wave.position} · {wave.name}",
        _wave_badge(wave),
        _wave_when(work, wave),
        _about(rollout, wave),
        wave.held if is_waiting else (),
        wave.state.is_under_way or wave.state is WaveState.ROLLING_BACK,
        is_waiting,
    )


def _wave_badge(wave: WaveView) -> tuple[str, str, str]:
    match wave.state:
        case WaveState.PAUSED:
            tone = "p1" if wave.paused_by == GATE else "p2"
            return (f"{wave.was}, paused" if wave.was else "paused", tone, "")
        case WaveState.WAITING:
            return (_held_badge(wave), "", "none")
        case WaveState.ROLLING_BACK | WaveState.ROLLED_BACK:
            return (wave.state.value, "p2", "")
        case WaveState.PASSED:
            return ("passed", "", "done")
    return (wave.state.value, "", "")


def _held_badge(wave: WaveView) -> str:
    """Return the shortest true word: who reads more finds it below."""
    by = next((each for each in wave.held if each.startswith("held by")), "")
    if by:
        return by.partition(":")[0]
    late = next((each for each in wave.held if each.startswith("not before")), "")
    return late or ("waits" if wave.held else "may begin")


def _wave_when(work: Work, wave: WaveView) -> str:
    ends = soak_ends(wave)
    if ends is not None and work.now < ends:
        return f"soaks until {words.time(ends)} UTC"
    at = wave.ended_at or wave.started_at
    return f"{words.when(at, work.now)} UTC" if at else ""


def _about(rollout: RolloutView, wave: WaveView) -> str:
    people = f"{words.short(wave.people)} people, " if wave.people is not None else ""
    where = " ".join(wave.markets or rollout.markets)
    gate = words.counted(len(wave.gate.get("metrics", ())), "metric")
    tasks = ""
    if wave.tasks:
        done = len(wave.tasks) - len(wave.open_tasks)
        tasks = f" · {done} of {words.counted(len(wave.tasks), 'task')}"
    auto = " · begins by itself" if wave.is_automatic and wave.state is WaveState.WAITING else ""
    who = reach.whom(wave.cohorts, wave.percent, wave.sites)
    return f"{people}{who}, {where} · {gate}{tasks}{auto}"


def _facts(work: Work, rollout: RolloutView, ahead: Outlook | None) -> list[Fact]:
    """Return the forecast against the window: a pause does not stop it (G12)."""
    window = rollout.window
    found = []
    if ahead is not None:
        least = (
            "at the earliest; people have to act first" if ahead.is_least else "if all goes well"
        )
        found.append(_moment("Forecast end", ahead.end, work.now, least))
    if window is not None:
        sub = ahead.words if ahead and ahead.words else "of the change"
        found.append(_moment("Window ends", window.until, work.now, sub))
    if ahead is not None and ahead.checkpoint is not None:
        sub = f"last moment for a roll-back of {rollout.rollback_minutes}{words.HARD}min"
        found.append(_moment("Checkpoint", ahead.checkpoint, work.now, sub))
    if rollout.watch_minutes:
        found.append(
            Fact("Watched after", _minutes(rollout.watch_minutes), "", "then it is finished")
        )
    return found


def _moment(label: str, at: datetime, now: datetime, said: str) -> Fact:
    """Return a moment as a fact: its hour large, its day before what is said of it."""
    day = "" if at.date() == now.date() else f"{words.day(at, now)}, "
    return Fact(label, words.time(at), "UTC", f"{day}{said}")


def _minutes(minutes: int) -> str:
    return words.age(timedelta(minutes=minutes))


# ----------------------------------------------------------- what may be pressed


def acts(work: Work, rollout: RolloutView) -> list[PageAct]:
    """Return the buttons that the state and the actor's rights allow; one is filled at most."""
    found: list[PageAct] = []
    following, current = rollout.next, rollout.current
    approves = _may(work, Permission.CHANGE_APPROVE, current, rollout)
    goes_on = rollout.state.is_open
    if approves and goes_on and (rollout.is_paused or _rolled_back(rollout)):
        found.append(_act("Decide…", "decide", rollout, key="d", is_main=True))
    runs = _may(work, Permission.CHANGE_RUN, following or current, rollout)
    is_free = current is None and (goes_on or rollout.state is RolloutState.PLANNED)
    if following is not None and is_free and runs and not following.held:
        found.append(_act(f"Begin wave {following.position}…", "start", rollout, is_main=not found))
    can_pause = current is not None or rollout.state is RolloutState.WATCHING
    if can_pause and goes_on and runs and not rollout.is_paused:
        found.append(_act("Pause…", "pause", rollout, key="p"))
    if approves and goes_on and rollout.rollback_is_tested and rollout.in_force:
        last = rollout.in_force[-1].position
        found.append(_act(f"Roll back wave {last}…", "decide", rollout, do="roll_back"))
    if approves and goes_on:
        found.append(_act("Abort…", "decide", rollout, do="abort"))
    if rollout.state is RolloutState.PLANNED and _may(work, Permission.CHANGE_PLAN, None, rollout):
        found.append(_act("Edit waves…", "plan", rollout, key="e"))
        found.append(_act("Take waves away…", "remove", rollout))
    return found


def _rolled_back(rollout: RolloutView) -> bool:
    return any(each.state is WaveState.ROLLED_BACK for each in rollout.waves)


def _act(
    label: str,
    name: str,
    rollout: RolloutView,
    key: str = "",
    *,
    is_main: bool = False,
    do: str = "",
) -> PageAct:
    href = url_for(f"rollouts.{name}", rollout_id=rollout.id, do=do or None)
    return PageAct(label, href, key, is_main, is_question=True)


def _may(work: Work, permission: Permission, wave: WaveView | None, rollout: RolloutView) -> bool:
    markets = (wave.markets if wave else ()) or rollout.markets or ("*",)
    return all(work.actor.may(permission, each) for each in markets)
