"""Who is suspected of having caused an incident, and what people say of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from changes.lifecycle import CAUSE, CauseMove, Verdict
from changes.models import CauseSuspect, CauseVerdict, TroubledIncident
from changes.policy import policy
from changes.queries import views
from changes.queries.candidates import candidates
from changes.rules.neighbourhood import hops
from changes.rules.suspects import Suspect, Troubled, rank
from changes.run_values import is_of_a_run, place_of_run
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

JUDGES = (Permission.INCIDENT_WORK, Permission.CHANGE_MANAGE)


@dataclass(frozen=True)
class Judgement:
    """What one person said of one suspect, and how it was ranked then."""

    candidate: str
    verdict: Verdict
    reason: str
    by: str
    at: datetime
    title: str = ""
    rank: int | None = None
    score: float | None = None
    change_id: int | None = None


@dataclass(frozen=True)
class Judged:
    """A suspect with what people said of it, the newest last; none: nobody has."""

    suspect: Suspect
    judgements: Sequence[Judgement] = ()

    @property
    def verdict(self) -> Verdict:
        """Return what was said last."""
        return self.judgements[-1].verdict if self.judgements else CAUSE.start

    @property
    def moves(self) -> Sequence[CauseMove]:
        """Return what a person may say of it now."""
        return CAUSE.moves_from(self.verdict)


@dataclass(frozen=True)
class Suspects:
    """The ranking of one incident as it is now.

    ``others`` are judgements of what is no candidate any more: the incident moved, or its window
    was changed. ``most`` is the highest score there can be.
    """

    incident_id: int
    component: str
    markets: Sequence[str]
    began_at: datetime
    suspects: Sequence[Judged]
    others: Sequence[Judgement]
    look_back: timedelta
    most: float
    shown: int
    policy_version: str

    @property
    def confirmed(self) -> Sequence[Judged]:
        """Return what people say caused it."""
        return [each for each in self.suspects if each.verdict is Verdict.CONFIRMED]


@dataclass(frozen=True)
class CausedIncident:
    """An incident that a change may have caused, as its events tell it."""

    incident_id: int
    title: str
    priority: str
    markets: Sequence[str]
    began_at: datetime
    ended_at: datetime | None
    verdict: Verdict
    component: str = ""
    by: str = ""
    at: datetime | None = None
    reason: str = ""
    rank: int | None = None
    score: float | None = None

    @property
    def reference(self) -> str:
        """Return what people call it."""
        return f"INC-{self.incident_id}"


def suspects(work: Work, incident_id: int, told: Troubled | None = None) -> Suspects:
    """Return who is suspected now; a fixed number of statements.

    Args:
        work: whose actor must see one of the incident's markets.
        incident_id: the incident.
        told: what the caller knows of it, when it asks with its own eyes (its page does):
            newer than what events have told here. When it began first is taken from here.

    Raises:
        NotFound: there is no such incident that the actor may see.

    """
    row = work.session.get(TroubledIncident, incident_id)
    if told is not None:
        return ranked(work, incident_id, troubled(row, told))
    if row is None:
        raise NotFound(f"there is no incident INC-{incident_id} that you may see")
    refuse_hidden(work, incident_id, row.markets)
    return ranked(work, incident_id, of_row(row))


def ranked(work: Work, incident_id: int, incident: Troubled) -> Suspects:
    """Return the ranking of an incident whose facts are known.

    The alert of a run that is late is no riddle: it names its change, and none is suspected.
    """
    terms, estate = policy(work), estate_queries.current(work)
    near = hops(estate, [incident.component] if incident.component in estate.components else [])
    known_before = (
        [] if is_of_a_run(incident.component) else candidates(work, estate, incident.began)
    )
    found = rank(incident, known_before, near, terms.suspects)
    said = judgements(work, incident_id)
    known = {each.candidate.key for each in found}
    return Suspects(
        incident_id,
        incident.component,
        tuple(incident.markets),
        min(incident.began),
        [Judged(each, said.get(each.candidate.key, ())) for each in found],
        [each[-1] for key, each in said.items() if key not in known],
        terms.suspects.look_back,
        terms.suspects.weights.total,
        terms.suspects.shown,
        terms.version,
    )


def of_row(row: TroubledIncident) -> Troubled:
    """Return an incident as its events told it."""
    began = (row.began_at, row.again_at) if row.again_at else (row.began_at,)
    return Troubled(row.component, tuple(row.markets), began)


def troubled(row: TroubledIncident | None, told: Troubled) -> Troubled:
    """Return an incident as told now, with the beginnings that its events told before."""
    return Troubled(told.component, told.markets, of_row(row).began) if row else told


def refuse_hidden(work: Work, incident_id: int, markets: Collection[str]) -> None:
    """Raise NotFound unless the actor sees incidents of one of ``markets``."""
    held = work.actor.markets(Permission.INCIDENT_SEE)
    if EVERYWHERE not in held and not held & set(markets):
        raise NotFound(f"there is no incident INC-{incident_id} that you may see")


def may_judge(work: Work, markets: Collection[str]) -> bool:
    """Tell whether the actor may say what caused an incident in all of ``markets``."""
    return any(
        all(work.actor.may(each, market) for market in markets or (EVERYWHERE,)) for each in JUDGES
    )


def judgements(work: Work, incident_id: int) -> dict[str, list[Judgement]]:
    """Return what people said of each suspect of an incident, the oldest first."""
    rows = select(CauseVerdict).where(CauseVerdict.incident_id == incident_id)
    found: dict[str, list[Judgement]] = {}
    for row in work.session.scalars(rows.order_by(CauseVerdict.id)):
        found.setdefault(row.candidate, []).append(_judgement(row))
    return found


def _judgement(row: CauseVerdict) -> Judgement:
    return Judgement(
        row.candidate,
        row.verdict,
        row.reason,
        row.by,
        row.at,
        row.title,
        row.rank,
        row.score,
        row.change_id,
    )


def confirmed(work: Work, change_ids: Collection[int]) -> dict[int, list[CausedIncident]]:
    """Return the incidents that each change is confirmed to have caused, oldest first.

    Of all markets, whoever asks: for counts and rates. What is shown to people must come from
    ``incidents_of``.
    """
    found: dict[int, list[CausedIncident]] = {}
    ids = sorted(set(change_ids))
    for start in range(0, len(ids), 500):  # below every database's most parameters
        for change, caused in _last_said(work, ids[start : start + 500]):
            if caused.verdict is Verdict.CONFIRMED:
                found.setdefault(change, []).append(caused)
    return found


def incidents_of(work: Work, change_id: int) -> list[CausedIncident]:
    """Return the incidents after a change that the actor may see: confirmed, suspected, ruled out.

    Suspected are those in which it was among the suspects shown when they were ranked last.
    """
    found = {caused.incident_id: caused for _, caused in _last_said(work, [change_id])}
    for caused in _suspected(work, change_id, policy(work).suspects.shown):
        found.setdefault(caused.incident_id, caused)
    held = work.actor.markets(Permission.INCIDENT_SEE)
    order = (Verdict.CONFIRMED, Verdict.SUSPECTED, Verdict.RULED_OUT)
    return sorted(
        (each for each in found.values() if EVERYWHERE in held or held & set(each.markets)),
        key=lambda each: (order.index(each.verdict), each.rank or 0, each.incident_id),
    )


def own_incidents(work: Work, reference: str) -> list[CausedIncident]:
    """Return the incidents of the alarms of a change's own runs that the actor may see."""
    held = work.actor.markets(Permission.INCIDENT_SEE)
    start = place_of_run(reference, 0).removesuffix("0")
    rows = work.session.scalars(
        select(TroubledIncident)
        .where(TroubledIncident.component.startswith(start, autoescape=True))
        .order_by(TroubledIncident.began_at)
        .limit(20)
    )
    seen = [each for each in rows if EVERYWHERE in held or held & set(each.markets)]
    return [_caused(each, Verdict.SUSPECTED, {}) for each in seen]


