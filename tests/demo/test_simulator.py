"""The simulator speaks real protocols, and its faults travel up the estate."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
import requests
from click.testing import CliRunner

from ssoc.commands.demo import demo
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import NotFound
from ssoc.demo import scenario
from ssoc.demo.faults import Fault, Faults, Kind
from ssoc.demo.folder import ESTATE
from ssoc.demo.menu import MENU, component_for
from ssoc.demo.simulator import Platforms, serve
from ssoc.demo.traffic import RHYTHMS, success_percent, tps
from ssoc.estate.reader import read
from ssoc.monitoring.check_faults import check_faults

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DESCRIBED = read([ESTATE])


@pytest.fixture
def platforms() -> Platforms:
    return Platforms(DESCRIBED, FrozenClock(NOON))


def test_the_demo_estate_is_good() -> None:
    found = read([ESTATE], check_faults)
    assert len(found.markets) == 8
    assert found.markets["CD"].zones == ("Africa/Kinshasa", "Africa/Lubumbashi")
    assert len(found.components["ledger-db-east"].markets) == 3


def test_what_a_cut_link_hides_is_asked_over_its_path() -> None:
    hidden = {each.lower(): f"hq-{each.lower()}" for each in RHYTHMS}
    for check in DESCRIBED.checks.values():
        code = check.component.rpartition("-")[2]
        assert check.path == hidden.get(code, ""), check.key


def test_all_links_stand_on_the_uplink_and_fall_with_it(platforms: Platforms) -> None:
    needs = {(each.component, each.needs) for each in DESCRIBED.dependencies}
    assert {(f"wan-{each.lower()}", "hq-uplink") for each in RHYTHMS} <= needs
    assert len(DESCRIBED.components["hq-uplink"].markets) == 8
    assert platforms.breaks("hq-uplink", "silent", 60) == ""
    assert not any(platforms.link_open(market) for market in RHYTHMS)


def test_days_have_a_rhythm() -> None:
    kenya = RHYTHMS["KE"]
    night, evening = NOON.replace(hour=0), NOON.replace(hour=16)
    assert tps(kenya, night) < tps(kenya, evening) / 3
    assert tps(kenya, evening) < tps(kenya, evening.replace(day=27)), "a pay day"
    assert 98 < success_percent(kenya, evening) < 100
    assert tps(kenya, evening) == tps(kenya, evening), "the past can be told again"


def test_a_broken_database_is_felt_in_three_countries(platforms: Platforms) -> None:
    healthy = platforms.figures("KE")
    assert platforms.breaks("ledger-db-east", "down", 60) == ""
    for market in ("KE", "TZ", "MZ"):
        assert platforms.figures(market)["mm_success_percent"] < 62
        assert json.loads(platforms.heartbeat(market).body or "")["serviceStatus"] == "unavailable"
    assert platforms.figures("GH")["mm_success_percent"] > 98
    assert healthy["mm_tps"] > platforms.figures("KE")["mm_tps"]
    assert platforms.health("ussd-ke").status == 503


@pytest.mark.parametrize(
    ("minutes", "mended", "is_good"),
    [
        pytest.param(10, None, True, id="good at first"),
        pytest.param(13, None, False, id="then bad"),
        pytest.param(30, None, False, id="for a while"),
        pytest.param(32, None, True, id="and its people mend it"),
        pytest.param(13, "savings", True, id="or the trainer"),
        pytest.param(13, "smsc-cd", False, id="another mended part changes nothing"),
    ],
)
def test_the_feature_goes_bad_and_comes_back(
    minutes: int, mended: str | None, is_good: bool
) -> None:
    clock = FrozenClock(NOON)
    platforms = Platforms(DESCRIBED, clock)
    clock.advance(timedelta(minutes=minutes))
    if mended:
        platforms.mend(mended)
    figures = platforms.figures("TZ")
    assert (figures["mm_savings_success_percent"] >= 99) is is_good
    assert platforms.figures("KE")["mm_savings_success_percent"] >= 99


def test_a_payment_interface_that_is_down_takes_the_feature_along(platforms: Platforms) -> None:
    platforms.breaks("payment-api-ke", "down", 60)
    figures = platforms.figures("KE")
    assert figures["mm_savings_success_percent"] < 62
    assert figures["mm_savings_failed_percent"] > 38
    platforms.mend()
    assert platforms.figures("KE")["mm_savings_success_percent"] >= 99


def test_of_two_storage_arrays_one_will_do(platforms: Platforms) -> None:
    platforms.breaks("storage-n1", "down", 60)
    assert platforms.health("storage-n1").status == 503
    assert platforms.health("ledger-db-east").status == 200
    platforms.breaks("storage-n2", "down", 60)
    assert platforms.health("ledger-db-east").status == 503
    assert platforms.figures("KE")["mm_success_percent"] < 62


def test_late_receipts_leave_payments_alone(platforms: Platforms) -> None:
    platforms.breaks("smsc-cd", "slow", 60)
    assert platforms.figures("CD")["mm_sms_late_percent"] == 38.0
    assert platforms.figures("CD")["mm_success_percent"] > 97


def test_faults_end_by_themselves() -> None:
    faults = Faults([])
    faults.set(Fault("a", Kind.DOWN, NOON + timedelta(seconds=60)))
    assert faults.own("a", NOON) is Kind.DOWN
    assert faults.own("a", NOON + timedelta(seconds=60)) is None


@pytest.mark.parametrize(
    ("component", "kind", "seconds"),
    [("nothing", "down", 5), ("dc-nairobi", "sad", 5), ("dc-nairobi", "down", 10**9)],
)
def test_a_wrong_wish_is_refused(
    platforms: Platforms, component: str, kind: str, seconds: float
) -> None:
    assert platforms.breaks(component, kind, seconds)
    assert platforms.now_broken() == []


@pytest.mark.parametrize("market", RHYTHMS)
@pytest.mark.parametrize("word", [word for word in MENU if word not in {"hsm", "storage"}])
def test_the_menu_serves_every_market(market: str, word: str) -> None:
    found = component_for(market, word, DESCRIBED.components)
    assert market in DESCRIBED.components[found].markets


def test_what_is_not_on_the_menu_is_refused_in_words() -> None:
    with pytest.raises(NotFound, match="nothing called moon in KE; one of core-db"):
        component_for("KE", "moon", DESCRIBED.components)


def test_the_scenario_begins_within_two_minutes_with_a_shared_part() -> None:
    first = scenario.ROUND[0]
    assert first.after < timedelta(minutes=1)
    assert len(DESCRIBED.components[first.component].markets) == 3


def test_the_scenario_plays_its_steps_and_stops(platforms: Platforms) -> None:
    stop = Event()
    step = scenario.Step(timedelta(0), "ledger-db-east", Kind.DOWN, timedelta(seconds=5))
    played = platforms.breaks

    def breaks(component: str, kind: str, seconds: float) -> str:
        stop.set()
        return played(component, kind, seconds)

    platforms.breaks = breaks  # type: ignore[method-assign]
    scenario.play(platforms, stop, [step])
    assert [each["component"] for each in platforms.now_broken()] == ["ledger-db-east"]


@pytest.fixture
def address(clock: FrozenClock) -> Iterator[str]:
    server, _, thread = serve(DESCRIBED, clock, 0)
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_speaks_over_http(address: str) -> None:
    with requests.Session() as session:
        beat = session.get(f"{address}/gsma/KE/heartbeat", timeout=5)
        assert beat.json() == {"serviceStatus": "available"}
        query = {"query": "sum(mm_tps)"}
        answer = session.get(f"{address}/prometheus/KE/api/v1/query", params=query, timeout=5)
        [row] = answer.json()["data"]["result"]
        assert float(row["value"][1]) > 0
        assert "mm_licence_used_percent" in session.get(f"{address}/metrics/KE", timeout=5).text
        assert session.get(f"{address}/health/nothing", timeout=5).status_code == 404
        wish = {"component": "wan-et", "kind": "silent", "seconds": 30}
        assert session.post(f"{address}/control/faults", json=wish, timeout=5).ok
        with pytest.raises(requests.ConnectionError):
            session.get(f"{address}/gsma/ET/heartbeat", timeout=5)
        assert session.get(f"{address}/control/faults", timeout=5).json()[0]["kind"] == "silent"
        assert session.post(f"{address}/control/faults", data=b"no", timeout=5).status_code == 400
        session.delete(f"{address}/control/faults", timeout=5)
        assert session.get(f"{address}/gsma/ET/heartbeat", timeout=5).ok


@pytest.mark.parametrize("kind", [each.value for each in Kind])
def test_every_way_that_the_menu_names_can_be_asked_for(address: str, kind: str) -> None:
    run = CliRunner()
    menu = run.invoke(demo, ["menu"])
    assert f" {kind}" in menu.output.splitlines()[-1]
    asked = ["fault", "KE", "app", "--kind", kind, "--for", "20s", "--simulator", address]
    answer = run.invoke(demo, asked)
    assert answer.exit_code == 0, answer.output
    assert f"app-ke is {kind} until" in answer.output
    known = run.invoke(demo, ["faults", "--json", "--simulator", address])
    assert [each["kind"] for each in json.loads(known.output)] == [kind]
    run.invoke(demo, ["mend", "--simulator", address])
    assert run.invoke(demo, ["faults", "--simulator", address]).output == "nothing\n"


def test_the_menu_is_for_machines_too() -> None:
    assert json.loads(CliRunner().invoke(demo, ["menu", "--json"]).output)["kinds"] == list(Kind)
