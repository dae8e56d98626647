"""What proves the demo's sites: training, rehearsals, interfaces and tests, in bulk."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from changes.programmes.demo.sites import Laid, LaidSite
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    AcceptanceCell,
    AcceptanceScope,
    Attendance,
    Competency,
    Course,
    Interface,
    InterfaceProof,
    MigrationCheck,
    MigrationRun,
    MigrationWaiver,
    Roster,
    Site,
    TrainingSession,
)
from changes.programmes.rules.acceptance import FLOWS, CellKey, Scope, cells_of
from changes.programmes.rules.interfaces import Proof
from ssoc.core.calendar import instant
from ssoc.core.work import Work

S = SiteState
ZONE = "Africa/Accra"
METHODS = ("card", "QR code", "mobile money")
TRAINERS = ("Ama Serwaa", "Yaw Darko", "Esi Frimpong")
INTERFACES = (
    ("Books of the day", "accounting", "till", "ledger"),
    ("Bank switch", "bank", "till", "switch"),
    ("Stock of the shop", "logistics", "till", "warehouse"),
)
UNTRAINED = {S.PLANNED, S.SURVEYED, S.DEFERRED}
REHEARSED = (S.PARALLEL, S.GO_NO_GO, S.CUT_OVER, S.HYPERCARE, S.ACCEPTED)
TESTED = (S.GO_NO_GO, S.CUT_OVER, S.HYPERCARE, S.ACCEPTED)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def prove(work: Work, laid: Laid) -> None:
    """Write what proves the sites so far, and the sessions of the next days."""
    _train(work, laid)
    _rehearse(work, laid)
    _connect(work, laid)
    _test(work, laid)
    work.session.flush()


def _train(work: Work, laid: Laid) -> None:
    course = Course(programme_id=laid.programme, name="Till and cash-up", valid_days=365)
    more = Course(programme_id=laid.programme, name="Shop lead: closing", is_required=False)
    work.session.add_all([course, more])
    work.session.flush()
    trained = [each for each in laid.ways if each.state not in UNTRAINED]
    since = work.now.date() - 40 * DAY
    work.session.execute(
        insert(Competency),
        [
            {
                "staff_id": person,
                "course_id": course.id,
                "valid_from": since,
                "valid_to": since + 365 * DAY,
                "evidence": f"course of wave {each.wave}",
                "recorded_at": work.now - 40 * DAY,
                "recorded_by": "kofi",
            }
            for each in trained
            for person in each.staff
        ],
    )
    work.session.execute(
        insert(Roster),
        [
            {
                "site_id": each.site,
                "day": each.slot_on,
                "staff_id": person,
                "added_at": work.now - 20 * DAY,
                "added_by": "kofi",
            }
            for each in trained
            if each.slot_on and each.slot_on >= work.now.date() - 7 * DAY
            for person in each.staff
        ],
    )
    _sessions(work, laid, course.id)


def _sessions(work: Work, laid: Laid, course: int) -> None:
    """Plan a session a day for the sites that come next, one of each of so many shops."""
    waiting = laid.at(S.SURVEYED)
    days = [work.now.date() + each * DAY for each in range(1, 9)]
    open_days = [each for each in days if each.weekday() < 5]
    for at, day in enumerate(open_days):
        region = ("Greater Accra", "Ashanti")[at % 2]
        sites = [each for each in waiting if each.region == region][at * 3 : at * 3 + 6]
        row = _session(work, laid, course, TRAINERS[at % len(TRAINERS)], region, day)
        work.session.add(row)
        work.session.flush()
        work.session.add_all(
            Attendance(session_id=row.id, staff_id=person)
            for each in sites
            for person in each.staff[at % 4 : at % 4 + 2]
        )


def _session(  # noqa: PLR0913 (what makes a session)
    work: Work, laid: Laid, course: int, trainer: str, region: str, day: date
) -> TrainingSession:
    return TrainingSession(
        programme_id=laid.programme,
        course_id=course,
        market="GH",
        region=region,
        trainer=trainer,
        room=f"Training room {region}",
        capacity=14,
        day=day,
        zone=ZONE,
        starts_at=instant(ZONE, day, 9 * 60),
        ends_at=instant(ZONE, day, 12 * 60 + 30),
        planned_at=work.now - 2 * DAY,
        planned_by="kofi",
    )


def _rehearse(work: Work, laid: Laid) -> None:
    runs = []
    for each in laid.at(*REHEARSED):
        began = (each.cut_over_at or work.now) - 12 * DAY
        runs += [_run(each, 1, began), _run(each, 2, began + 3 * DAY)]
    for each in laid.at(S.MIGRATING):
        runs += [_run(each, 1, work.now - 3 * DAY), _run(each, 2, work.now - DAY, False)]
    made = work.session.execute(
        insert(MigrationRun).returning(
            MigrationRun.id, MigrationRun.site_rollout_id, MigrationRun.is_clean
        ),
        runs,
    )
    checks = [row for number, site, clean in made for row in _checks(number, site, clean)]
    work.session.execute(insert(MigrationCheck), checks)
    waived = laid.at(S.MIGRATING)[:1]
    work.session.add_all(
        MigrationWaiver(
            site_rollout_id=each.id,
            through=2,
            reason="an agent hub without accounts of its own; the keys that lack are closed tills",
            at=work.now - 6 * HOUR,
            by="zuri",
        )
        for each in waived
    )


def _run(each: LaidSite, number: int, began: Any, clean: bool = True) -> dict[str, Any]:  # noqa: ANN401 (an instant)
    return {
        "site_rollout_id": each.id,
        "number": number,
        "source_snapshot": f"{began:%Y-%m-%dT%H:%MZ}",
        "is_rehearsal": True,
        "is_clean": clean,
        "started_at": began,
        "ended_at": began + HOUR,
        "recorded_at": began + HOUR,
        "recorded_by": "kofi",
    }


def _checks(run: int, site: int, clean: bool) -> Iterator[dict[str, Any]]:
    accounts = 180 + site % 97
    usual = {"run_id": run, "account_class": "", "currency": "", "tolerance": "0", "why": ""}
    for kind, name, figure in (
        ("count", "accounts of the shop", str(accounts)),
        ("sum", "balances", f"{accounts * 1_203}.50"),
        ("sample", "records field by field", "50"),
    ):
        money = {"account_class": "shop", "currency": "GHS"} if kind == "sum" else {}
        yield {
            **usual,
            **money,
            "kind": kind,
            "name": name,
            "expected": figure,
            "actual": figure,
            "result": "clean",
            "details": {},
        }
    missing = 0 if clean else 2
    keys = [f"T-{site}-{at}" for at in range(1, missing + 1)]
    yield {
        **usual,
        "kind": "key set",
        "name": "tills",
        "expected": "6",
        "actual": str(6 - missing),
        "result": "clean" if clean else "off",
        "why": "" if clean else "2 missing, more than 0",
        "details": {
            "missing": missing,
            "surplus": 0,
            "duplicate": 0,
            "missing_keys": keys,
            "surplus_keys": [],
            "duplicate_keys": [],
        },
    }


def _connect(work: Work, laid: Laid) -> None:
    named = [
        Interface(programme_id=laid.programme, name=name, type=type, source=source, target=target)
        for name, type, source, target in INTERFACES
    ]
    work.session.add_all(named)
    work.session.flush()
    rows = []
    for each in laid.ways:
        proofs: Sequence[Proof] = ()
        if each.state not in UNTRAINED:
            proofs = list(Proof)
        elif each.state is S.SURVEYED and each.id % 3:
            proofs = [Proof.ROUND_TRIP]
        rows += [
            {
                "interface_id": one.id,
                "site_rollout_id": each.id,
                "proof": proof.value,
                "is_ok": True,
                "reference": f"{each.code}-{one.id}{at}",
                "at": work.now - 30 * DAY,
                "by": "kofi",
            }
            for one in named
            for at, proof in enumerate(proofs)
        ]
    work.session.execute(insert(InterfaceProof), rows)


def _test(work: Work, laid: Laid) -> None:
    work.session.add(
        AcceptanceScope(
            programme_id=laid.programme,
            methods=list(METHODS),
            flows=list(FLOWS),
            exclusions=[{"method": "mobile money", "flow": "offline"}],
        )
    )
    scope = Scope(METHODS, FLOWS, ((("flow", "offline"), ("method", "mobile money")),))
    sites = [each.site for each in laid.ways]
    banks = {
        number: tuple(named)
        for number, named in work.session.execute(
            select(Site.id, Site.banks).where(Site.id.in_(sites))
        )
    }
    rows = [
        _cell(work, each, key, at)
        for each in laid.at(*TESTED, S.PARALLEL)
        for at, key in enumerate(cells_of(scope, banks[each.site]))
        if each.state in TESTED or (each.id * 7 + at * 3) % 10 < 7
    ]
    work.session.execute(insert(AcceptanceCell), rows)


def _cell(work: Work, each: LaidSite, key: CellKey, at: int) -> dict[str, Any]:
    """Return one result: those in the parallel run have some of the version before, or failed."""
    mixed = each.state is S.PARALLEL
    failed = mixed and (each.id + at) % 41 == 0
    old = mixed and not failed and (each.id + at) % 6 == 0
    when = each.cut_over_at - 2 * DAY if each.cut_over_at else work.now - 3 * DAY
    return {
        "site_rollout_id": each.id,
        "bank": key.bank,
        "method": key.method,
        "flow": key.flow,
        "status": "fail" if failed else "pass",
        "evidence": "the receipt shows another shop" if failed else f"receipt {each.id}{at:02}",
        "terminal_version": "11.3",
        "software_version": "4.1.8" if old else "4.2.0",
        "at": when,
        "by": "kofi",
        "version": 1,
    }
