"""The steps every action on a change shares: find it, ask for the right, move it, tell it."""

from collections.abc import Iterable

from changes.lifecycle import CHANGE, Move
from changes.models import Change
from changes.policy import policy
from changes.queries import views
from changes.rules.types import refuse_foreign_move, refuse_missing
from changes.values import ChangeView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.work import Work


def require_in(work: Work, permission: Permission, markets: Iterable[str]) -> None:
    """Raise NotAllowed unless ``permission`` is held in every one of ``markets``."""
    for market in sorted(markets) or [EVERYWHERE]:
        work.require(permission, market)


def found(work: Work, change_id: int, permission: Permission) -> tuple[Change, ChangeView]:
    """Return a change to be acted on, as row and value, locked for this unit of work.

    Raises:
        NotFound: there is none that the actor may see.
        NotAllowed: ``permission`` is missing in one of its markets.

    """
    row = work.session.get(Change, change_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no change CHG-{change_id} that you may see")
    view = views.change(work, change_id)
    require_in(work, permission, view.markets)
    return row, view


def move(work: Work, row: Change, wanted: Move) -> None:
    """Move a change along its lifecycle as its type allows; live pages hear of it.

    Raises:
        IllegalMove: the lifecycle, or the change's type, has no such move from here.
        BadInput: the change lacks what its type asks for there; all of it is named.

    """
    types = policy(work).types
    refuse_foreign_move(types, row.type, row.state, wanted)
    state = CHANGE.after(row.state, wanted)
    known = types.get(row.type)
    if known is not None and known.required.get(state):
        work.session.flush()
        refuse_missing(known, views.changes_of(work, [row])[0], state)
    row.state = state
    bump(work.session)


def markets_text(markets: Iterable[str]) -> str:
    """Return markets as events carry them: codes with commas between, sorted."""
    return ",".join(sorted(markets))
