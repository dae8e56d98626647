"""Whether there are the sites that waves name: told by whoever keeps sites, over roll-outs.

Roll-outs know nothing of programmes; a programme's wiring says here who can tell. Where nobody
can, sites are taken as they are written.
"""

from collections.abc import Callable, Collection

from ssoc.core.work import Work

Teller = Callable[[Work, Collection[str]], Collection[str]]
_TELLERS: list[Teller] = []


def tell_by(teller: Teller) -> None:
    """Let ``teller`` say which of some codes are sites; told twice it is asked once."""
    if teller not in _TELLERS:
        _TELLERS.append(teller)


def known(work: Work, codes: Collection[str]) -> tuple[str, ...] | None:
    """Return which of ``codes`` are sites, None where nobody can tell."""
    if not _TELLERS:
        return None
    if not codes:
        return ()
    return tuple(sorted({each for teller in _TELLERS for each in teller(work, codes)}))
