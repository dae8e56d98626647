"""The demo's programme: 600 shops and agent hubs half way through, in two regions.

``STEPS`` are what its parts add, in order: each is a function of the unit of work and what was
laid before. All of it is one transaction: a demo has the whole programme, or none.
"""

from collections.abc import Callable, Sequence

from changes.programmes.demo import decided, proofs, sites
from changes.programmes.demo.parallel import run_parallel
from changes.programmes.demo.sites import Laid as Laid
from changes.programmes.queries import programmes
from ssoc.accounts import queries as accounts
from ssoc.core.permissions import operator
from ssoc.core.running import bump
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries

MARKET = "GH"
STEPS: Sequence[Callable[[Work, Laid], None]] = (
    proofs.prove,
    run_parallel,
    decided.decide,
    decided.watch,
)


def remember(runtime: Runtime) -> None:
    """Write the programme where there is none at all; without the demo's people do nothing."""
    with runtime.work(operator()) as work:
        if programmes.listed(work) or MARKET not in estate_queries.current(work).markets:
            return
        if set(sites.PEOPLE) - {each.name for each in accounts.people(work)}:
            return
        laid = sites.lay(work)
        for step in STEPS:
            step(work, laid)
        bump(work.session)
