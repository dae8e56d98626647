"""Programmes with waves and sites, written straight into their tables: valid, half way through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

from sqlalchemy import insert, select

from changes.programmes.lifecycle import SiteState
from changes.programmes.models.plan import (
    CrewBooking,
    Programme,
    ProgrammeWave,
    Release,
    Site,
    SiteMoved,
    SiteRollout,
    SiteStaff,
)
from ssoc.core.work import Work

HOURS = {day: ["08:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
REGIONS = {
    "KE": ("Nairobi", "Mombasa", "Kisumu"),
    "TZ": ("Dar es Salaam", "Mwanza"),
    "CD": ("Kinshasa", "Équateur"),
    "EG": ("القاهرة", "الإسكندرية"),
    "MZ": ("Maputo", "Nampula"),
}
ZONES = {
    "KE": "Africa/Nairobi",
    "TZ": "Africa/Dar_es_Salaam",
    "CD": "Africa/Kinshasa",
    "EG": "Africa/Cairo",
    "MZ": "Africa/Maputo",
}
NAMES = {
    "KE": "Shop {n} Tom Mboya Street",
    "TZ": "Duka {n} Kariakoo",
    "CD": "Boutique n° {n} de l'avenue de la Libération",
    "EG": "متجر {n} شارع طلعت حرب",
    "MZ": "Loja {n} da Avenida Eduardo Mondlane",
}
BANKS = ("Copper Bank", "Lake Bank")
BLOCKED_KINDS = ("permit", "network", "bank", "hardware")
PAST_CUT_OVER = {SiteState.CUT_OVER, SiteState.HYPERCARE, SiteState.ACCEPTED}


@dataclass(frozen=True)
class Ids:
    """The numbers of what was made; ``sites`` and ``rollouts`` in the order they were asked."""

    programme: int
    release: int
    waves: Sequence[int]
    sites: Sequence[int] = field(default=())
    rollouts: Sequence[int] = field(default=())

    @property
    def first(self) -> int:
        """Return the first site's way."""
        return self.rollouts[0]


def programme(
    work: Work,
    sites: int = 4,
    waves: int | Sequence[str] = 1,
    *,
    states: Sequence[SiteState] = (SiteState.PLANNED,),
    markets: Sequence[str] = ("KE",),
    name: str = "New tills",
    prefix: str = "",
    versions: Mapping[str, str] | None = None,
    site: Mapping[str, Any] | None = None,
    rollout: Mapping[str, Any] | None = None,
    staff: int = 0,
    **given: Any,
) -> Ids:
    """Write a programme of one release; sites are dealt over the waves in equal rows.

    Args:
        work: where it is written; nothing is recorded, nobody is asked.
        sites: how many.
        waves: how many, or the market of each; a number takes the markets in turn.
        states: of the sites, in turn.
        markets: of the waves, in turn, where ``waves`` is a number.
        name: of the programme.
        prefix: of the codes of sites, for a second programme.
        versions: of the release.
        site: columns of every site, over the defaults.
        rollout: columns of every site's way, over what follows from its state.
        staff: sellers at each site.
        given: columns of the programme, over the defaults.

    """
    places = list(islice(cycle(markets), waves)) if isinstance(waves, int) else list(waves)
    head = _programme(work, name, places, given)
    release = Release(
        programme_id=head.id,
        name="R1",
        versions=dict(versions or {"software": "4.2.0", "terminal": "11.3"}),
    )
    work.session.add(release)
    work.session.flush()
    made = [_wave(work, head.id, release.id, at, code) for at, code in enumerate(places, start=1)]
    ids = Ids(head.id, release.id, [each.id for each in made])
    return _sites(work, ids, made, sites, prefix, states, site or {}, rollout or {}, staff)


def _programme(work: Work, name: str, places: Sequence[str], given: Mapping[str, Any]) -> Programme:
    today = work.now.date()
    head = Programme(
        **{
            "name": name,
            "purpose": "One till for every shop",
            "sponsor": "Head of retail",
            "authority": "incident-manager",
            "markets": sorted(set(places)),
            "starts_on": today - timedelta(days=60),
            "ends_on": today + timedelta(days=120),
            "steering": {"IT": ["admin"], "business": ["incident-manager"]},
            "created_at": work.now,
            "created_by": "admin",
            **given,
        }
    )
    work.session.add(head)
    work.session.flush()
    return head


def _wave(work: Work, programme_id: int, release_id: int, at: int, market: str) -> ProgrammeWave:
    today = work.now.date()
    wave = ProgrammeWave(
        programme_id=programme_id,
        release_id=release_id,
        position=at,
        name=f"Wave {at}",
        market=market,
        per_week=30,
        criteria_in=["Pilot accepted"],
        criteria_out=["No open break"],
        starts_on=today + timedelta(days=14 * (at - 3)),
        ends_on=today + timedelta(days=14 * (at - 2) - 1),
    )
    work.session.add(wave)
    work.session.flush()
    return wave


