"""Plans: releases that freeze, waves that keep their sites, free crews, sheets and staff."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from changes.programmes.actions import places, planning
from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import programmes, site_facts, sites
from changes.programmes.rules.drafts import ProgrammeDraft, SiteDraft, StaffDraft, WaveDraft
from changes.programmes.rules.guards import EVERY, GUARDS
from ssoc.accounts.models import Person
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.programmes.stage import MANAGER, SLOT, TEAM, row

DAY = timedelta(days=1)


@pytest.fixture
def ids(runtime: Runtime) -> scenes.Ids:
    """Give four shops in one wave of Kenya, and a second wave of Tanzania."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        return scenes.programme(work, 4, ["KE", "KE", "TZ", "TZ"])


def test_people_whom_a_plan_names_can_sign_in(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        factories.accounts(work, "wanjiru", "carlos")
    draft = ProgrammeDraft(
        "Till", ["KE"], authority="nobody", steering={"IT": ["carlos", "nosuch"], "ops": ["x" * 99]}
    )
    with pytest.raises(BadInput) as said, runtime.work(MANAGER) as work:
        planning.make_programme(work, draft)
    assert [each.partition(" who may")[0] for each in str(said.value).split("; ")][::2] == [
        "authority: there is no person named nobody",
        "steering.IT: there is no person named nosuch",
        f"steering.ops: there is no person named {'x' * 64}",
    ]
    draft = replace(draft, authority="wanjiru", steering={"IT": ["carlos"]})
    with runtime.work(MANAGER) as work:
        number = planning.make_programme(work, draft)
    with runtime.work(SYSTEM) as work:
        [gone] = [each for each in work.session.query(Person) if each.name == "carlos"]
        gone.disabled_at = work.now
    with runtime.work(MANAGER) as work:
        planning.edit_programme(work, number, replace(draft, purpose="who has left may stay"))
    with pytest.raises(BadInput, match="named carlos"), runtime.work(MANAGER) as work:
        planning.edit_programme(work, number, replace(draft, steering={"business": ["carlos"]}))


def test_every_fact_that_a_guard_asks_is_answered_by_somebody() -> None:
    asked = {each.fact for found in (*GUARDS.values(), EVERY) for each in found if each.fact}
    assert asked <= {"readiness", *site_facts.FACTS}
    assert {"training", "interfaces"} <= set(site_facts.FACTS)


def test_a_frozen_release_stays_as_it_is(runtime: Runtime, ids: scenes.Ids) -> None:
    with runtime.work(MANAGER) as work:
        planning.edit_release(work, ids.release, "R2", {"software": "4.3"})
        empty = planning.make_release(work, ids.programme, "R9", {})
    with pytest.raises(BadInput, match="names no version"), runtime.work(MANAGER) as work:
        planning.freeze_release(work, empty)
    with runtime.work(MANAGER) as work:
        planning.freeze_release(work, ids.release)
    with pytest.raises(Conflict, match="frozen by marta"), runtime.work(MANAGER) as work:
        planning.edit_release(work, ids.release, "R2", {"software": "5"})
    with pytest.raises(Conflict, match="frozen already"), runtime.work(MANAGER) as work:
        planning.freeze_release(work, ids.release)
    with runtime.view(MANAGER) as work:
        found = programmes.releases(work, ids.programme)
    assert [(each.name, each.frozen_by) for each in found] == [("R2", "marta"), ("R9", "")]


def test_a_wave_that_has_sites_keeps_its_market(runtime: Runtime, ids: scenes.Ids) -> None:
    draft = WaveDraft("Coast", "TZ", ids.release, per_week=2)
    with (
        pytest.raises(Conflict, match="its market and release stay"),
        runtime.work(MANAGER) as work,
    ):
        planning.edit_wave(work, ids.waves[0], draft)
    with runtime.work(MANAGER) as work:
        planning.edit_wave(work, ids.waves[2], draft, version=1)
    with pytest.raises(Conflict, match="changed meanwhile"), runtime.work(MANAGER) as work:
        planning.edit_wave(work, ids.waves[2], draft, version=1)


def test_sites_go_to_waves_of_their_market(runtime: Runtime, ids: scenes.Ids) -> None:
    with runtime.work(MANAGER) as work:
        assert planning.place(work, ids.waves[1], [ids.sites[0]]) == [ids.first]
    assert row(runtime, ids.first).wave_id == ids.waves[1]
    both = [ids.sites[1], ids.sites[2]]
    said = "TZ-0003 is in TZ, the wave in KE"
    with pytest.raises(BadInput, match=said), runtime.work(MANAGER) as work:
        planning.place(work, ids.waves[0], both)
    with runtime.work(SYSTEM) as work:
        sites.row_of(work, ids.first)[0].state = SiteState.PARALLEL
    with pytest.raises(BadInput, match="is parallel in another"), runtime.work(MANAGER) as work:
        planning.place(work, ids.waves[0], [ids.sites[0]])


def test_a_programme_keeps_markets_that_have_waves(runtime: Runtime, ids: scenes.Ids) -> None:
    draft = ProgrammeDraft("New tills", ["TZ"])
    said = "markets: KE still has waves"
    with pytest.raises(BadInput, match=said), runtime.work(MANAGER) as work:
        planning.edit_programme(work, ids.programme, draft)
    only = factories.person("kemi", Role.CHANGE_MANAGER, "KE")
    with pytest.raises(NotAllowed), runtime.work(only) as work:
        planning.edit_programme(work, ids.programme, draft)
    stranger = factories.person("sena", Role.CHANGE_MANAGER, "EG")
    with pytest.raises(NotFound), runtime.work(stranger) as work:
        planning.edit_programme(work, ids.programme, draft)


def test_a_week_takes_so_many_sites(runtime: Runtime, ids: scenes.Ids) -> None:
    with runtime.work(MANAGER) as work:
        planning.place(work, ids.waves[0], ids.sites[:2])
        planning.edit_wave(work, ids.waves[0], WaveDraft("First", "KE", ids.release, per_week=1))
        places.book(work, ids.first, SLOT, "A")
    full = "the week of 2026-03-09 has 1 sites of wave 1 already"
    with pytest.raises(Conflict, match=full), runtime.work(TEAM) as work:
        places.book(work, ids.rollouts[1], SLOT + 6 * DAY, "B")
    with runtime.work(TEAM) as work:
        places.book(work, ids.rollouts[1], SLOT + 7 * DAY, "B")
        places.book(work, ids.first, SLOT + DAY, "A")  # moves within its week


@pytest.mark.parametrize(
    ("day", "crew", "said"),
    [
        pytest.param(date(2026, 3, 1), "A", "is past", id="a day that is past"),
        pytest.param(SLOT, " ", "crew: give its name", id="no crew"),
        pytest.param(SLOT, "x" * 65, "crew: give its name", id="a name without end"),
    ],
)
def test_what_cannot_be_booked(  # noqa: PLR0917
    runtime: Runtime, ids: scenes.Ids, day: date, crew: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said), runtime.work(TEAM) as work:
        places.book(work, ids.first, day, crew)


def test_a_site_that_is_cut_over_keeps_its_slot(runtime: Runtime, ids: scenes.Ids) -> None:
    with runtime.work(SYSTEM) as work:
        sites.row_of(work, ids.first)[0].state = SiteState.ACCEPTED
    with pytest.raises(Conflict, match="nothing to book"), runtime.work(TEAM) as work:
        places.book(work, ids.first, SLOT, "A")
    with pytest.raises(Conflict, match="stays on record"), runtime.work(TEAM) as work:
        places.unbook(work, ids.first)


def test_sheets_and_staff_are_kept_by_the_team_of_the_market(
    runtime: Runtime, ids: scenes.Ids
) -> None:
    draft = SiteDraft("KE-0001", "Kiosk", "KE", opening_hours={"mon": ["08:00", "12:00"]})
    with runtime.work(TEAM) as work:
        places.edit_site(work, ids.sites[0], draft)
        places.put_staff(work, ids.sites[0], StaffDraft("E1", "Ada"))
        places.put_staff(work, ids.sites[0], StaffDraft("E1", "Ada", left_on=SLOT))
        places.name_champion(work, ids.first, "Ada")
    with runtime.view(TEAM) as work:
        view, [person] = sites.site(work, ids.first), sites.staff(work, ids.first)
        kinds = {each.kind for each in work.session.query(EventRecord)}
    assert (view.name, view.champion, person.left_on) == ("Kiosk", "Ada", SLOT)
    assert {"SiteSheetChanged", "SiteBooked"} <= kinds
    with pytest.raises(NotAllowed), runtime.work(TEAM) as work:
        places.make_site(work, SiteDraft("KE-77", "New", "KE"))
    for wrong in (SiteDraft("KE-9", "Kiosk", "KE"), SiteDraft("KE-0001", "Kiosk", "TZ")):
        with pytest.raises(BadInput), runtime.work(TEAM) as work:
            places.edit_site(work, ids.sites[0], wrong)
    with runtime.work(MANAGER) as work, pytest.raises(Conflict, match="site ke-0001 already"):
        places.make_site(work, SiteDraft("ke-0001", "Twin", "KE"))


def test_every_fault_of_a_sheet_is_named_at_once(runtime: Runtime, ids: scenes.Ids) -> None:
    wrong = SiteDraft(
        "KE 9",
        "",
        "ZZ",
        type="mall",
        zone="Nairobi",
        opening_hours={"mon": ["18:00", "08:00"]},
        latitude=99.0,
        minimum_staff=-1,
        hardware=[{"model": "T"}],
    )
    with pytest.raises(BadInput) as refusal, runtime.work(SYSTEM) as work:
        places.make_site(work, wrong)
    for name in ("code", "name", "market", "type", "zone", "opening_hours", "latitude"):
        assert f"{name}: " in str(refusal.value)
    assert "hardware: row 1 has no item" in str(refusal.value)
