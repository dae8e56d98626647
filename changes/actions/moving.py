"""The steps every action on a change shares: find it, ask for the right, move it, tell it."""

from collections.abc import Iterable

from changes.lifecycle import CHANGE, Move
from changes.models import Change
from changes.queries import views
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
    """Move a change along its lifecycle, or raise IllegalMove; live pages hear of it."""
    row.state = CHANGE.after(row.state, wanted)
    bump(work.session)


def markets_text(markets: Iterable[str]) -> str:
    """Return markets as events carry them: codes with commas between, sorted."""
    return ",".join(sorted(markets))
