"""The connections that sites need, and which proofs each still lacks."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from changes.programmes.models import Interface, InterfaceProof
from changes.programmes.queries.ways import Way, way, ways
from changes.programmes.rules.interfaces import InterfaceType, Proof, Shown, lacking
from ssoc.core.work import Work


@dataclass(frozen=True)
class ProofView:
    """The newest word on one proof of one connection."""

    proof: Proof
    is_ok: bool
    reference: str
    at: datetime
    by: str


@dataclass(frozen=True)
class InterfaceView:
    """One connection of a site with what was shown of it."""

    id: int
    name: str
    type: InterfaceType
    source: str
    target: str
    proofs: Mapping[Proof, ProofView]

    @property
    def lacks(self) -> list[Proof]:
        """Return the proofs that lack."""
        return lacking(Shown(each.proof, each.is_ok) for each in self.proofs.values())


@dataclass(frozen=True)
class InterfaceStanding:
    """Whether every connection of a site has its three proofs: by name, those it still lacks.

    Where the programme names none, nothing is known and nothing is met.
    """

    lacks: Sequence[tuple[str, Sequence[Proof]]]

    @property
    def green(self) -> int:
        """Return how many have all three."""
        return sum(not proofs for _, proofs in self.lacks)

    @property
    def is_met(self) -> bool:
        """Tell whether all have, and there is one."""
        return bool(self.lacks) and self.green == len(self.lacks)

    @property
    def why(self) -> str:
        """Return what there is or lacks, in words."""
        if not self.lacks:
            return (
                "the programme names no interface; add those it has, or record that the item does "
                "not apply"
            )
        if self.is_met:
            return f"all {len(self.lacks)} interfaces have their three proofs"
        named = [f"{name} lacks its {', '.join(proofs)}" for name, proofs in self.lacks if proofs]
        more = f"; and {len(named) - 2} more" if len(named) > 2 else ""
        return f"{'; '.join(named[:2])}{more}; record them on the site's interfaces page"


def standing(work: Work, ids: Collection[int]) -> dict[int, InterfaceStanding]:
    """Return the connections of many sites with their proofs."""
    return standing_of(work, ways(work, ids))


def standing_of(work: Work, found: Mapping[int, Way]) -> dict[int, InterfaceStanding]:
    """Return the same for ways that are known already: two statements."""
    named = _interfaces(work, {each.programme_id for each in found.values()})
    shown = _shown(work, found) if named else {}
    return {
        key: InterfaceStanding(
            [
                (each.name, lacking(shown.get((key, each.id), ())))
                for each in named[here.programme_id]
            ]
        )
        for key, here in found.items()
    }


def _shown(work: Work, ids: Collection[int]) -> dict[tuple[int, int], list[Shown]]:
    """Return the newest word on each proof, without who gave it: guards ask of many sites."""
    row = InterfaceProof
    asked = select(row.site_rollout_id, row.interface_id, row.proof, row.is_ok)
    found: dict[tuple[int, int], list[Shown]] = defaultdict(list)
    for site, number, proof, is_ok in work.session.execute(asked.where(row.id.in_(_newest(ids)))):
        found[site, number].append(Shown(_PROOFS[proof], is_ok))
    return found


_PROOFS = {each.value: each for each in Proof}


def _newest(ids: Collection[int]) -> Select[Any]:
    row = InterfaceProof
    return (
        select(func.max(row.id))
        .where(row.site_rollout_id.in_(ids))
        .group_by(row.site_rollout_id, row.interface_id, row.proof)
    )


def _interfaces(work: Work, programmes: Collection[int]) -> dict[int, list[Interface]]:
    rows = work.session.scalars(
        select(Interface)
        .where(Interface.programme_id.in_(programmes))
        .order_by(Interface.name, Interface.id)
    )
    found: dict[int, list[Interface]] = defaultdict(list)
    for each in rows:
        found[each.programme_id].append(each)
    return found


def _proofs(work: Work, ids: Collection[int]) -> dict[tuple[int, int], list[ProofView]]:
    columns = (InterfaceProof.site_rollout_id, InterfaceProof.interface_id, InterfaceProof.proof)
    rest = (InterfaceProof.is_ok, InterfaceProof.reference, InterfaceProof.at, InterfaceProof.by)
    rows = select(*columns, *rest).where(InterfaceProof.id.in_(_newest(ids)))
    found: dict[tuple[int, int], list[ProofView]] = defaultdict(list)
    for row in work.session.execute(rows):
        view = ProofView(Proof(row.proof), row.is_ok, row.reference, row.at, row.by)
        found[row.site_rollout_id, row.interface_id].append(view)
    return found


def _view(row: Interface, proofs: Sequence[ProofView]) -> InterfaceView:
    kept = {each.proof: each for each in proofs}
    return InterfaceView(row.id, row.name, InterfaceType(row.type), row.source, row.target, kept)


def named(work: Work, programme_id: int) -> list[InterfaceView]:
    """Return the connections that a programme names, without proofs."""
    return [_view(each, ()) for each in _interfaces(work, [programme_id])[programme_id]]


@dataclass(frozen=True)
class InterfacePage:
    """A site with its connections."""

    way: Way
    standing: InterfaceStanding
    interfaces: Sequence[InterfaceView]


def page(work: Work, rollout_id: int) -> InterfacePage:
    """Return a site with its connections and their proofs."""
    here = way(work, rollout_id)
    proofs = _proofs(work, [here.id])
    rows = _interfaces(work, [here.programme_id])[here.programme_id]
    views = [_view(each, proofs[here.id, each.id]) for each in rows]
    return InterfacePage(
        here, InterfaceStanding([(each.name, each.lacks) for each in views]), views
    )
