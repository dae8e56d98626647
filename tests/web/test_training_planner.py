"""The planner of training: sites by week of their cut-over, what each lacks, page by page."""

import html
import re
from datetime import date

import pytest

from changes.programmes.actions import rosters
from changes.programmes.models import SiteRollout
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.programmes.proving import course, minimum, programme, roster, staff_of, train
from tests.web.conftest import SignIn

MANAGER = "change-manager"


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        pytest.param("", {"0001", "0002", "0003"}, id="anything"),
        pytest.param("&lacks=untrained", {"0002", "0003"}, id="untrained"),
        pytest.param("&lacks=cover", {"0001"}, id="cover missing"),
        pytest.param("&lacks=staff", {"0003"}, id="below minimum staffing"),
        pytest.param("&lacks=all", {"0001", "0002", "0003", "0004"}, id="all"),
        pytest.param("&due=none&lacks=all", {"0004"}, id="no slot"),
        pytest.param("&due=2026-03-09", {"0002"}, id="week of the cut-over"),
        pytest.param("&wave=77", set(), id="a wave nobody is in"),
    ],
)
def test_the_planner_shows_by_week_what_each_site_lacks(
    console: Runtime, as_person: SignIn, asked: str, codes: set[str]
) -> None:
    made = programme(console, sites=4, staff=4, name="Planner", prefix="PL-")
    with console.work(SYSTEM) as work:
        tills = course(work, made.programme)
        days = (date(2026, 3, 4), date(2026, 3, 11), date(2026, 3, 5), None)
        for number, slot in zip(made.rollouts, days, strict=True):
            work.session.get_one(SiteRollout, number).slot_on = slot
        people = [staff_of(work, site) for site in made.sites]
        train(work, [*people[0], *people[3]], tills)
        roster(work, made.rollouts[0], people[0], date(2026, 3, 4))
        rosters.report_absence(work, made.rollouts[0], people[0][0], date(2026, 3, 4))
        minimum(work, made.sites[2], 5)
    address = f"/programmes/{made.programme}/training?week=2026-03-02{asked}"
    page = as_person(MANAGER).get(address)
    found = set(re.findall(r"PL-(?:KE-)?(\d{4})", page.text))
    assert (page.status_code, found) == (200, codes)
    assert page.text.count('">Cut over in the week of') == len({"0002"} & codes) + bool(
        {"0001", "0003"} & codes
    )


def test_the_planner_is_paged_and_refuses_a_page_that_is_none(
    console: Runtime, as_person: SignIn
) -> None:
    made = programme(console, sites=40, staff=3, name="Many", prefix="MN-")
    with console.work(SYSTEM) as work:
        course(work, made.programme)
    client, address = as_person(MANAGER), f"/programmes/{made.programme}/training"
    first = client.get(f"{address}?week=2026-03-02").text
    assert "25 on this page, 40 of 40 sites" in first.replace("\N{NO-BREAK SPACE}", " ")
    [more] = re.findall(r'href="([^"]+)" rel="next"', first)
    second = client.get(html.unescape(more)).text
    assert "15 on this page, 40 of 40 sites" in second.replace("\N{NO-BREAK SPACE}", " ")
    codes = [set(re.findall(r"MN-(?:KE-)?\d+", each)) for each in (first, second)]
    assert (len(codes[0] | codes[1]), codes[0] & codes[1]) == (40, set())
    for bad in ("cursor=x", "lacks=money", "cursor=²"):
        assert client.get(f"{address}?{bad}").status_code == 400
