"""What roll-outs do when a gate decided, a change was cancelled, or a wave was paused."""

from datetime import timedelta

from changes import approval_links
from changes.rollouts.actions import deciding, following
from changes.rollouts.actions.found import find
from changes.rollouts.lifecycle import RolloutState, WaveMove
from changes.rollouts.queries import rollouts
from changes.rollouts.values import RolloutView
from ssoc.accounts.queries import Holder, active_holders
from ssoc.core.errors import NotFound
from ssoc.core.vocabulary import ChangeCancelled, GateDecided, RolloutMoved, WaveMoved
from ssoc.core.work import Work
from ssoc.notify.actions import Post, post

LASTS = timedelta(days=2)


def follow_gate(work: Work, event: GateDecided) -> None:
    """Pass, pause or roll back what stands behind a gate of ours."""
    following.follow(work, event)


def end_cancelled(work: Work, event: ChangeCancelled) -> None:
    """End the roll-out of a change that was cancelled before it began."""
    number = rollouts.number_of(work, event.change_id)
    if number is None:
        return
    found = find(work, number)
    if found.row.state is RolloutState.PLANNED:
        deciding.end_here(work, found, "the change was cancelled")


def tell_pause(work: Work, event: WaveMoved) -> None:
    """Write to who asked for the change and who carries it out that a wave is paused."""
    if event.move == WaveMove.PAUSE.value:
        _write(work, event.rollout_id, event.position, event.reason)


def tell_watch(work: Work, event: RolloutMoved) -> None:
    """Write to them when the watch after the last wave is paused."""
    if event.move == deciding.PAUSE_WATCH:
        _write(work, event.rollout_id, None, event.reason)


def _write(work: Work, rollout_id: int, position: int | None, reason: str) -> None:
    """Write one letter each for one pause; none when somebody has decided meanwhile."""
    if not work.settings.notify.mail_server:
        return
    try:
        view = rollouts.rollout(work, rollout_id)
    except NotFound:
        return
    wave = view.wave(position) if position is not None else None
    paused_at = wave.paused_at if wave else view.paused_at
    if paused_at is None:
        return
    where = f"wave {wave.position}, {wave.name}" if wave else "the watch after the last wave"
    once = f"{position or 0}/{paused_at:%Y%m%d%H%M%S}"
    people = active_holders(work)
    for name in dict.fromkeys((view.requester, view.implementer)):
        if name in people and people[name].mail:
            post(work, _letter(work, view, people[name], where, reason, once))


def _letter(  # noqa: PLR0913 (what a letter is made of)
    work: Work, view: RolloutView, to: Holder, where: str, reason: str, once: str
) -> Post:
    text = "\n".join(
        (
            f"{view.reference}: {view.title}",
            "",
            f"Paused:    {where}",
            f"Why:       {reason}",
            f"Markets:   {', '.join(view.markets)}",
            "",
            "Nothing was taken away. Going on is an approval: somebody who neither asked for the",
            "change nor carries it out resumes it with a reason, rolls it back or aborts it:",
            approval_links.address(work.settings.web, f"/roll-outs/{view.id}"),
            "",
        )
    )
    subject = f"{view.reference} is paused: {view.title}"
    return Post(f"rollout/{view.id}/{once}/{to.name}", to.name, to.mail, subject, text, LASTS)
