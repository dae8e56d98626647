"""Move sites along their way: permission, lifecycle, guards, effect, event; in that order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select

from changes.programmes.lifecycle import BACK, SITE, SiteMove, SiteState
from changes.programmes.models import CrewBooking, Programme, Site, SiteMoved, SiteRollout
from changes.programmes.queries import site_facts, sites
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.guards import Obstacle, SiteFacts, is_remembered, obstacles
from changes.programmes.rules.moves import asks_of, permission_of
from ssoc.core.errors import BadInput, Conflict, IllegalMove, SsocError
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import SiteStateMoved
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

LONGEST = 500
MOST_AT_ONCE = 1_000


class Obstructed(Conflict):
    """A guard refuses a move; ``obstacles`` are all of them, each with its cure."""

    def __init__(self, message: str, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(message)
        self.obstacles = tuple(obstacles)


@dataclass(frozen=True)
class Said:
    """What somebody says with a move; which of it is needed follows from the move."""

    reason: str = ""
    kind: str = ""
    owner: str = ""
    until: date | None = None


@dataclass(frozen=True)
class MoveAnswer:
    """What became of one site of many: its new state, or in words why it stays."""

    id: int
    code: str
    state: SiteState | None
    is_done: bool
    words: str = ""


def move(
    work: Work,
    site_rollout_id: int,
    wanted: SiteMove | str,
    reason: str = "",
    *,
    kind: str = "",
    owner: str = "",
    until: date | None = None,
    version: int | None = None,
) -> SiteState:
    """Move one site, and return where it stands now.

    Args:
        work: whose actor records work at sites, or decides in programmes, in its market.
        site_rollout_id: the site's way in its release.
        wanted: the move.
        reason: needed to block, put off and roll back.
        kind: of the block, one of the programme's ``blocked_kinds``.
        owner: who takes the block away.
        until: the day a site is put off to; None when there is none.
        version: of the way as the person saw it.

    Raises:
        NotFound: there is no such site that the actor may see.
        NotAllowed: the permission is missing in its market.
        IllegalMove: the lifecycle has no such move from where it stands.
        BadInput: what the move needs was not said.
        Obstructed: guards refuse; every obstacle is named with its cure.
        Conflict: somebody changed the site since ``version``.

    """
    chosen = move_named(wanted)
    way, site = sites.row_of(work, site_rollout_id, is_locked=True)
    work.require(permission_of(chosen), site.market)
    if version is not None and version != way.version:
        raise Conflict(f"{site.code} was changed meanwhile; nothing was moved; look again")
    said = _checked(work, way, chosen, Said(reason, kind, owner, until))
    facts = site_facts.gathered(work, [way.id], {way.id: _legal(way, site.code, chosen)})
    return _moved(work, way, site, chosen, said, facts[way.id])


def move_many(
    work: Work,
    ids: Collection[int],
    wanted: SiteMove | str,
    reason: str = "",
    *,
    kind: str = "",
    owner: str = "",
    until: date | None = None,
) -> list[MoveAnswer]:
    """Move many sites, each for itself: what one refuses does not hold up the others.

    The facts of all are gathered at once. Answers come in the order of ``ids``.

    Raises:
        BadInput: too many at once, or no such move at all.

    """
    chosen, asked = move_named(wanted), list(dict.fromkeys(ids))
    if len(asked) > MOST_AT_ONCE:
        raise BadInput(f"{len(asked)} sites at once are more than {MOST_AT_ONCE}; choose fewer")
    rows = {way.id: (way, site) for way, site in _locked(work, asked)}
    legal = {
        number: [chosen] for number, (way, _) in rows.items() if (way.state, chosen) in SITE.table
    }
    facts = site_facts.gathered(work, sorted(legal), legal)
    said = Said(reason, kind, owner, until)
    return [_answered(work, each, rows.get(each), chosen, said, facts.get(each)) for each in asked]


def _locked(work: Work, ids: Sequence[int]) -> Sequence[tuple[SiteRollout, Site]]:
    """Return rows that the actor may see, locked in one order so that two cannot deadlock."""
    seen = work.visible(Site.market, Permission.CHANGE_SEE)
    rows = (
        select(SiteRollout, Site)
        .join(Site, Site.id == SiteRollout.site_id)
        .where(SiteRollout.id.in_(ids), seen)
        .order_by(SiteRollout.id)
        .with_for_update(of=SiteRollout)
    )
    return [(way, site) for way, site in work.session.execute(rows)]


def _answered(
    work: Work,
    number: int,
    row: tuple[SiteRollout, Site] | None,
    chosen: SiteMove,
    said: Said,
    facts: SiteFacts | None,
) -> MoveAnswer:
    if row is None:
        return MoveAnswer(number, "", None, False, "there is no such site that you may see")
    way, site = row
    try:
        work.require(permission_of(chosen), site.market)
        checked = _checked(work, way, chosen, said)
        _legal(way, site.code, chosen)
        state = _moved(work, way, site, chosen, checked, facts)
    except SsocError as refusal:  # nothing of this site was written yet: all is checked first
        return MoveAnswer(number, site.code, way.state, False, str(refusal))
    return MoveAnswer(number, site.code, state, True)


def move_named(word: SiteMove | str) -> SiteMove:
    """Return the move a word means; ``reopen`` follows from lost readiness and is nobody's."""
    try:
        found = SiteMove(word)
    except ValueError:
        found = SiteMove.REOPEN
    if found is SiteMove.REOPEN:
        known = ", ".join(each.value for each in SiteMove if each is not SiteMove.REOPEN)
        raise BadInput(f"no move {str(word)[:40]!r} of sites; there are {known}")
    return found


