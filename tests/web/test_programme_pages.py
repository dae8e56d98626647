"""Programmes, their board and their sites: for every role, with bad input, in few statements."""

import gzip
import re
from datetime import date
from itertools import chain
from typing import Any

import pytest
from flask import Flask

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import SiteReadinessLost
from changes.programmes.models.plan import Programme, ProgrammeWave
from changes.programmes.queries import criteria, lines
from changes.programmes.queries import sites as site_queries
from changes.programmes.rules import guards
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.running import bump
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web import shops
from tests.web.conftest import SignIn
from tests.web.counting import statements
from tests.web.shops import MANAGER, TEAM, of_state
from web.programmes import cures, site_view

ROLES = [role.value.replace("_", "-") for role in Role]
ARABIC = "متجر شارع طلعت حرب"


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give a programme half way through in three markets."""
    return shops.half_way(console)


def addresses(made: scenes.Ids) -> list[str]:
    here, site = f"/programmes/{made.programme}", f"/programmes/sites/{made.first}"
    return [
        "/programmes/",
        here,
        f"{here}?state=blocked&q=permit",
        f"{here}/sites",
        f"{here}/sites?state=blocked&order=slot",
        site,
        f"{site}/move/block",
        f"{site}/book",
        f"{here}/export",
        f"{here}/crews",
    ]


@pytest.mark.parametrize("name", ROLES)
def test_every_role_may_look(as_person: SignIn, made: scenes.Ids, name: str) -> None:
    client = as_person(name)
    assert {path: client.get(path).status_code for path in addresses(made)} == dict.fromkeys(
        addresses(made), 200
    )


def test_who_has_no_role_sees_nothing(as_person: SignIn, made: scenes.Ids) -> None:
    client = as_person("nobody-yet")
    answers = {client.get(path).status_code for path in addresses(made)}
    assert answers <= {403, 404}


def test_one_sees_sites_of_ones_market_alone(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person("desk-ke")
    page = client.get(f"/programmes/{made.programme}").text
    assert "KE-0001" in page
    assert "CD-0025" not in page
    assert "sites of KE, as far as you may see" in page
    other = of_state(console, made, SiteState.READY, "CD")
    for path in (f"/programmes/sites/{other}", f"/programmes/sites/{other}/move/block"):
        assert client.get(path).status_code == 404
    assert as_person("desk-tz").get(f"/programmes/{made.programme}").status_code == 404
    assert "No programme yet" in as_person("desk-tz").get("/programmes/").text


def test_the_board_has_a_named_square_for_each_site(as_person: SignIn, made: scenes.Ids) -> None:
    page = as_person(MANAGER).get(f"/programmes/{made.programme}").text
    squares = re.findall(r'<a href="/programmes/sites/\d+"[^>]*data-s="([^"]+)"[^>]*>', page)
    assert len(squares) == 72
    assert squares.count("blocked") == 3
    assert page.count('class="bx"') == 3 + 1, "each with its mark, and the legend's"
    assert page.count('tabindex="0" data-l') == 1, "one stop of Tab, the arrow keys do the rest"
    assert "72 sites in 3 waves: 21 accepted" in page.replace("\u00a0", " ")
    blocked = re.search(r'aria-label="(KE-\d+ [^"]*, blocked at surveyed: [^"]*)"', page)
    assert blocked, "what blocks it stands in its name"
    assert blocked[1].endswith("the permit of the county is not here; owner incident-manager")


@pytest.mark.parametrize(
    ("query", "left"),
    [
        pytest.param("", 72, id="no filter"),
        pytest.param("state=accepted", 21, id="by state"),
        pytest.param("wave=2", 24, id="by wave"),
        pytest.param("market=EG", 24, id="by market"),
        pytest.param("region=Kinshasa", 12, id="by region"),
        pytest.param("q=PERMIT", 3, id="by words of what blocks"),
        pytest.param("q=boutique+libération", 24, id="by words in French"),
        pytest.param("q=طلعت", 24, id="by words in Arabic"),
        pytest.param("state=blocked&market=KE", 1, id="by two"),
        pytest.param("state=nonsense", 0, id="a state nobody has"),
        pytest.param("crew=nobody", 0, id="a crew nobody has"),
        pytest.param("nonsense=1", 72, id="a filter nobody knows"),
    ],
)
def test_filters_leave_the_same_on_board_and_table(
    as_person: SignIn, made: scenes.Ids, query: str, left: int
) -> None:
    client = as_person(MANAGER)
    page = client.get(f"/programmes/{made.programme}?{query}").text
    squares = re.findall(r'<a href="/programmes/sites/\d+" tabindex="-?\d"( class="off")?', page)
    assert squares.count("") == left
    table = client.get(f"/programmes/{made.programme}/sites?{query}").text
    assert len(re.findall(r'<tr data-row="\d+"', table)) == left


def test_the_table_goes_on_page_by_page(as_person: SignIn, console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work)
        made = scenes.programme(work, 130)
    client = as_person(MANAGER)
    first = client.get(f"/programmes/{made.programme}/sites").text
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older
    rows = re.findall(r'<tr data-row="(\d+)"', first)
    rest = re.findall(r'<tr data-row="(\d+)"', client.get(older[1]).text)
    assert [int(each) for each in (*rows, *rest)] == list(made.rollouts)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("order=sideways", id="order"),
        pytest.param("cursor=%00", id="nul"),
        pytest.param("cursor=x~y", id="cursor"),
    ],
)
def test_what_means_nothing_is_refused(as_person: SignIn, made: scenes.Ids, query: str) -> None:
    answer = as_person(MANAGER).get(f"/programmes/{made.programme}/sites?{query}")
    assert answer.status_code == 400


def test_the_list_says_how_each_programme_stands_in_constant_statements(
    as_person: SignIn, console: Runtime
) -> None:
    client, counts = as_person(MANAGER), []
    assert "No programme yet" in client.get("/programmes/").text
    with console.work(SYSTEM) as work:
        factories.estate(work)
    kinds = {
        "done": (SiteState.ACCEPTED,),
        "not begun": (SiteState.PLANNED,),
        "held": (SiteState.READY,),
        "late": (SiteState.ACCEPTED, SiteState.READY),
    }
    for at, (word, states) in enumerate(kinds.items()):
        ended: dict[str, Any] = {"ends_on": date(2026, 1, 30)} if word == "late" else {}
        with console.work(SYSTEM) as work:
            made = scenes.programme(
                work, 4, 2, states=states, name=word.upper(), prefix=f"{at}-", **ended
            )
            if word == "held":
                wave = work.session.get_one(ProgrammeWave, made.waves[0])
                wave.paused_at, wave.paused_because = work.now, "two sites failed"
        with statements(console.engine) as said:
            page = client.get("/programmes/").text
        counts.append(len(said))
        row = page[page.index(f">{word.upper()}<") :].partition("</tr>")[0]
        assert f">{word}<" in row
        assert f"{2 if word == 'done' else 0} of 2 over" in row
    assert "every site is accepted" in page
    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize("path", ["", "/sites"])
def test_statements_do_not_grow_with_sites(
    as_person: SignIn, console: Runtime, made: scenes.Ids, path: str
) -> None:
    with console.work(SYSTEM) as work:
        large = scenes.programme(
            work, 144, ("KE", "CD", "EG"), states=scenes.HALF_WAY, prefix="L", name="Large"
        )
    client, counts = as_person(MANAGER), []
    client.get(f"/programmes/{made.programme}")  # the estate is kept from then on
    for number in (made.programme, large.programme):
        lines._kept.clear()  # noqa: SLF001 (what was kept costs nothing at all)
        with statements(console.engine) as sent:
            assert client.get(f"/programmes/{number}{path}").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[0] < 70


def test_a_large_board_leaves_packed_unless_its_address_asks_for_something(
    as_person: SignIn, console: Runtime
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work)
        here = f"/programmes/{scenes.programme(work, 120).programme}"
    client, can = as_person(MANAGER), {"Accept-Encoding": "gzip"}
    plain, small = client.get(here), client.get(here, headers=can)
    assert "Content-Encoding" not in plain.headers
    assert (small.headers["Content-Encoding"], small.headers["Vary"].count("Accept")) == ("gzip", 1)
    assert gzip.decompress(small.data).count(b'data-s="planned"') == 120
    assert len(small.data) * 4 < len(plain.data)
    guessed = client.get(f"{here}?q=csrf", headers=can)
    assert "Content-Encoding" not in guessed.headers, "its length would tell what else it holds"
    tag = {**can, "If-None-Match": small.headers["ETag"]}
    assert client.get(here, headers=tag).status_code == 304


def test_a_page_that_is_known_costs_no_board(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    tag = client.get(f"/programmes/{made.programme}").headers["ETag"]
    with statements(console.engine) as sent:
        answer = client.get(f"/programmes/{made.programme}", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert not any("site_rollout" in each for each in sent)


# ---------------------------------------------------------------- one site


def test_a_site_says_what_is_next_and_where_it_is_mended(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    number = of_state(console, made, SiteState.READY)
    page = as_person(TEAM).get(f"/programmes/sites/{number}").text
    assert '<h2 class="big" id="next-title">Migrate</h2>' in page
    assert f'href="/programmes/sites/{number}/book">Book a day and a crew' in page
    assert f'href="/programmes/sites/{number}#readiness">Go through the readiness sheet' in page
    assert page.index('id="next"') < page.index('id="life"') < page.index('id="readiness"')
    assert 'href="tel:+254700000001"' in page
    assert 'aria-current="step">ready' in page


def test_a_watched_site_has_its_hypercare_first_and_is_told_what_lacks(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(TEAM)
    watched, ready = (
        client.get(f"/programmes/sites/{of_state(console, made, state)}").text
        for state in (SiteState.HYPERCARE, SiteState.READY)
    )
    assert watched.index('id="hypercare"') < watched.index('id="readiness"')
    assert "No figures from before its cut-over: such days are no data" in watched
    assert 'id="hypercare"' not in ready


def test_every_guard_leads_to_where_it_is_mended(
    as_person: SignIn, console: Runtime, made: scenes.Ids, app: Flask
) -> None:
    with console.view(SYSTEM) as work:
        site = site_queries.site(work, made.first)
    asked = {each.key for each in (*guards.EVERY, *chain(*guards.GUARDS.values()))}
    asked |= set(criteria.STANDINGS)  # criteria of a go/no-go lead to the same places
    assert asked == set(cures.CURES)
    with app.test_request_context():
        leads = {key: cures.cure_of(site, key) for key in asked}
    assert [key for key, each in leads.items() if each is None] == []
    client = as_person(MANAGER)
    answers = {each.href: client.get(each.href).status_code for each in leads.values() if each}
    assert set(answers.values()) == {200}, answers


def test_a_held_wave_leads_those_who_decide_to_its_resumption(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    with console.work(SYSTEM) as work:
        held = work.session.get_one(ProgrammeWave, made.waves[1])
        held.paused_because, held.paused_by, held.paused_at = "la caisse", "admin", work.now
        work.session.get_one(Programme, made.programme).steering = {"IT": [MANAGER]}
    path = f"/programmes/waves/{made.waves[1]}/resume"
    page = as_person(MANAGER).get(f"/programmes/{made.programme}").text
    assert page.count(f'href="{path}"') == 1
    assert as_person(MANAGER).get(path).status_code == 200
    for other in (TEAM, "operations-lead"):
        assert path not in as_person(other).get(f"/programmes/{made.programme}").text


def test_names_in_arabic_stand_in_their_own_direction(as_person: SignIn, console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work)
        made = scenes.programme(work, 1, ("EG",), site={"name": ARABIC})
    page = as_person(TEAM).get(f"/programmes/sites/{made.first}").text
    assert f'<h1><bdi lang="ar">{ARABIC}</bdi></h1>' in page


HOSTILE = '"><script>alert(1)</script>\u202e'


def test_what_people_wrote_stays_text(as_person: SignIn, console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work)
        made = scenes.programme(
            work,
            2,
            states=(SiteState.BLOCKED, SiteState.PLANNED),
            site={"name": HOSTILE, "region": HOSTILE, "contacts": [{"name": HOSTILE}]},
            rollout={"blocked_because": HOSTILE, "crew": HOSTILE},
        )
    client = as_person(MANAGER)
    for path in addresses(made):
        page = client.get(path).text
        assert "<script>alert" not in page, path
        assert "\u202e" not in page.replace("&#8238;", ""), path


@pytest.mark.parametrize(
    ("name", "text", "leads"),
    [
        pytest.param(MANAGER, "ke-0003", "/programmes/sites/3", id="a site by its code"),
        pytest.param(MANAGER, "PRG-1", "/programmes/1", id="a programme"),
        pytest.param("desk-ke", "CD-0025", "", id="a site of another market"),
        pytest.param(MANAGER, "KE-00", "", id="a part of a code"),
        pytest.param(MANAGER, "nobody", "", id="a word"),
    ],
)
def test_the_find_box_knows_sites(
    as_person: SignIn, made: scenes.Ids, name: str, text: str, leads: str
) -> None:
    answer = as_person(name).get(f"/triage?q={text}")
    assert answer.headers.get("Location", "") == leads


def test_every_move_has_an_address_of_its_own() -> None:
    assert len(site_view.SLUGS) == len(site_view.SLUG_OF)
    assert all(re.fullmatch(r"[a-z-]+", slug) for slug in site_view.SLUGS)


def test_lost_readiness_is_ringed_counted_filtered_and_in_the_history(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    number = of_state(console, made, SiteState.MIGRATING)
    with console.work(SYSTEM) as work:
        reason = "readiness reopened: the permit expired"
        work.session.add(SiteReadinessLost(site_rollout_id=number, at=work.now, reason=reason))
        bump(work.session)
    client = as_person("noc-operator")
    page = client.get(f"/programmes/{made.programme}").text
    (square,) = re.findall(r'<a href="[^"]*" [^>]*data-x="1"[^>]*>.*?</a>', page)
    assert f"/sites/{number}" in square
    assert 'class="lo"' in square
    assert 'data-k="readiness lost"' in square
    assert f"next: {reason}" in square
    assert re.search(r'data-board-key="lost">.*?readiness lost <b>1</b>', page)
    left = client.get(f"/programmes/{made.programme}/sites?kind=readiness+lost").text
    assert re.findall(r'/programmes/sites/(\d+)"', left) == [str(number)]
    site = client.get(f"/programmes/sites/{number}").text
    assert re.search(r"readiness lost.{0,200}the permit expired", site, re.DOTALL)
