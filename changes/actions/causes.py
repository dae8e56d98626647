"""Keep incidents in mind, rank their suspects, and let a person say what caused them."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from changes.actions.moving import markets_text, require_in
from changes.lifecycle import CAUSE, CauseMove, Verdict
from changes.models import CauseSuspect, CauseVerdict, TroubledIncident
from changes.policy import policy
from changes.queries import causes
from changes.queries.causes import Judged
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.signs import told
from ssoc.core.vocabulary import (
    CauseJudged,
    DomainEvent,
    IncidentEvent,
    IncidentNested,
    IncidentOpened,
    IncidentRecovered,
    IncidentReopened,
    IncidentRerooted,
    IncidentResolved,
    IncidentUnnested,
    IncidentUnwatched,
)
from ssoc.core.work import Work

LONGEST = 2_000
RECENT = timedelta(days=1)  # ended incidents are ranked again for so long
_OVER = (IncidentRecovered, IncidentResolved, IncidentUnwatched)
_MOVES = {
    Verdict.CONFIRMED: CauseMove.CONFIRM,
    Verdict.RULED_OUT: CauseMove.RULE_OUT,
    Verdict.SUSPECTED: CauseMove.DOUBT,
}


def judge(
    work: Work,
    incident_id: int,
    candidate: str,
    verdict: str,
    reason: str,
    was: str = "",
) -> Judged:
    """Say of a suspect that it caused the incident, did not, or that nobody knows again.

    Args:
        work: whose actor works on incidents, or manages changes, in all markets of the incident.
        incident_id: the incident.
        candidate: the suspect's key, such as ``change:12``.
        verdict: ``confirmed``, ``ruled out`` or ``suspected``.
        reason: what it is known from; needed.
        was: what the person saw when they decided; refused with Conflict when it has changed.

    """
    row = work.session.get(TroubledIncident, incident_id, with_for_update=True)
    row = row or learn(work, incident_id)
    if row is None:
        raise NotFound(f"there is no incident INC-{incident_id} that you may see")
    causes.refuse_hidden(work, incident_id, row.markets)
    _require(work, row)
    wanted, words = _wanted(verdict), _said(reason)
    judged = _suspect(work, row, candidate)
    if was and was != judged.verdict:
        raise Conflict(
            f"somebody said meanwhile that it is {judged.verdict}; look again, then repeat"
        )
    after = CAUSE.after(judged.verdict, _MOVES[wanted])
    suspect = judged.suspect
    work.session.add(
        CauseVerdict(
            incident_id=incident_id,
            candidate=candidate,
            change_id=suspect.candidate.change_id,
            kind=suspect.candidate.kind,
            title=suspect.candidate.title[:1024],
            verdict=after,
            reason=words,
            by=work.actor.name,
            at=work.now,
            rank=suspect.rank,
            score=suspect.score,
        )
    )
    work.record(
        CauseJudged(
            incident_id,
            markets_text(row.markets),
            candidate,
            suspect.candidate.title,
            after.value,
            judged.verdict.value,
            words,
            suspect.candidate.change_id or 0,
            work.actor.name,
        )
    )
    bump(work.session)
    return judged


def _require(work: Work, row: TroubledIncident) -> None:
    """Ask for one of the two rights in every market; the refusal names the nearer one."""
    if not causes.may_judge(work, row.markets):
        require_in(work, Permission.INCIDENT_WORK, row.markets)


def _wanted(verdict: str) -> Verdict:
    try:
        return Verdict(verdict)
    except ValueError:
        words = ", ".join(Verdict)
        raise BadInput(f"there is no verdict {verdict[:32]!r}; say one of {words}") from None


def _said(reason: str) -> str:
    words = told(reason)
    if not words:
        raise BadInput("the reason is missing; say what it is known from")
    if len(words) > LONGEST:
        raise BadInput(f"the reason has {len(words)} characters; {LONGEST} are the most")
    return words


def _suspect(work: Work, row: TroubledIncident, candidate: str) -> Judged:
    found = causes.ranked(work, row.incident_id, causes.of_row(row))
    for each in found.suspects:
        if each.suspect.candidate.key == candidate:
            return each
    raise NotFound(
        f"{candidate[:64]!r} is no suspect of INC-{row.incident_id}: it did not begin before it, "
        "or you may not see it; choose one of the list"
    )


# ---------------------------------------------------------- what events tell


def keep(work: Work, event: IncidentEvent, told: datetime | None = None) -> TroubledIncident:
    """Keep in mind what an event tells of its incident; an older one changes nothing newer.

    ``told`` is when it was told, asked of the log when it matters and is not given.
    """
    row = work.session.get(TroubledIncident, event.incident_id, with_for_update=True)
    if row is None:
        opened = told or told_at(work, event, "IncidentOpened")
        row = TroubledIncident(incident_id=event.incident_id, began_at=opened, told=-1)
        work.session.add(row)
    is_news = event.number > row.told
    if isinstance(event, IncidentOpened) and event.began_at:
        row.began_at = min(datetime.fromisoformat(event.began_at), work.now)
    if isinstance(event, IncidentOpened | IncidentRerooted) and (is_news or not row.title):
        row.title = event.title[:255] or row.title
    if is_news:
        row.told, row.component, row.priority = event.number, event.component, event.priority
        row.markets = [each for each in event.markets.split(",") if each]
        _turn(work, row, event, told)
    return row


def _turn(work: Work, row: TroubledIncident, event: IncidentEvent, told: datetime | None) -> None:
    """Note that an incident is over, back, or a symptom of another one."""
    if isinstance(event, IncidentNested | IncidentUnnested):
        row.is_nested = isinstance(event, IncidentNested)
    if isinstance(event, IncidentReopened):
        row.again_at, row.ended_at = told or told_at(work, event), None
    elif isinstance(event, _OVER):
        row.ended_at = told or told_at(work, event)


def learn(work: Work, incident_id: int) -> TroubledIncident | None:
    """Keep in mind all that the event log tells of an incident; None when it tells nothing.

    For incidents of the time before anybody listened.
    """
    rows = select(EventRecord).where(EventRecord.subject == f"incident:{incident_id}")
    known = None
    for record in work.session.scalars(rows.order_by(EventRecord.id)).all():
        event = record.event
        if isinstance(event, IncidentEvent):
            known = keep(work, event, record.at)
    return known


def told_at(work: Work, event: DomainEvent, kind: str = "") -> datetime:
    """Return when an event, or the newest of its subject of ``kind``, was told; now if never."""
    row = EventRecord
    at = work.session.scalar(
        select(row.at)
        .where(row.subject == event.subject, row.kind == (kind or type(event).__name__))
        .order_by(row.id.desc())
        .limit(1)
    )
    return at or work.now


# ----------------------------------------------------------- what is ranked


def rank_again(work: Work, incident_id: int) -> None:
    """Store the suspects of an incident as they are ranked now, in place of those before."""
    row = work.get(TroubledIncident, incident_id)
    found = causes.ranked(work, incident_id, causes.of_row(row))
    work.session.execute(delete(CauseSuspect).where(CauseSuspect.incident_id == incident_id))
    work.session.add_all(
        _stored(work, incident_id, each) for each in found.suspects[: policy(work).suspects.kept]
    )
    row.ranked_at = work.now
    bump(work.session)


def _stored(work: Work, incident_id: int, judged: Judged) -> CauseSuspect:
    suspect = judged.suspect
    return CauseSuspect(
        incident_id=incident_id,
        candidate=suspect.candidate.key[:160],
        change_id=suspect.candidate.change_id,
        kind=suspect.candidate.kind,
        title=suspect.candidate.title[:1024],
        rank=suspect.rank,
        score=suspect.score,
        terms=[
            {"name": t.name, "value": t.value, "weight": t.weight, "said": t.said}
            for t in suspect.terms
        ],
        path=list(suspect.path),
        ranked_at=work.now,
    )


def rank_later(work: Work, change_id: int) -> None:
    """Let the incidents that suspect a change be ranked again at the next turn of the job."""
    ids = select(CauseSuspect.incident_id).where(CauseSuspect.change_id == change_id)
    work.session.execute(
        update(TroubledIncident)
        .where(TroubledIncident.incident_id.in_(ids))
        .values(ranked_at=None)
        .execution_options(synchronize_session=False)
    )


def outdated(work: Work, heard_at: datetime | None, limit: int = 50) -> list[int]:
    """Return incidents, live or ended lately, to be ranked again: the change log has grown."""
    row = TroubledIncident
    is_old = [row.ranked_at.is_(None), *([row.ranked_at <= heard_at] if heard_at else [])]
    wanted = select(row.incident_id).where(
        or_(*is_old), or_(row.ended_at.is_(None), row.ended_at >= work.now - RECENT)
    )
    return list(work.session.scalars(wanted.order_by(row.began_at.desc()).limit(limit)))
