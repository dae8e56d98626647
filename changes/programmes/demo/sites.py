"""Plan, sites, staff, readiness and the moves so far of the demo's programme, in bulk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from changes.programmes.demo.story import DAY, HOUR, REGIONS, WAVES, S, Told, tell
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    CrewBooking,
    Programme,
    ProgrammeWave,
    Release,
    Site,
    SiteMoved,
    SiteReadiness,
    SiteRollout,
    SiteStaff,
)
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.readiness import Result
from ssoc.core.work import Work

PEOPLE = ("amina", "carlos", "kofi", "zuri", "adwoa", "wanjiru")
SELLERS = 5
NAMES = ("Abena", "Kwame", "Efua", "Yaw", "Akosua", "Kojo", "Esi", "Kwabena", "Ama", "Fiifi")


@dataclass(frozen=True)
class Laid:
    """What was laid: numbers of the plan, and the ways of sites in the order of their codes."""

    programme: int
    release: int
    waves: Sequence[int]
    ways: Sequence["LaidSite"]

    def at(self, *states: SiteState) -> list["LaidSite"]:
        """Return the sites that stand in one of some states."""
        return [each for each in self.ways if each.state in states]


@dataclass(frozen=True)
class LaidSite:
    """One site of the demo; ``slot_on`` is the day of its cut-over, ``staff`` who sells there."""

    id: int
    site: int
    code: str
    wave: int
    region: str
    state: SiteState
    slot_on: date | None
    cut_over_at: datetime | None
    accepted_at: datetime | None
    staff: Sequence[int]


def lay(work: Work) -> Laid:
    """Write the whole plan and past, and return the numbers others hang theirs on."""
    programme = _programme(work)
    release = Release(
        programme_id=programme.id,
        name="Till 4.2",
        versions={"software": "4.2.0", "terminal": "11.3", "configuration": "GH-7"},
        frozen_at=work.now - 75 * DAY,
        frozen_by="carlos",
    )
    work.session.add(release)
    work.session.flush()
    waves = _waves(work, programme.id, release.id)
    told = list(tell(work.now))
    sites = _write(work, Site, "code", [_sheet(each) for each in told])
    rows = [_way(each, programme.id, release.id, waves, sites) for each in told]
    ways = _write(work, SiteRollout, "site_id", rows)
    number = {each.number: ways[sites[each.place.code]] for each in told}
    _past(work, told, number)
    staff = _staff(work, told, sites)
    laid = [
        LaidSite(
            number[each.number],
            sites[each.place.code],
            each.place.code,
            each.wave,
            each.place.region,
            each.state,
            each.slot_on,
            each.when(SiteState.CUT_OVER),
            each.when(SiteState.ACCEPTED),
            staff[sites[each.place.code]],
        )
        for each in told
    ]
    return Laid(programme.id, release.id, waves, laid)


def _programme(work: Work) -> Programme:
    today = work.now.date()
    monday = today - timedelta(days=today.weekday())
    row = Programme(
        name="New till",
        purpose="One till for 600 shops and agent hubs: mobile money, cards and stock in one",
        sponsor="Wanjiru Kamau",
        authority="wanjiru",
        markets=["GH"],
        starts_on=monday - 77 * DAY,
        ends_on=monday + 69 * DAY,
        steering={
            "IT": ["carlos"],
            "business": ["zuri"],
            "finance": ["wanjiru"],
            "security": ["adwoa"],
            "vendor": ["kofi"],
        },
        baseline={
            (monday + (7 * week - 64) * DAY).isoformat(): min(600, 33 * week)
            for week in range(1, 20)
        },
        created_at=work.now - 90 * DAY,
        created_by="carlos",
    )
    work.session.add(row)
    work.session.flush()
    return row


def _waves(work: Work, programme: int, release: int) -> list[int]:
    first = work.now.date() - 70 * DAY
    rows = [
        ProgrammeWave(
            programme_id=programme,
            release_id=release,
            position=at,
            name=f"{REGIONS[at % 2]} {(at + 1) // 2}",
            market="GH",
            region=REGIONS[at % 2],
            per_week=40,
            criteria_in=["every site surveyed", "stock of tills in the regional store"],
            criteria_out=["nine of ten sites accepted", "open breaks carried by name"],
            starts_on=first + (9 * at - 8) * DAY,
            ends_on=first + (9 * at + 16) * DAY,
        )
        for at in range(1, WAVES + 1)
    ]
    work.session.add_all(rows)
    work.session.flush()
    return [each.id for each in rows]


def _write(
    work: Work, table: type[Any], key: str, rows: Sequence[Mapping[str, Any]]
) -> dict[Any, int]:
    """Insert rows and return their numbers by a column that tells them apart."""
    column = getattr(table, key)
    made = work.session.execute(insert(table).returning(table.id, column), list(rows))
    return {value: number for number, value in made}


def _sheet(each: Told) -> dict[str, Any]:
    hub = each.number % 7 == 0
    days = ("mon", "tue", "wed", "thu", "fri", "sat")
    tills = 1 if hub else 2 + each.number % 3
    known = each.state not in {SiteState.PLANNED, SiteState.DEFERRED} or each.number % 3
    return {
        "code": each.place.code,
        "name": each.place.name,
        "market": "GH",
        "region": each.place.region,
        "type": "agent hub" if hub else "shop",
        "zone": "Africa/Accra",
        "opening_hours": {day: ["08:00", "19:00" if day == "fri" else "18:00"] for day in days},
        "busiest_days": ["fri", "sat"],
        "connectivity": "fibre 20 Mbit/s, 4G beside it" if known else "",
        "latitude": each.place.latitude,
        "longitude": each.place.longitude,
        "minimum_staff": 3,
        "contacts": [{"name": each.place.lead, "role": "shop lead", "phone": each.place.phone}],
        "hardware": [
            {"item": "till", "model": "T-40", "serial": f"{each.place.code}-{at}"}
            for at in range(1, tills + 1)
        ]
        if known
        else [],
        "banks": ["Volta Bank", "Anchor Bank", "Harmattan Bank"][: 2 + each.number % 2],
        "version": 1,
    }


def _way(
    each: Told, programme: int, release: int, waves: Sequence[int], sites: Mapping[str, int]
) -> dict[str, Any]:
    block = each.block
    return {
        "programme_id": programme,
        "wave_id": waves[each.wave - 1],
        "release_id": release,
        "site_id": sites[each.place.code],
        "state": each.state,
        "was": each.was,
        "slot_on": each.slot_on,
        "crew": each.crew,
        "champion": each.place.lead if each.moves else "",
        "blocked_because": block[2] if block else "",
        "blocked_kind": block[0] if block else "",
        "blocked_owner": block[3] if block else "",
        "blocked_at": each.moved_at if block else None,
        "deferred_to": None,
        "deferred_by": "carlos" if each.state is SiteState.DEFERRED else "",
        "moved_at": each.moved_at,
        "cut_over_at": each.when(SiteState.CUT_OVER),
        "accepted_at": each.when(SiteState.ACCEPTED),
        "version": 1,
    }


def _past(work: Work, told: Sequence[Told], number: Mapping[int, int]) -> None:
    moves = [
        {
            "site_rollout_id": number[each.number],
            "move": move.value,
            "state": state,
            "at": at,
            "by": "carlos" if state in {S.GO_NO_GO, S.DEFERRED} else "kofi",
            "reason": reason,
        }
        for each in told
        for move, state, at, reason in each.moves
    ]
    moves.sort(key=lambda row: row["at"])
    work.session.execute(insert(SiteMoved), moves)
    work.session.execute(
        insert(CrewBooking),
        [
            {"crew": each.crew, "day": each.slot_on, "site_rollout_id": number[each.number]}
            for each in told
            if each.slot_on
        ],
    )
    work.session.execute(insert(SiteReadiness), list(_results(work, told, number)))


def _results(
    work: Work, told: Sequence[Told], number: Mapping[int, int]
) -> Iterator[dict[str, Any]]:
    """Yield the sheets: passed just before a site was ready, half filled in after its survey."""
    template = terms_of(work, None).readiness
    for each in told:
        ready = next((at for _, to, at, _ in each.moves if to is S.READY), None)
        surveyed = next((at for _, to, at, _ in each.moves if to is S.SURVEYED), None)
        if surveyed is None:
            continue
        items = list(template) if ready else list(template)[: 2 + each.number % 5]
        for place, item in enumerate(items):
            at = max(surveyed, (ready or surveyed + 2 * DAY) - (1 + place) * 3 * HOUR)
            at = min(at, work.now)
            valid = template[item].valid_for
            yield {
                "site_rollout_id": number[each.number],
                "item": item,
                "result": Result.PASS,
                "evidence": f"sheet {each.place.code}, photo {place + 1}",
                "by": "kofi",
                "at": at,
                "expires_at": at + valid if valid else None,
            }


def _staff(work: Work, told: Sequence[Told], sites: Mapping[str, int]) -> dict[int, list[int]]:
    joined = work.now.date() - 400 * DAY
    rows = [
        {
            "site_id": sites[each.place.code],
            "code": f"{each.place.code}-S{at}",
            "name": f"{NAMES[(each.number * 3 + at) % len(NAMES)]} {each.place.family[at % 3]}",
            "role": "seller" if at else "lead",
            "joined_on": joined + (each.number * 7 + at * 31) % 300 * DAY,
            "left_on": None,
        }
        for each in told
        for at in range(SELLERS + 1)
    ]
    work.session.execute(insert(SiteStaff), rows)
    found: dict[int, list[int]] = {site: [] for site in sites.values()}
    wanted = select(SiteStaff.site_id, SiteStaff.id).where(SiteStaff.role == "seller")
    for site, person in work.session.execute(wanted.order_by(SiteStaff.id)):
        found[site].append(person)
    return found
