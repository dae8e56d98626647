"""Who is on the bridge of a run: people of ours and of partners, with when they came and went."""

from sqlalchemy import select

from changes.actions import moving, runs_found
from changes.models import BridgePresence, Run
from changes.queries import runs as run_queries
from changes.run_values import RunView
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import ActorKind
from ssoc.core.running import bump
from ssoc.core.vocabulary import BridgeJoined, BridgeLeft
from ssoc.core.work import Work

_PERSON, _PARTNER = 128, 64


def join_bridge(work: Work, run_id: int, person: str = "", partner: str = "") -> None:
    """Put somebody on the bridge: oneself, or another by who may run the change.

    Raises:
        Conflict: they are there already, or the run has ended.

    """
    view = _seen(work, run_id, person)
    who, of = _name(person or work.actor.name, "person", _PERSON), _name(partner, "", _PARTNER)
    there = [each for each in view.on_bridge if each.person == who]
    if there:
        raise Conflict(f"{who} is on the bridge since {there[0].joined_at:%H:%M} UTC")
    work.session.add(BridgePresence(run_id=run_id, person=who, partner=of, joined_at=work.now))
    bump(work.session)
    work.record(BridgeJoined(view.change.id, _markets(view), run_id, who, of))


def leave_bridge(work: Work, run_id: int, person: str = "") -> None:
    """Take somebody off the bridge: oneself, or another by who may run the change."""
    view = _seen(work, run_id, person)
    who = _name(person or work.actor.name, "person", _PERSON)
    row = work.session.scalars(
        select(BridgePresence)
        .where(BridgePresence.run_id == run_id, BridgePresence.person == who)
        .where(BridgePresence.left_at.is_(None))
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound(f"{who} is not on the bridge; nothing was written")
    _leave(work, view, row)
    bump(work.session)


def clear_bridge(work: Work, view: RunView) -> None:
    """Let everybody go: the run has ended."""
    rows = work.session.scalars(
        select(BridgePresence)
        .where(BridgePresence.run_id == view.id, BridgePresence.left_at.is_(None))
        .order_by(BridgePresence.id)
    )
    for row in rows:
        row.left_at = work.now


def _leave(work: Work, view: RunView, row: BridgePresence) -> None:
    row.left_at = work.now
    work.record(BridgeLeft(view.change.id, _markets(view), view.id, row.person, row.partner))


def _seen(work: Work, run_id: int, person: str) -> RunView:
    """Return an open run: to be run, or for a person who comes by themselves, to be seen."""
    work.session.get(Run, run_id, with_for_update=True)  # nobody is on the bridge twice
    is_oneself = person.strip() in {"", work.actor.name}
    if is_oneself and work.actor.kind is ActorKind.PERSON:
        view = run_queries.run(work, run_id, ahead=False)
        if view.is_open:
            return view
    return runs_found.found(work, run_id).view


def _name(given: str, what: str, most: int) -> str:
    found = " ".join(given.split())
    if what and not found:
        raise BadInput(f"name a {what}")
    if len(found) > most:
        raise BadInput(f"the name {found[:32]!r}… is too long; write {most} characters at most")
    return found


def _markets(view: RunView) -> str:
    return moving.markets_text(view.change.markets)
