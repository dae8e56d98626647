"""People of sites one by one: added, corrected, moved, let go, by who works there."""

from datetime import date

import pytest
from sqlalchemy import select

from changes.programmes.models import Competency, Course, Roster, SiteRollout, SiteStaff
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web.conftest import SignIn
from tests.web.counting import statements

TEAM = "site-team"
DAY = date(2026, 3, 20)


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give four shops with two sellers each; the first seller of the first is trained."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(work, 4, ("KE", "CD"), staff=2)
        one = work.session.scalars(select(SiteStaff).order_by(SiteStaff.id)).first()
        assert one is not None
        course = Course(programme_id=ids.programme, name="New till")
        work.session.add(course)
        work.session.flush()
        work.session.add(
            Competency(
                staff_id=one.id,
                course_id=course.id,
                valid_from=date(2026, 3, 1),
                evidence="session 1",
                recorded_at=work.now,
                recorded_by="sam",
            )
        )
        work.session.add(
            Roster(site_id=one.site_id, day=DAY, staff_id=one.id, added_at=work.now, added_by="sam")
        )
    return ids


def person(console: Runtime, number: int = 1) -> SiteStaff:
    with console.view(SYSTEM) as work:
        return work.session.get_one(SiteStaff, number)


def test_somebody_is_added_and_named_champion(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(TEAM)
    here = f"/programmes/sites/{made.first}"
    assert f"{here}/staff/new" in client.get(here).text
    form = {"code": "E9", "name": "Ada Wanjiru", "role": "cashier", "joined_on": "2026-03-01"}
    assert client.post(f"{here}/staff/new", data=form).status_code == 303
    again = client.post(f"{here}/staff/new", data=form)
    assert (again.status_code, "E9 is Ada Wanjiru" in again.text) == (409, True)
    with console.view(SYSTEM) as work:
        number = work.session.scalars(select(SiteStaff.id).where(SiteStaff.code == "E9")).one()
    edit = f"{here}/staff/{number}/edit"
    assert client.post(edit, data={**form, "champion": "yes"}).status_code == 303
    page = client.get(f"/programmes/{made.programme}/staff?stands=champion").text
    assert "Ada Wanjiru" in page
    assert page.count("data-row=") == 1


def test_who_leaves_comes_off_the_rosters(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(TEAM)
    here = f"/programmes/sites/{made.first}/staff/1/leave"
    assert client.post(here, data={"day": "2026-03-15"}).status_code == 303
    assert person(console).left_on == date(2026, 3, 15)
    with console.view(SYSTEM) as work:
        assert work.session.scalars(select(Roster)).all() == []
    page = client.get(f"/programmes/{made.programme}/staff?q=KE-0001").text
    assert "leaves" in page


def test_who_moves_takes_along_what_they_are_trained_for(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(TEAM)
    place = f"/programmes/sites/{made.first}/staff/1/move"
    with console.work(SYSTEM) as work:
        taken = work.session.get_one(SiteStaff, 3)
        taken.code = "OTHER"
    answer = client.post(place, data={"to": "KE-0002", "day": "2026-03-15"})
    assert answer.status_code == 303, answer.text
    with console.view(SYSTEM) as work:
        new = work.session.scalars(select(SiteStaff).order_by(SiteStaff.id.desc())).first()
        assert new is not None
        held = work.session.scalars(select(Competency.staff_id)).all()
    assert (new.code, new.joined_on, new.left_on) == ("E1", date(2026, 3, 15), None)
    assert person(console).left_on == date(2026, 3, 15)
    assert sorted(held) == [1, new.id]


@pytest.mark.parametrize(
    ("act", "form", "status", "says"),
    [
        pytest.param("edit", {"name": "", "role": "x"}, 400, "name", id="no name"),
        pytest.param(
            "edit", {"name": "A", "role": "x", "seen": "old"}, 409, "meanwhile", id="stale"
        ),
        pytest.param(
            "edit",
            {"name": "A", "role": "x", "joined_on": "2026-03-09", "left_on": "2026-03-01"},
            400,
            "is before",
            id="gone before they came",
        ),
        pytest.param("leave", {}, 400, "is missing", id="no day"),
        pytest.param("leave", {"day": "soon"}, 400, "is no day", id="an odd day"),
        pytest.param("move", {"to": "CD-0003", "day": "2026-03-15"}, 400, "in KE", id="elsewhere"),
        pytest.param("move", {"to": "KE-0001", "day": "2026-03-15"}, 400, "already", id="same"),
        pytest.param(
            "move", {"to": "KE-0002", "day": "2026-03-15"}, 409, "already", id="code taken"
        ),
    ],
)
def test_what_cannot_be_is_refused(  # noqa: PLR0913
    as_person: SignIn,
    console: Runtime,
    made: scenes.Ids,
    act: str,
    form: dict[str, str],
    status: int,
    says: str,
) -> None:
    answer = as_person(TEAM).post(f"/programmes/sites/{made.first}/staff/1/{act}", data=form)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text[-2000:]
    assert person(console).left_on is None


def test_who_may_not_work_there_only_looks(as_person: SignIn, made: scenes.Ids) -> None:
    client = as_person("auditor")
    page = client.get(f"/programmes/{made.programme}/staff")
    assert (page.status_code, "/edit" in page.text) == (200, False)
    here = f"/programmes/sites/{made.first}/staff"
    assert client.get(f"{here}/new").status_code == 403
    assert client.post(f"{here}/1/leave", data={"day": "2026-03-15"}).status_code == 403
    assert as_person(TEAM).get(f"{here}/8/edit").status_code == 404, "of another site"
    desk = as_person("desk-ke").get(f"/programmes/{made.programme}/staff").text
    assert "KE-0001" in desk
    assert "CD-0003" not in desk
    assert as_person("desk-tz").get(f"/programmes/{made.programme}/staff").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["stands=no", "cursor=x", "cursor=%7C%7C", "q=%25_%5C", "region=%00", "role=x" * 9],
)
def test_odd_filters_are_no_fault_of_ours(as_person: SignIn, made: scenes.Ids, query: str) -> None:
    answer = as_person(TEAM).get(f"/programmes/{made.programme}/staff?{query}")
    assert answer.status_code in {200, 400}


def test_the_api_lists_page_by_page_and_lets_go(as_person: SignIn, made: scenes.Ids) -> None:
    client = as_person(TEAM)
    at, seen = f"/api/v1/programmes/{made.programme}/staff", []
    cursor = ""
    for _ in range(9):
        page = client.get(f"{at}?limit=3&cursor={cursor}").json
        assert page is not None
        seen += [f"{each['site']} {each['code']}" for each in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert page is not None
    assert (len(seen), page["total"]) == (8, 8)
    assert seen == sorted(set(seen))
    gone = client.post(f"/api/v1/sites/{made.first}/staff/1/leave", json={"day": "2026-03-15"})
    assert gone.status_code == 200, gone.text
    assert client.get(f"{at}?stands=to%20come").json == {"items": [], "total": 0, "next": None}


def test_statements_do_not_grow_with_people(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(TEAM)
    place = f"/programmes/{made.programme}/staff"
    client.get(place)
    with statements(console.engine) as few:
        client.get(place)
    with console.work(SYSTEM) as work:
        site = work.session.get_one(SiteRollout, made.first).site_id
        for number in range(40):
            work.session.add(SiteStaff(site_id=site, code=f"X{number}", name=f"P {number}"))
    with statements(console.engine) as many:
        client.get(place)
    assert len(many) == len(few)
