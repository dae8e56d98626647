"""What tests of pages over sites share: a programme half way through, and its sites by state."""

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import sites as site_queries
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes

MANAGER, TEAM = "change-manager", "site-team"


def half_way(console: Runtime) -> scenes.Ids:
    """Store a programme half way through in three markets."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        return scenes.programme(
            work,
            72,
            ("KE", "CD", "EG"),
            states=scenes.HALF_WAY,
            staff=2,
            name="Caisses nouvelles",
        )


def state_of(console: Runtime, number: int) -> SiteState:
    with console.view(SYSTEM) as work:
        return site_queries.site(work, number).state


def of_state(console: Runtime, made: scenes.Ids, state: SiteState, market: str = "KE") -> int:
    with console.view(SYSTEM) as work:
        found = site_queries.board(work, made.programme).sites
    return next(each.id for each in found if each.state is state and each.market == market)
