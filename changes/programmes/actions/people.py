"""People that a plan names: whoever decides, votes or owns something can sign in."""

from collections.abc import Iterable

from changes.programmes.rules.drafts import Fault
from ssoc.accounts.queries import active_holders
from ssoc.core.errors import BadInput
from ssoc.core.work import Work

MOST = 128


def people_faults(work: Work, named: Iterable[tuple[str, str]]) -> list[Fault]:
    """Return a fault for each field that names somebody who cannot sign in; empty is nobody."""
    wanted = [(field, name) for field, name in named if name]
    known = active_holders(work) if wanted else {}
    return [(field, stranger(name)) for field, name in wanted if name not in known]


def stranger(name: str) -> str:
    """Return what is said of a name that no account has."""
    return f"there is no person named {name[:64]} who may sign in; give the name of an account"


def check_person(work: Work, name: str, what: str) -> str:
    """Return the name of who owns something, or raise BadInput; empty is nobody."""
    said = " ".join(name.split())
    if len(said) > MOST:
        raise BadInput(f"{what} is longer than {MOST} signs; shorten it")
    for field, fault in people_faults(work, [(what, said)]):
        raise BadInput(f"{field}: {fault}")
    return said
