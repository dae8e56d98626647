"""Say what is tested at every site, and record what came of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from changes.programmes.actions.proving import locked, programme_of, said
from changes.programmes.models import AcceptanceCell, AcceptanceScope
from changes.programmes.queries.acceptance import scope
from changes.programmes.queries.ways import Way
from changes.programmes.rules.acceptance import RECORDED, CellKey, CellStatus, cells_of
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import AcceptanceRecorded, AcceptanceScoped
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

FIELDS = ("bank", "method", "flow")
MOST_VALUES = 40


@dataclass(frozen=True)
class CellDraft:
    """What came of one or more cells, tested on the same versions; empty ones are the release's."""

    status: str
    evidence: str = ""
    terminal_version: str = ""
    software_version: str = ""


def set_scope(  # noqa: PLR0913 (the three parts of a scope, and the version it was read in)
    work: Work,
    programme_id: int,
    methods: Sequence[str],
    flows: Sequence[str],
    exclusions: Sequence[Mapping[str, str]] = (),
    version: int | None = None,
) -> None:
    """Write anew which methods and flows are tested with each bank of each site."""
    programme = programme_of(work, programme_id, Permission.PROGRAMME_PLAN)
    named = {"methods": _values(methods, "method"), "flows": _values(flows, "flow")}
    row = work.session.get(AcceptanceScope, programme_id)
    if version is not None and version != (row.version if row else 0):
        raise Conflict("somebody changed the scope meanwhile; look again, then repeat")
    row = row or AcceptanceScope(programme_id=programme_id)
    row.methods, row.flows = named["methods"], named["flows"]
    row.exclusions = [_exclusion(each) for each in exclusions]
    work.session.add(row)
    work.session.flush()
    bump(work.session)
    markets = ",".join(programme.markets)
    said_methods, said_flows = (", ".join(each)[:400] for each in named.values())
    work.record(AcceptanceScoped(programme_id, markets, said_methods, said_flows))


def record(work: Work, rollout_id: int, cells: Collection[CellKey], draft: CellDraft) -> int:
    """Record what came of cells of a site; return how many.

    Raises:
        BadInput: one of them does not exist, or what was found is no result; nothing is kept.

    """
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    if draft.status not in {*RECORDED, CellStatus.UNTESTED}:
        words = ", ".join([*RECORDED, CellStatus.UNTESTED])
        raise BadInput(f"{draft.status[:32]!r} is no result; there are {words}")
    if draft.status in {CellStatus.FAIL, CellStatus.NOT_APPLICABLE}:
        said(draft.evidence, "the evidence: what was seen, or why it does not apply,")
    wanted = sorted(set(cells))
    _refuse_strangers(work, here, wanted)
    versions = _versions(here, draft)
    kept = _rows(work, rollout_id, wanted)
    for key in wanted:
        _write(work, rollout_id, key, kept.get(key), draft, versions)
    work.session.flush()
    bump(work.session)
    listed = "; ".join(f"{each.bank}/{each.method}/{each.flow}" for each in wanted)
    told = (here.programme_id, here.market, here.id, here.code)
    terminal, software = versions
    work.record(AcceptanceRecorded(*told, draft.status, listed[:4_000], software, terminal))
    return len(wanted)


def _refuse_strangers(work: Work, here: Way, wanted: Sequence[CellKey]) -> None:
    if not wanted:
        raise BadInput("no cell is chosen; choose at least one")
    known = set(cells_of(scope(work, here.programme_id), here.banks))
    strange = [each for each in wanted if each not in known]
    if strange:
        first = strange[0]
        raise BadInput(
            f"{here.code} has no cell {first.bank[:40]} / {first.method[:40]} / {first.flow[:40]}; "
            "its banks stand on its sheet, methods and flows on the programme's acceptance page"
        )


def _versions(here: Way, draft: CellDraft) -> tuple[str, str]:
    """Return terminal and software as tested; what was not said is what the release brings."""
    found = []
    for name, text in (
        ("terminal", draft.terminal_version),
        ("software", draft.software_version),
    ):
        found.append((str(storable(text)).strip() or here.versions.get(name, ""))[:64])
    return found[0], found[1]


def _rows(work: Work, rollout_id: int, wanted: Sequence[CellKey]) -> dict[CellKey, AcceptanceCell]:
    banks = {each.bank for each in wanted}
    rows = work.session.scalars(
        select(AcceptanceCell)
        .where(AcceptanceCell.site_rollout_id == rollout_id, AcceptanceCell.bank.in_(banks))
        .order_by(AcceptanceCell.id)
        .with_for_update()
    )
    return {CellKey(each.bank, each.method, each.flow): each for each in rows}


def _write(  # noqa: PLR0913 (one row)
    work: Work,
    rollout_id: int,
    key: CellKey,
    row: AcceptanceCell | None,
    draft: CellDraft,
    versions: tuple[str, str],
) -> None:
    if draft.status == CellStatus.UNTESTED:
        if row is not None:
            work.session.delete(row)
        return
    row = row or AcceptanceCell(
        site_rollout_id=rollout_id, bank=key.bank, method=key.method, flow=key.flow
    )
    row.status, row.evidence = draft.status, str(storable(draft.evidence)).strip()[:500]
    row.terminal_version, row.software_version = versions
    row.at, row.by = work.now, work.actor.name
    work.session.add(row)


def _values(given: Sequence[str], what: str) -> list[str]:
    most = 32 if what == "flow" else 64
    found = list(dict.fromkeys(filter(None, (str(storable(each)).strip() for each in given))))
    if not found:
        raise BadInput(f"no {what} is named; name at least one")
    if len(found) > MOST_VALUES or any(len(each) > most for each in found):
        raise BadInput(f"at most {MOST_VALUES} {what}s of {most} signs; shorten the list")
    return found


def _exclusion(given: Mapping[str, str]) -> dict[str, str]:
    found = {
        name: str(storable(given[name])).strip() for name in FIELDS if str(given.get(name, ""))
    }
    if set(given) - set(FIELDS) or len(found) < 2:
        raise BadInput(
            "an exclusion names two or three of bank, method and flow, such as flow offline with "
            "method QR"
        )
    return found