def _legal(way: SiteRollout, code: str, chosen: SiteMove) -> list[SiteMove]:
    SITE.after(way.state, chosen)
    if not is_remembered(way.state, way.was, chosen):
        back = BACK.get(way.was) if way.was else None
        raise IllegalMove(
            f"{code} was blocked while {way.was}; it cannot {chosen}, only {back} or be put off"
        )
    return [chosen]


def _checked(work: Work, way: SiteRollout, chosen: SiteMove, said: Said) -> Said:
    """Return what was said, cut to size, or raise BadInput that names everything it lacks."""
    asks = asks_of(chosen)
    reason, owner = (str(storable(each)).strip() for each in (said.reason, said.owner))
    faults = [
        words
        for asked, given, words in (
            ("reason", reason, "no reason was given; say why"),
            ("owner", owner, "no owner was named; say who takes the block away"),
        )
        if asked in asks and not given
    ]
    if "kind" in asks:
        faults += _kind_faults(work, way, said.kind)
    if "until" in asks and said.until is not None and said.until <= work.now.date():
        faults.append(f"{said.until} is not a day to come; give a later one, or none")
    if len(reason) > LONGEST:
        faults.append(f"the reason has {len(reason)} characters, more than {LONGEST}; shorten it")
    if len(owner) > 128:
        faults.append("the owner's name is longer than 128 characters; shorten it")
    if faults:
        raise BadInput("; ".join(faults))
    return Said(reason, said.kind, owner, said.until)


def _kind_faults(work: Work, way: SiteRollout, kind: str) -> list[str]:
    known = terms_of(work, work.session.get_one(Programme, way.programme_id)).blocked_kinds
    if kind in known:
        return []
    return [f"no kind {kind[:32]!r} of blocks; choose one of {', '.join(known)}"]


def _moved(
    work: Work,
    way: SiteRollout,
    site: Site,
    chosen: SiteMove,
    said: Said,
    facts: SiteFacts | None,
) -> SiteState:
    found = obstacles(facts, chosen) if facts else []
    if found:
        words = "; ".join(each.words for each in found)
        raise Obstructed(f"{site.code} cannot {chosen} now: {words}", found)
    state = SITE.after(way.state, chosen)
    _effect(work, way, chosen, state, said)
    write(work, way, site, chosen, state, _words(work, way, chosen, said))
    return state


def _words(work: Work, way: SiteRollout, chosen: SiteMove, said: Said) -> str:
    if chosen is SiteMove.BLOCK:
        terms = terms_of(work, work.session.get_one(Programme, way.programme_id))
        return f"{terms.blocked_kinds[said.kind]}: {said.reason}; owner {said.owner}"[:LONGEST]
    if chosen is SiteMove.DEFER:
        day = said.until.isoformat() if said.until else "none"
        return f"{said.reason}; new day: {day}"[:LONGEST]
    return said.reason


def _effect(work: Work, way: SiteRollout, chosen: SiteMove, state: SiteState, said: Said) -> None:
    was = way.state
    if state is SiteState.BLOCKED:
        way.was, way.blocked_at = was, work.now
        way.blocked_because, way.blocked_kind = said.reason, said.kind
        way.blocked_owner = said.owner
    elif was is SiteState.BLOCKED:
        way.was, way.blocked_at = None, None
        way.blocked_because = way.blocked_kind = way.blocked_owner = ""
    if state is SiteState.DEFERRED:
        way.deferred_to, way.deferred_by = said.until, work.actor.name
    elif was is SiteState.DEFERRED:
        way.deferred_to, way.deferred_by = None, ""
    if state in {SiteState.DEFERRED, SiteState.ROLLED_BACK}:
        free_crew(work, way)
    _stamp(work, way, chosen, state)


def _stamp(work: Work, way: SiteRollout, chosen: SiteMove, state: SiteState) -> None:
    if chosen is SiteMove.CUT_OVER:
        way.cut_over_at = work.now
    elif state is SiteState.ROLLED_BACK:
        way.cut_over_at = None
    elif state is SiteState.ACCEPTED:
        way.accepted_at = work.now


def free_crew(work: Work, way: SiteRollout) -> None:
    """Give the crew and the day of a site back."""
    work.session.execute(
        delete(CrewBooking).where(CrewBooking.site_rollout_id == way.id),
        execution_options={"synchronize_session": False},
    )
    way.slot_on, way.crew = None, ""


def write(
    work: Work, way: SiteRollout, site: Site, chosen: SiteMove, state: SiteState, reason: str
) -> None:
    """Write a move down: the state, the row of its history, the event; screens hear of it."""
    way.state, way.moved_at = state, work.now
    work.session.add(
        SiteMoved(
            site_rollout_id=way.id,
            move=chosen.value,
            state=state,
            at=work.now,
            by=work.actor.name,
            reason=reason[:LONGEST],
        )
    )
    bump(work.session)
    work.record(
        SiteStateMoved(
            programme_id=way.programme_id,
            markets=site.market,
            site_rollout_id=way.id,
            site=site.code,
            move=chosen.value,
            state=state.value,
            reason=reason[:LONGEST],
        )
    )
