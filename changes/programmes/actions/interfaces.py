"""Name the connections of a programme, and record their proofs at sites."""

from sqlalchemy import select

from changes.programmes.actions.proving import locked, programme_of, said
from changes.programmes.models import Interface, InterfaceProof
from changes.programmes.rules.interfaces import InterfaceType, Proof
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import InterfaceNamed, InterfaceProved
from ssoc.core.work import Work
from ssoc.monitoring.report import storable


def add_interface(
    work: Work, programme_id: int, name: str, type: str, source: str = "", target: str = ""
) -> int:
    """Name a connection that every site of a programme needs; return its number."""
    programme = programme_of(work, programme_id, Permission.PROGRAMME_PLAN)
    called = said(name, "the name of the interface", 128)
    if type not in set(InterfaceType):
        raise BadInput(f"{type[:32]!r} is no type; there are {', '.join(InterfaceType)}")
    twin = select(Interface.id).where(
        Interface.programme_id == programme_id, Interface.name == called
    )
    if work.session.scalar(twin) is not None:
        raise Conflict(f"the programme has an interface {called} already; choose another name")
    row = Interface(
        programme_id=programme_id,
        name=called,
        type=type,
        source=str(storable(source)).strip()[:128],
        target=str(storable(target)).strip()[:128],
    )
    work.session.add(row)
    work.session.flush()
    bump(work.session)
    work.record(InterfaceNamed(programme_id, ",".join(programme.markets), called, type))
    return row.id


def prove(  # noqa: PLR0913 (which proof of what where, how it came out, and its reference)
    work: Work, rollout_id: int, interface_id: int, proof: str, is_ok: bool, reference: str
) -> None:
    """Record one proof of a connection at a site, or that it failed."""
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    row = work.session.get(Interface, interface_id)
    if row is None or row.programme_id != here.programme_id:
        raise BadInput(
            f"the programme of {here.code} has no interface {interface_id}; choose one of its own"
        )
    if proof not in set(Proof):
        raise BadInput(f"{proof[:32]!r} is no proof; there are {', '.join(Proof)}")
    what = "the id that came back" if proof == Proof.ROUND_TRIP else "the reference"
    work.session.add(
        InterfaceProof(
            interface_id=interface_id,
            site_rollout_id=rollout_id,
            proof=proof,
            is_ok=is_ok,
            reference=said(reference, what, 255),
            at=work.now,
            by=work.actor.name,
        )
    )
    bump(work.session)
    work.record(
        InterfaceProved(here.programme_id, here.market, here.id, here.code, row.name, proof, is_ok)
    )