def said_of_change(work: Work, change_id: int) -> list[tuple[int, Judgement]]:
    """Return everything people said of a change and incidents the actor may see, newest first."""
    rows = work.session.execute(
        select(CauseVerdict, TroubledIncident.markets)
        .join(TroubledIncident, TroubledIncident.incident_id == CauseVerdict.incident_id)
        .where(CauseVerdict.change_id == change_id)
        .order_by(CauseVerdict.id.desc())
        .limit(60)
    )
    held = work.actor.markets(Permission.INCIDENT_SEE)
    return [
        (row.incident_id, _judgement(row))
        for row, markets in rows
        if EVERYWHERE in held or held & set(markets)
    ]


def incidents_of_seen(work: Work, change_id: int) -> list[CausedIncident]:
    """Return the same of a change by its number, or raise NotFound when it may not be seen."""
    views.change(work, change_id)
    return incidents_of(work, change_id)


def _last_said(work: Work, ids: Sequence[int]) -> list[tuple[int, CausedIncident]]:
    """Return what was said last of each of these changes and each incident."""
    last = (
        select(func.max(CauseVerdict.id))
        .where(CauseVerdict.change_id.in_(ids))
        .group_by(CauseVerdict.incident_id, CauseVerdict.candidate)
    )
    rows = work.session.execute(
        select(CauseVerdict, TroubledIncident)
        .join(TroubledIncident, TroubledIncident.incident_id == CauseVerdict.incident_id)
        .where(CauseVerdict.id.in_(last))
        .order_by(TroubledIncident.began_at, CauseVerdict.id)
    )
    return [
        (
            said.change_id or 0,
            _caused(
                row,
                said.verdict,
                {"rank": said.rank, "score": said.score, "by": said.by}
                | {"at": said.at, "reason": said.reason},
            ),
        )
        for said, row in rows
    ]


def _suspected(work: Work, change_id: int, most: int) -> list[CausedIncident]:
    rows = work.session.execute(
        select(CauseSuspect, TroubledIncident)
        .join(TroubledIncident, TroubledIncident.incident_id == CauseSuspect.incident_id)
        .where(CauseSuspect.change_id == change_id, CauseSuspect.rank <= most)
        .order_by(CauseSuspect.rank, TroubledIncident.began_at)
        .limit(100)
    )
    return [
        _caused(row, Verdict.SUSPECTED, {"rank": each.rank, "score": each.score})
        for each, row in rows
    ]


def _caused(row: TroubledIncident, verdict: Verdict, more: Mapping[str, object]) -> CausedIncident:
    return CausedIncident(
        row.incident_id,
        row.title,
        row.priority,
        tuple(row.markets),
        row.began_at,
        row.ended_at,
        verdict,
        row.component,
        **more,  # type: ignore[arg-type]
    )
