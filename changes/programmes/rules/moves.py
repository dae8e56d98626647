"""What a move of a site asks of whoever makes it: a permission, and words. Pure."""

from collections.abc import Mapping, Sequence

from changes.programmes.lifecycle import SiteMove
from ssoc.core.permissions import Permission

_ASKS: Mapping[SiteMove, Sequence[str]] = {
    SiteMove.BLOCK: ("kind", "reason", "owner"),
    SiteMove.DEFER: ("reason", "until"),
    SiteMove.ROLL_BACK: ("reason",),
    SiteMove.REOPEN: ("reason",),
}
_DECIDED = frozenset({SiteMove.DEFER, SiteMove.RESUME})


def asks_of(move: SiteMove) -> Sequence[str]:
    """Return the fields a move needs; ``until`` may be none: put off without a day."""
    return _ASKS.get(move, ())


def permission_of(move: SiteMove) -> Permission:
    """Return what a move needs: putting a site off is decided, the rest is work at the site."""
    return Permission.PROGRAMME_DECIDE if move in _DECIDED else Permission.PROGRAMME_WORK