def _sites(
    work: Work,
    ids: Ids,
    waves: Sequence[ProgrammeWave],
    count: int,
    prefix: str,
    states: Sequence[SiteState],
    site: Mapping[str, Any],
    rollout: Mapping[str, Any],
    staff: int,
) -> Ids:
    if not count:
        return ids
    share = -(-count // len(waves))
    of_site = [waves[at // share] for at in range(count)]
    places = [_site(prefix, wave, at, site) for at, wave in enumerate(of_site, start=1)]
    work.session.execute(insert(Site), places)
    codes = [each["code"] for each in places]
    found = {
        code: number
        for code, number in work.session.execute(select(Site.code, Site.id))
        if code in set(codes)
    }
    numbers = [found[code] for code in codes]
    rows = [
        _way(work, ids, wave, number, state, at, rollout)
        for at, (wave, number, state) in enumerate(
            zip(of_site, numbers, cycle(states), strict=False)
        )
    ]
    work.session.execute(insert(SiteRollout), rows)
    ways = dict(
        work.session.execute(
            select(SiteRollout.site_id, SiteRollout.id).where(
                SiteRollout.programme_id == ids.programme
            )
        ).all()
    )
    made = Ids(ids.programme, ids.release, ids.waves, numbers, [ways[each] for each in numbers])
    _beside(work, made, rows, staff)
    return made


def _site(prefix: str, wave: ProgrammeWave, at: int, given: Mapping[str, Any]) -> dict[str, Any]:
    code = f"{prefix}{wave.market}-{at:04d}"
    regions = REGIONS.get(wave.market, ("Centre",))
    return {
        "code": code,
        "name": NAMES.get(wave.market, "Shop {n}").format(n=at),
        "market": wave.market,
        "region": regions[at % len(regions)],
        "type": "shop",
        "zone": ZONES.get(wave.market, "UTC"),
        "opening_hours": HOURS,
        "busiest_days": ["fri", "sat"],
        "connectivity": "fibre 20 Mbit/s, 4G as second way",
        "latitude": None,
        "longitude": None,
        "minimum_staff": 3,
        "contacts": [{"name": "Wanjiru", "role": "manager", "phone": "+254 700 000 001"}],
        "hardware": [{"item": "till", "model": "T-40", "serial": f"S{code}"}],
        "banks": list(BANKS),
        "version": 1,
        **given,
    }


def _way(
    work: Work,
    ids: Ids,
    wave: ProgrammeWave,
    site_id: int,
    state: SiteState,
    at: int,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    is_blocked, is_over = state is SiteState.BLOCKED, state in PAST_CUT_OVER
    day = timedelta(days=1)
    cut_over_at = work.now - (5 + at % 20) * day if is_over else None
    accepted_at = work.now - (at % 28) * day if state is SiteState.ACCEPTED else None
    if cut_over_at and accepted_at:
        cut_over_at = accepted_at - 5 * day
    return {
        "programme_id": ids.programme,
        "wave_id": wave.id,
        "release_id": ids.release,
        "site_id": site_id,
        "state": state,
        "was": SiteState.SURVEYED if is_blocked else None,
        "slot_on": cut_over_at.date() if cut_over_at else None,
        "crew": "",
        "champion": "",
        "blocked_because": "the permit of the county is not here" if is_blocked else "",
        "blocked_kind": BLOCKED_KINDS[at // 7 % len(BLOCKED_KINDS)] if is_blocked else "",
        "blocked_owner": "incident-manager" if is_blocked else "",
        "blocked_at": work.now - 3 * day if is_blocked else None,
        "deferred_to": work.now.date() + 30 * day if state is SiteState.DEFERRED else None,
        "deferred_by": "incident-manager" if state is SiteState.DEFERRED else "",
        "moved_at": work.now - 2 * day,
        "cut_over_at": cut_over_at,
        "accepted_at": accepted_at,
        "version": 1,
        **given,
    }


def _beside(work: Work, ids: Ids, rows: Sequence[Mapping[str, Any]], staff: int) -> None:
    moved = [
        {
            "site_rollout_id": way,
            "move": "survey",
            "state": SiteState.SURVEYED,
            "at": work.now - timedelta(days=30),
            "by": "site-team",
            "reason": "",
        }
        for way, row in zip(ids.rollouts, rows, strict=True)
        if row["state"] is not SiteState.PLANNED
    ]
    if moved:
        work.session.execute(insert(SiteMoved), moved)
    booked = {
        (row["crew"], row["slot_on"]): way
        for way, row in zip(ids.rollouts, rows, strict=True)
        if row["crew"] and row["slot_on"]
    }
    for (crew, day), way in booked.items():
        work.session.add(CrewBooking(crew=crew, day=day, site_rollout_id=way))
    people = [
        {"site_id": site, "code": f"E{at}", "name": f"Seller {at}", "role": "seller"}
        for site in ids.sites
        for at in range(1, staff + 1)
    ]
    if people:
        work.session.execute(insert(SiteStaff), people)
    work.session.flush()


# Half way through: what 600 sites look like when a third is accepted.
HALF_WAY = (
    *[SiteState.ACCEPTED] * 7,
    SiteState.HYPERCARE,
    SiteState.CUT_OVER,
    SiteState.PARALLEL,
    SiteState.MIGRATING,
    *[SiteState.READY] * 3,
    *[SiteState.SURVEYED] * 2,
    *[SiteState.PLANNED] * 5,
    SiteState.BLOCKED,
    SiteState.ROLLED_BACK,
    SiteState.DEFERRED,
)
