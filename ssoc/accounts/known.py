"""Refuse grants for markets that the estate does not have: they would open nothing."""

from collections.abc import Iterable

from ssoc.accounts.rules import market_fault
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE
from ssoc.core.work import Work
from ssoc.estate import queries


def require_known(work: Work, markets: Iterable[str]) -> None:
    """Raise BadInput for a code that is none, or that the loaded estate has no market for."""
    codes = list(markets)
    if fault := market_fault(codes):
        raise BadInput(f"{fault}; nothing was changed")
    known = queries.current(work).markets
    strange = [code for code in codes if code != EVERYWHERE and known and code not in known]
    if strange:
        raise BadInput(
            f"the estate has no market {strange[0]}; nothing was changed; "
            f"it has {', '.join(sorted(known))}, and * for all"
        )
