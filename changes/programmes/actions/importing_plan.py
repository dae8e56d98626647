"""The sheet of the plan: which site goes in which wave, when, with which crew."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select

from changes.programmes.actions.places import BOOKED_IN
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    CrewBooking,
    Programme,
    ProgrammeWave,
    Release,
    Site,
    SiteRollout,
)
from changes.programmes.sheets.interpret import Faults, PlanRow
from ssoc.core.work import Work

MOVES_OVER = frozenset({SiteState.PLANNED, SiteState.SURVEYED, SiteState.DEFERRED})


class Planned:
    """Rows of the plan against what is planned; every fault is noted before anything is written."""

    def __init__(
        self, work: Work, programme: Programme, markets: Mapping[str, str], faults: Faults
    ) -> None:
        self._work, self._markets, self._faults = work, markets, faults
        self.programme_id = programme.id
        session = work.session
        self.releases = {
            row.name: row.id
            for row in session.scalars(
                select(Release).where(Release.programme_id == programme.id).order_by(Release.id)
            )
        }
        self._waves = {
            row.position: row
            for row in session.scalars(
                select(ProgrammeWave).where(ProgrammeWave.programme_id == programme.id)
            )
        }
        ways = select(SiteRollout, Site.code).join(Site, Site.id == SiteRollout.site_id)
        self._ways = {
            (code.casefold(), way.release_id): way
            for way, code in session.execute(ways.where(SiteRollout.programme_id == programme.id))
        }
        self.created = self.updated = self.unchanged = 0
        self.preview: list[str] = []
        self.rows: list[tuple[PlanRow, ProgrammeWave, SiteRollout | None]] = []

    def look(self, rows: Sequence[PlanRow]) -> None:
        """Sort rows into new, altered and unchanged, and note what cannot be.

        A cell with a fault is not looked at again, the others of its row are.
        """
        seen: dict[tuple[str, str], int] = {}
        for each in rows:
            if not each.bad & {"site", "release"}:
                key = each.site.casefold(), each.release
                before = seen.setdefault(key, each.row.number)
                if before != each.row.number:
                    said = f"the same stands in row {before} already; leave one out"
                    self._faults.note(each.row, "site", said)
                    continue
            wave = self._wave_of(each)
            if wave is not None:
                self._sort(each, wave)
        self._refuse_double_crews()

    def _wave_of(self, each: PlanRow) -> ProgrammeWave | None:
        """Return the wave of a row; None when something is wrong with where it puts the site."""
        before = self._faults.count
        is_site_read = "site" not in each.bad
        market = self._markets.get(each.site.casefold()) if is_site_read else None
        wave = self._waves.get(each.wave) if "wave" not in each.bad else None
        if market is None and is_site_read:
            said = f"no site {each.site} in the markets of the programme; add it to sites"
            self._faults.note(each.row, "site", said)
        if wave is None and "wave" not in each.bad:
            there = ", ".join(map(str, sorted(self._waves))) or "none yet; make one first"
            self._faults.note(each.row, "wave", f"the programme has no wave {each.wave}: {there}")
        if wave is not None:
            self._compare(each, wave, market)
        is_placed = market is not None and self._faults.count == before
        return wave if is_placed and "release" not in each.bad else None

    def _compare(self, each: PlanRow, wave: ProgrammeWave, market: str | None) -> None:
        """Note where site, wave and release do not go together, as far as they are known."""
        if market and wave.market != market:
            said = f"{each.site} is in {market}, wave {each.wave} in {wave.market}"
            self._faults.note(each.row, "wave", f"{said}; choose another wave")
        if "release" not in each.bad and wave.release_id != self.releases[each.release]:
            said = f"wave {each.wave} brings another release than {each.release}"
            self._faults.note(each.row, "release", f"{said}; correct one of them")

    def _sort(self, each: PlanRow, wave: ProgrammeWave) -> None:
        way = self._ways.get((each.site.casefold(), wave.release_id))
        if len(self.preview) < 10:
            self.preview.append(
                f"{each.site} to wave {wave.position} on {each.slot_on or 'no day'}"
            )
        if way is None:
            self.created += 1
            self.rows.append((each, wave, None))
            return
        if not self._is_altered(each, wave, way):
            self.unchanged += 1
            return
        self._refuse_late(each, wave, way)
        self.updated += 1
        self.rows.append((each, wave, way))

    @staticmethod
    def _is_altered(each: PlanRow, wave: ProgrammeWave, way: SiteRollout) -> bool:
        told = {name: getattr(each, name) for name in ("slot_on", "crew", "champion")}
        is_other = any(getattr(way, name) != told[name] for name in told if name in each.given)
        return is_other or way.wave_id != wave.id

    def _refuse_late(self, each: PlanRow, wave: ProgrammeWave, way: SiteRollout) -> None:
        """Note what a site that has begun does not change any more."""
        if way.wave_id != wave.id and way.state not in MOVES_OVER:
            said = f"{each.site} is {way.state} in another wave; it stays there"
            self._faults.note(each.row, "wave", said)
        is_other = (_slot(each, way), _crew(each, way)) != (way.slot_on, way.crew)
        if is_other and way.state not in BOOKED_IN:
            self._faults.note(each.row, "slot_on", f"{each.site} is {way.state}; its slot stays")
        elif is_other and each.slot_on and each.slot_on < self._work.now.date():
            self._faults.note(each.row, "slot_on", f"{each.slot_on} is past; give a day to come")

    def _refuse_double_crews(self) -> None:
        """Note crews that would be at two sites on one day: in the file, or with one beside it."""
        moving = {way.id for _, _, way in self.rows if way is not None}
        taken: dict[tuple[str, date], str] = {}
        if self.rows:
            booked = select(CrewBooking, Site.code).join(
                SiteRollout, SiteRollout.id == CrewBooking.site_rollout_id
            )
            for row, code in self._work.session.execute(
                booked.join(Site, Site.id == SiteRollout.site_id)
            ):
                if row.site_rollout_id not in moving:
                    taken[row.crew, row.day] = code
        for each, _, way in self.rows:
            crew, day = _crew(each, way), _slot(each, way)
            if not crew or not day or each.bad & {"crew", "slot_on"}:
                continue
            other = taken.setdefault((crew, day), each.site)
            if other.casefold() != each.site.casefold():
                said = f"crew {crew} is at {other} on {day}; choose another day or crew"
                self._faults.note(each.row, "crew", said)


def _slot(each: PlanRow, way: SiteRollout | None) -> date | None:
    if "slot_on" in each.given or way is None:
        return each.slot_on
    return way.slot_on


def _crew(each: PlanRow, way: SiteRollout | None) -> str:
    return each.crew if "crew" in each.given or way is None else way.crew


def store_plan(work: Work, plan: Planned, numbers: Mapping[str, int]) -> None:
    """Write the rows of a plan that was looked at, and book its crews anew."""
    if not plan.rows:
        return
    session = work.session
    ways: list[tuple[SiteRollout, PlanRow]] = []
    for each, wave, known in plan.rows:
        way = known or SiteRollout(
            programme_id=plan.programme_id,
            release_id=wave.release_id,
            site_id=numbers[each.site.casefold()],
            moved_at=work.now,
        )
        day, crew = _slot(each, known), _crew(each, known)
        way.wave_id, way.slot_on, way.crew = wave.id, day, crew if day else ""
        if known is None or "champion" in each.given:
            way.champion = each.champion
        ways.append((way, each))
    session.add_all([way for way, _ in ways])
    session.flush()
    _book(work, [way for way, _ in ways])


def _book(work: Work, ways: Sequence[SiteRollout]) -> None:
    numbers = [each.id for each in ways]
    for at in range(0, len(numbers), 1_000):
        work.session.execute(
            delete(CrewBooking).where(CrewBooking.site_rollout_id.in_(numbers[at : at + 1_000])),
            execution_options={"synchronize_session": False},
        )
    rows: list[dict[str, Any]] = [
        {"crew": each.crew, "day": each.slot_on, "site_rollout_id": each.id}
        for each in ways
        if each.crew and each.slot_on
    ]
    if rows:
        work.session.execute(insert(CrewBooking), rows)
