"""Set, change and lift freezes by hand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.actions.moving import markets_text, require_in
from changes.models import Freeze
from changes.queries import freezes as freeze_queries
from changes.rules.local_freezes import walls
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.signs import is_blank, told
from ssoc.core.vocabulary import FreezeLifted, FreezeSet
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate

LONGEST = timedelta(days=400)
MOST_NAME, MOST_REASON, MOST_COMPONENTS = 128, 500, 100
LAST_YEAR = 2190


@dataclass(frozen=True)
class FreezeDraft:
    """A freeze as somebody sets it; no market means every one, no component everything.

    Times are either instants (``since``, ``until``) or wall times of each market such as
    ``2026-12-15T18:00`` (``local_since``, ``local_until``).
    """

    name: str
    is_hard: bool
    reason: str = ""
    markets: Collection[str] = ()
    components: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    local_since: str = ""
    local_until: str = ""

    @property
    def is_local(self) -> bool:
        """Tell whether its times are on the wall."""
        return bool(self.local_since or self.local_until)


def set_freeze(work: Work, draft: FreezeDraft) -> int:
    """Set a freeze; return its number. It holds at once, for approved changes too.

    Raises:
        NotAllowed: the right is missing in one of the markets it holds in.
        BadInput: what is wrong with it, and the cure.

    """
    _require(work, draft.markets, draft.components)
    since, until = _stretch(work, draft)
    row = Freeze(added_by=work.actor.name, added_at=work.now)
    _fill(work, row, draft, since, until)
    work.session.add(row)
    _tell(work, row, "set")
    return row.id


def change_freeze(work: Work, freeze_id: int, draft: FreezeDraft, version: int) -> None:
    """Change a freeze that has not ended; what it says now holds from now on.

    Raises:
        Conflict: it has ended, or somebody else changed it since ``version`` was read.

    """
    row = _open(work, freeze_id)
    if row.version != version:
        raise Conflict(
            f"somebody changed the freeze {row.name} meanwhile; nothing was changed; look at it "
            "again, then change it"
        )
    _require(work, draft.markets, draft.components)
    since, until = _stretch(work, draft)
    _fill(work, row, draft, since, until)
    _tell(work, row, "changed")


def lift_freeze(work: Work, freeze_id: int, reason: str) -> None:
    """End a freeze now, or drop one that has not begun; it stays on record with who and why."""
    row = _open(work, freeze_id)
    said = told(reason)[:MOST_REASON]
    if not said:
        raise BadInput("the lifting has no reason; say why work may go on")
    row.lifted_by, row.lifted_at, row.lifted_because = work.actor.name, work.now, said
    work.session.flush()
    freeze_queries.forget(work)
    bump(work.session)
    work.record(FreezeLifted(row.id, row.name, markets_text(row.markets), said))


def _open(work: Work, freeze_id: int) -> Freeze:
    row = work.session.get(Freeze, freeze_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no freeze {freeze_id}; ssoc freeze list shows all")
    _require(work, row.markets, row.components)
    if row.lifted_at is not None:
        raise Conflict(f"{row.lifted_by} has lifted the freeze {row.name} already")
    if row.until <= work.now:
        raise Conflict(f"the freeze {row.name} has ended already; set a new one")
    return row


def _require(work: Work, markets: Collection[str], components: Collection[str]) -> None:
    """Ask for the right in every market where the freeze would hold."""
    estate = estate_queries.current(work)
    touched = set(markets) or {code for key in components for code in estate.markets_of(key)}
    require_in(work, Permission.CHANGE_MANAGE, touched or {EVERYWHERE})


def _stretch(work: Work, draft: FreezeDraft) -> tuple[datetime, datetime]:
    """Return the outermost instants of a draft, or raise BadInput with what is wrong."""
    estate = estate_queries.current(work)
    _check(estate, draft)
    if draft.is_local:
        since, until = _outermost(estate, draft)
    else:
        if draft.since is None or draft.until is None:
            raise BadInput("the freeze has no times; give from when until when it holds")
        since, until = draft.since, draft.until
    if until <= since:
        raise BadInput("the freeze ends before it starts; give an end after its start")
    if until <= work.now:
        raise BadInput("the freeze has ended already; give an end that is to come")
    if until.year > LAST_YEAR:
        raise BadInput(f"the freeze ends after the year {LAST_YEAR}; give an earlier end")
    if until - since > LONGEST:
        raise BadInput(f"the freeze lasts longer than {LONGEST.days} days; give an earlier end")
    return since, until


def _outermost(estate: Estate, draft: FreezeDraft) -> tuple[datetime, datetime]:
    """Return the outermost instants of wall times; a clock change may leave a market none."""
    found = walls(draft.markets, estate, draft.local_since, draft.local_until)
    for codes, span in found:
        if span.until <= span.since:
            raise BadInput(
                f"the freeze ends before it starts{' in ' + codes[0] if codes else ''}, or lies in "
                "an hour that its clocks skip; give an end after its start"
            )
    return min(span.since for _, span in found), max(span.until for _, span in found)


def _check(estate: Estate, draft: FreezeDraft) -> None:
    if is_blank(draft.name):
        raise BadInput("the freeze has no name; say in a few words what it is for")
    if is_blank(draft.reason):
        raise BadInput("the freeze has no reason; say why nothing may be changed")
    if len(draft.components) > MOST_COMPONENTS:
        raise BadInput(f"more than {MOST_COMPONENTS} components; freeze everything instead")
    unknown = [each for each in draft.components if each not in estate.components]
    unknown += [each for each in draft.markets if each not in estate.markets]
    if unknown:
        raise BadInput(
            f"the estate does not know {', '.join(sorted(unknown))[:200]}; "
            "use keys of its components and codes of its markets"
        )


def _fill(work: Work, row: Freeze, draft: FreezeDraft, since: datetime, until: datetime) -> None:
    row.name, row.reason = draft.name.strip()[:MOST_NAME], draft.reason.strip()[:MOST_REASON]
    row.is_hard, row.is_local = draft.is_hard, draft.is_local
    row.markets, row.components = sorted(set(draft.markets)), sorted(set(draft.components))
    row.local_since, row.local_until = draft.local_since[:16], draft.local_until[:16]
    row.since, row.until, row.changed_at = since, until, work.now


def _tell(work: Work, row: Freeze, what: str) -> None:
    work.session.flush()
    freeze_queries.forget(work)
    bump(work.session)
    work.record(
        FreezeSet(
            freeze_id=row.id,
            name=row.name,
            markets=markets_text(row.markets),
            what=what,
            is_hard=row.is_hard,
            components=",".join(row.components),
            since=row.local_since or row.since.isoformat(),
            until=row.local_until or row.until.isoformat(),
            reason=row.reason,
        )
    )
