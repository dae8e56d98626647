"""What sites of a programme bring: trained people, sheets, rehearsals, proofs, accepted cells."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

from sqlalchemy import insert, select

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    AcceptanceCell,
    AcceptanceScope,
    Competency,
    Course,
    Interface,
    InterfaceProof,
    MigrationRun,
    Programme,
    SiteReadiness,
    SiteRollout,
    SiteStaff,
)
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.interfaces import Proof
from changes.programmes.rules.readiness import COUNTED
from ssoc.core.database import Base
from ssoc.core.work import Work
from tests.programmes import scenes

BEFORE = (SiteState.PLANNED, SiteState.SURVEYED)  # nothing is proved there yet
METHODS, FLOWS = ("card", "wallet"), ("purchase", "refund")


def prove(work: Work, made: scenes.Ids) -> None:
    """Write what sites past their survey brought; two courses and three interfaces for all."""
    ways = work.session.execute(
        select(SiteRollout.id, SiteRollout.site_id)
        .where(SiteRollout.programme_id == made.programme)
        .where(SiteRollout.state.not_in(BEFORE))
    ).all()
    _train(work, made.programme, [each.site_id for each in ways])
    numbers = [each.id for each in ways]
    _look(work, made.programme, numbers)
    _connect(work, made.programme, numbers)
    _accept(work, made.programme, numbers)


def _train(work: Work, programme: int, sites: Sequence[int]) -> None:
    courses = [Course(programme_id=programme, name=each) for each in ("Tills", "Float")]
    work.session.add_all(courses)
    work.session.flush()
    people = work.session.scalars(select(SiteStaff.id).where(SiteStaff.site_id.in_(sites)))
    usual = {"valid_from": date(2026, 1, 5), "valid_to": None, **_told(work, "recorded_")}
    pairs = product(people.all(), (each.id for each in courses))
    _write(work, Competency, [{**usual, "staff_id": who, "course_id": at} for who, at in pairs])


def _look(work: Work, programme: int, ways: Sequence[int]) -> None:
    terms = terms_of(work, work.session.get_one(Programme, programme))
    items = [each for each in terms.readiness if each not in COUNTED]
    usual = {"result": "pass", "evidence": "photo", "expires_at": None, **_told(work)}
    rows = [{**usual, "site_rollout_id": at, "item": item} for at, item in product(ways, items)]
    _write(work, SiteReadiness, rows)
    began = work.now - timedelta(days=20)
    runs = {"is_rehearsal": True, "is_clean": True, "started_at": began, "ended_at": began}
    runs |= _told(work, "recorded_")
    _write(
        work,
        MigrationRun,
        [
            {**runs, "site_rollout_id": at, "number": number, "source_snapshot": f"S{number}"}
            for at, number in product(ways, (1, 2))
        ],
    )


def _connect(work: Work, programme: int, ways: Sequence[int]) -> None:
    names = ("till to wallet", "till to bank", "till to stock")
    lines = [Interface(programme_id=programme, name=each, type="api") for each in names]
    work.session.add_all(lines)
    work.session.flush()
    usual = {"is_ok": True, "reference": "T-1", **_told(work)}
    _write(
        work,
        InterfaceProof,
        [
            {**usual, "site_rollout_id": at, "interface_id": line.id, "proof": proof}
            for at, line, proof in product(ways, lines, Proof)
        ],
    )


def _accept(work: Work, programme: int, ways: Sequence[int]) -> None:
    scope = AcceptanceScope(programme_id=programme, methods=list(METHODS), flows=list(FLOWS))
    work.session.add(scope)
    usual = {"status": "pass", "version": 1, **_told(work)}
    usual |= {"terminal_version": "11.3", "software_version": "4.2.0"}
    _write(
        work,
        AcceptanceCell,
        [
            {**usual, "site_rollout_id": at, "bank": bank, "method": method, "flow": flow}
            for at, bank, method, flow in product(ways, scenes.BANKS, METHODS, FLOWS)
        ],
    )


def _told(work: Work, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}at": work.now - timedelta(days=10), f"{prefix}by": "team"}


def _write(work: Work, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    work.session.execute(insert(table), list(rows))
