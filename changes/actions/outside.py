"""Entries of the change log, each matched with its change or found to be unauthorised."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select

from changes.actions.causes import rank_later
from changes.actions.moving import found, markets_text
from changes.lifecycle import CHANGE, Effect, Move, Sighted, State
from changes.models import Change, ChangeComponent, ChangeMarket, ChangeSighting
from changes.names import same
from changes.policy import policy
from changes.queries import links, views
from changes.queries.references import changes_named
from changes.rules.outside import (
    AUTHORISED,
    Entry,
    Judgement,
    OutsidePolicy,
    covers,
    is_then,
    misfits,
    references_in,
    unwatched_because,
)
from changes.values import FOUND, ChangeView
from ssoc.core.bulk import insert_new
from ssoc.core.errors import BadInput, IllegalMove, NotAllowed
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.signs import is_blank
from ssoc.core.vocabulary import ChangeRaised, UnauthorisedChangeFound, UnauthorisedChangeSettled
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.queries import LoggedChange

INSTANT = timedelta(minutes=1)  # how long something is shown that tells no end
_FAR = timedelta(days=3)  # windows of changes are looked for so far around an entry


def judge(work: Work, logged: LoggedChange) -> Judgement | None:
    """Say what an entry of the change log is part of; raise a change when it is of none.

    Returns None when somebody was faster, or it is still ahead and was looked at before.
    """
    work.require(Permission.CHANGE_REPORT, logged.market or EVERYWHERE)
    rule = policy(work).outside
    row = _sighting(work, logged)
    if row is None:
        return None
    entry = _entry(logged)
    decided = _decide(work, logged, entry, rule, estate_queries.current(work))
    if decided.verdict == Sighted.UNAUTHORISED:
        decided = _raise(work, logged, entry, decided, rule)
    row.verdict, row.reason = Sighted(decided.verdict), decided.reason[:500]
    row.change_id, row.judged_at = decided.change_id, work.now
    bump(work.session)
    return decided


def _sighting(work: Work, logged: LoggedChange) -> ChangeSighting | None:
    """Return the row of the entry, ours to fill in; None when it has been judged."""
    fresh = {
        "event_id": logged.id,
        "at": logged.at,
        "received_at": logged.received_at,
        "source": logged.source,
        "market": logged.market,
        "component": logged.component,
        "verdict": Sighted.AHEAD,
        "change_id": None,
        "reason": "",
        "judged_by": "",
        "judged_at": work.now,
    }
    is_new = insert_new(work.session, ChangeSighting, [fresh], ["event_id"])
    row = work.session.get_one(ChangeSighting, logged.id, with_for_update=True)
    return row if is_new or row.verdict is Sighted.AHEAD else None


def _entry(logged: LoggedChange) -> Entry:
    return Entry(logged.at, logged.source, logged.summary, logged.market, logged.component)


def _decide(
    work: Work, logged: LoggedChange, entry: Entry, rule: OutsidePolicy, estate: Estate
) -> Judgement:
    ignored = next((each for each in rule.ignored.values() if each.covers(entry)), None)
    if ignored is not None:
        return Judgement(Sighted.IGNORED, ignored.because)
    named = _named(work, logged, rule)
    if own := next((each for each in named if _is_authorised(each, entry, rule)), None):
        return Judgement(Sighted.ANNOUNCED, f"it names {own.reference}", own.id)
    if fits := [each for each in _around(work, entry) if covers(each, entry, rule.tolerance)]:
        nearest = min(fits, key=lambda each: (entry.component not in each.components, each.id))
        return Judgement(
            Sighted.ANNOUNCED,
            f"{nearest.reference} covers {entry.component or entry.market} at that time",
            nearest.id,
        )
    if entry.at > work.now + rule.tolerance:
        return Judgement(Sighted.AHEAD, "it is announced for later, and no change covers it yet")
    if why := unwatched_because(entry, rule, estate):
        return Judgement(Sighted.UNWATCHED, why)
    if earlier := _same_finding(work, entry, rule):
        return Judgement(Sighted.JOINED, f"the same source did so in CHG-{earlier}", earlier)
    return Judgement(Sighted.UNAUTHORISED, _why(named, entry, rule))


def _named(work: Work, logged: LoggedChange, rule: OutsidePolicy) -> list[ChangeView]:
    details = [value for value in logged.details.values() if isinstance(value, str)]
    texts = [logged.reference, logged.summary, *details]
    named = references_in(texts, rule)
    if logged.reference and logged.reference not in named:
        named.insert(0, logged.reference)
    return changes_named(work, named)


def _is_authorised(change: ChangeView, entry: Entry, rule: OutsidePolicy) -> bool:
    return (
        change.state in AUTHORISED
        and not change.is_unauthorised
        and is_then(change, entry.at, rule.tolerance)
    )


def _why(named: Sequence[ChangeView], entry: Entry, rule: OutsidePolicy) -> str:
    if not named:
        return f"no approved change covers {entry.component} at that time"
    first = named[0]
    if first.state not in AUTHORISED:
        return f"it names {first.reference}, which was {first.state} then"
    if not is_then(first, entry.at, rule.tolerance):
        return f"it names {first.reference}, whose window is at another time"
    return f"it names {first.reference}, which nobody had announced either"


def _around(work: Work, entry: Entry) -> list[ChangeView]:
    """Return changes there whose window is within days of the entry."""
    place = [ChangeMarket.market == entry.market] if entry.market else []
    if entry.component:
        there = exists().where(
            ChangeComponent.change_id == Change.id, ChangeComponent.component == entry.component
        )
    elif place:
        there = exists().where(ChangeMarket.change_id == Change.id, *place)
    else:
        return []
    wanted = select(Change).where(
        there,
        Change.state.in_(AUTHORISED),
        Change.is_unauthorised.is_(False),
        or_(
            Change.starts_at.between(entry.at - _FAR, entry.at + _FAR),
            Change.ends_at.between(entry.at - _FAR, entry.at + _FAR),
            Change.state == State.RUNNING,
            Change.finished_at.between(entry.at - _FAR, entry.at + _FAR),
        ),
    )
    rows = work.session.scalars(wanted.order_by(Change.id.desc()).limit(200))
    return views.changes_of(work, rows)


def _same_finding(work: Work, entry: Entry, rule: OutsidePolicy) -> int | None:
    """Return the change that was raised for the same source and component not long ago."""
    wanted = (
        select(ChangeSighting.change_id)
        .where(
            ChangeSighting.component == entry.component,
            ChangeSighting.source == entry.source,
            ChangeSighting.market == entry.market,
            ChangeSighting.verdict.in_((Sighted.UNAUTHORISED, Sighted.IGNORED)),
            ChangeSighting.change_id.is_not(None),
            ChangeSighting.at.between(entry.at - rule.joining, entry.at + rule.joining),
        )
        .order_by(ChangeSighting.at.desc())
        .limit(1)
    )
    return work.session.scalar(wanted)


def _raise(
    work: Work, logged: LoggedChange, entry: Entry, decided: Judgement, rule: OutsidePolicy
) -> Judgement:
    """Write down what was done without a change, as one that has ended and must be reviewed."""
    ended_at = max(logged.ended_at or entry.at, entry.at)
    row = Change(
        title=f"Unauthorised: {entry.summary}"[:255],
        purpose=f"{decided.reason}. Told by {entry.source}, entry {logged.id} of the change log.",
        type=rule.raised_type,
        state=State.ENDED,  # it is over: there is nothing to plan or approve any more
        requester=_who(logged),
        implementer=_who(logged),
        starts_at=entry.at,
        ends_at=max(ended_at, entry.at + INSTANT),
        started_at=entry.at,
        finished_at=max(ended_at, entry.at + INSTANT),
        origin=FOUND,
        external_reference=str(logged.id),
        is_unauthorised=True,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    estate = estate_queries.current(work)
    markets = [entry.market] if entry.market else list(estate.markets_of(entry.component))
    work.session.add_all(ChangeMarket(change_id=row.id, market=code) for code in markets)
    work.session.add(
        ChangeComponent(change_id=row.id, component=entry.component, effect=Effect.NONE)
    )
    work.session.flush()
    where = markets_text(markets)
    work.record(ChangeRaised(row.id, where, row.title, row.type, FOUND))
    work.record(
        UnauthorisedChangeFound(
            row.id, where, logged.id, entry.component, entry.source, entry.summary
        )
    )
    return Judgement(decided.verdict, decided.reason, row.id)


def _who(logged: LoggedChange) -> str:
    for name in ("by", "user", "author", "creator", "pusher", "created_by"):
        if (said := logged.details.get(name)) and isinstance(said, str):
            return said[:128]
    return logged.source[:128]


def belongs_to(work: Work, change_id: int, other_id: int, reason: str = "") -> None:
    """Say that what was found unauthorised is part of an approved change; it is settled so.

    Where component, time or approval do not fit, the reason why it belongs there is needed; all of
    it stands in the history.
    """
    row, view = _unauthorised(work, change_id)
    other = views.change(work, other_id)
    if other.id == view.id or other.is_unauthorised or other.was_found:
        raise BadInput(f"{other.reference} was unauthorised itself; name a change that was planned")
    if other.state not in AUTHORISED:
        raise BadInput(f"{other.reference} is {other.state}; name a change that was approved")
    if not set(other.markets) & set(view.markets):
        raise BadInput(
            f"{other.reference} is in {', '.join(other.markets)}, {view.reference} in "
            f"{', '.join(view.markets)}; it cannot belong there"
        )
    though = " and ".join(misfits(other, view, policy(work).outside.tolerance))
    _refuse_misfit(other, though, reason.strip())
    said = f"it belongs to {other.reference}"
    said += f", though {though}" if though else ""
    said += f": {reason.strip()}" if reason.strip() else ""
    _settle(work, row, view, said, Sighted.ANNOUNCED, other.id)


def _refuse_misfit(other: ChangeView, though: str, reason: str) -> None:
    if though and other.approved_at is None:
        raise BadInput(
            f"{though}, and it was not approved here; name the change that was approved for this"
        )
    if though and not reason:
        raise BadInput(f"{though}; give the reason why it belongs there all the same")


def ignore(work: Work, change_id: int, reason: str) -> None:
    """Say why something unannounced needs no change; the same again soon is not raised anew."""
    row, view = _unauthorised(work, change_id)
    if is_blank(reason):
        raise BadInput("the reason is missing: say why it needs no change")
    _settle(work, row, view, reason.strip(), Sighted.IGNORED, row.id)


def _unauthorised(work: Work, change_id: int) -> tuple[Change, ChangeView]:
    row, view = found(work, change_id, Permission.CHANGE_MANAGE)
    if not row.is_unauthorised:
        raise BadInput(f"{view.reference} is no unauthorised change")
    if row.state is not State.ENDED:
        raise IllegalMove(f"{view.reference} is {row.state}; it was settled before")
    if same(work.actor.name, row.implementer):
        raise NotAllowed(
            f"{work.actor.name} did {view.reference} and may not settle it; ask a colleague",
            Permission.CHANGE_MANAGE,
        )
    return row, view


def _settle(
    work: Work, row: Change, view: ChangeView, reason: str, verdict: Sighted, change_id: int
) -> None:
    if links.confirmed(work, [row.id]):
        raise IllegalMove(
            f"{view.reference} is confirmed to have caused an incident; review it, or first say "
            "there what did"
        )
    if len(reason) > 500:
        raise BadInput("the reason is too long; 300 characters are enough")
    mine = select(ChangeSighting).where(ChangeSighting.change_id == row.id)
    for sighting in work.session.scalars(mine.with_for_update()):
        sighting.verdict, sighting.reason, sighting.change_id = verdict, reason, change_id
        sighting.judged_by, sighting.judged_at = work.actor.name, work.now
    row.is_unauthorised = False
    row.cancelled_because = reason
    row.closed_at = work.now
    row.state = CHANGE.after(row.state, Move.CLOSE)  # whatever its type asks of planned ones
    rank_later(work, row.id)
    bump(work.session)
    other = change_id if change_id != row.id else 0
    work.record(UnauthorisedChangeSettled(row.id, markets_text(view.markets), reason, other))


def looked_back_to(work: Work, newest: datetime | None) -> datetime:
    """Return from when on entries are asked for: a little before the newest that was judged.

    Two writers may commit in another order than their clocks say: hence the little.
    """
    oldest = work.now - policy(work).outside.looked_back
    return max(oldest, newest - timedelta(minutes=2)) if newest else oldest
