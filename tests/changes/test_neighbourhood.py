"""Who is near whom, and what goes down with what."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from changes.lifecycle import Effect
from changes.rules.collisions import Finding, Item, findings, index_of
from changes.rules.impact import compared, peak_share, transactions
from changes.rules.neighbourhood import above, below, groups, hops, spread
from ssoc.core.calendar import Span
from ssoc.estate.values import Estate
from tests import factories
from tests.changes.scenes import DAY, at, estate, freeze, ground, item

GRAPH = estate()


def test_hops_count_alike_up_and_down_with_their_path() -> None:
    """ussd-ke - core - hsm are two hops; what hangs together with nothing is not there."""
    found = hops(GRAPH, ["ussd-ke"])
    assert found["ussd-ke"] == (0, ("ussd-ke",))
    assert found["hsm"] == (2, ("ussd-ke", "core", "hsm"))
    assert found["ussd-mz"] == (2, ("ussd-ke", "core", "ussd-mz"))
    assert "nbo" not in found
    assert set(hops(GRAPH, ["ussd-ke"], limit=1)) == {"ussd-ke", "core"}
    assert hops(GRAPH, ["hsm", "ussd-ke"])["core"].hops == 1, "the nearest source wins"


def test_what_stands_on_what() -> None:
    """Down to what is needed, up to what needs it."""
    assert below(GRAPH, ["ussd-ke"]) == {"core", "hsm"}
    assert above(GRAPH, ["hsm"]) == {"core", "ussd-ke", "ussd-mz"}
    assert [(each.key, each.need, each.spare) for each in groups(GRAPH)] == [
        ("app/nodes", 2, 1),
        ("far/other", 1, 1),
        ("nbo/links", 1, 1),
    ]


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        pytest.param({"hsm": "down"}, {"core": "down", "ussd-ke": "down"}, id="hard needs"),
        pytest.param({"core": "degraded"}, {"ussd-ke": "degraded"}, id="degraded goes on"),
        pytest.param({"l1": "down"}, {"nbo": "less redundant"}, id="one of two links"),
        pytest.param({"l1": "down", "l2": "down"}, {"nbo": "down"}, id="both links"),
        pytest.param({"l1": "down", "l2": "degraded"}, {"nbo": "degraded"}, id="one limps"),
        pytest.param({"n1": "down"}, {"app": "less redundant"}, id="2 of 3 left, 2 needed"),
        pytest.param({"n1": "down", "n2": "down"}, {"app": "down"}, id="1 of 3 left"),
        pytest.param({"hsm": "no effect"}, {}, id="no effect"),
    ],
)
def test_what_goes_down_with_what(touched: dict[str, str], expected: dict[str, str]) -> None:
    """A member of a group that still has enough others takes nobody down."""
    found = spread(GRAPH, {key: Effect(word) for key, word in touched.items()})
    assert {key: found[key].value for key in expected} == expected
    if not expected:
        assert found == {}


MARKETS = [
    factories.market(
        "KE", change_hours="23:00-03:00", peak_hours="17:00-21:00", pay_days=("25-31",)
    ),
    factories.market("MZ", change_hours="23:00-03:00", peak_hours="17:00-21:00"),
]


def calendar(thing: Item) -> list[Finding]:
    """Return what the calendar alone says of a change."""
    return findings(ground(markets=MARKETS), thing, index_of([]))


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        pytest.param(item(1, "n1", "21:00", "23:00", markets="MZ"), [], id="inside"),
        pytest.param(
            item(1, "n1", "21:00", "23:00", markets="MZ", preparation=300), [], id="preparation"
        ),
        pytest.param(
            item(1, "n1", "23:00", "24:59", markets="MZ", rollback=2),
            ["C7 hours:MZ"],
            id="roll-back ends a minute late",
        ),
        pytest.param(
            item(1, "n1", "20:30", "22:00", markets="KE MZ", day=DAY - timedelta(days=7)),
            ["C7 hours:MZ"],
            id="too early in one market",
        ),
        pytest.param(
            item(1, "n1", "21:00", "22:00", markets="KE"), ["C8 pay:KE"], id="pay days in Kenya"
        ),
        pytest.param(
            item(1, "n1", "16:00", "17:00", markets="MZ"),
            ["C7 hours:MZ", "C8 peak:MZ"],
            id="in the peak",
        ),
        pytest.param(
            item(1, "n1", "21:00", "22:30", markets="MZ", day=DAY + timedelta(days=4)),
            ["C8 month:MZ"],
            id="into the last night of the month",
        ),
    ],
)
def test_the_calendar_of_each_market(thing: Item, expected: list[str]) -> None:
    """C7 and C8, by execution and roll-back, on each market's own clocks."""
    assert [f"{each.rule} {each.subject}" for each in calendar(thing)] == expected


@pytest.mark.parametrize(
    ("since", "until", "where", "expected"),
    [
        pytest.param("20:00", "24:00", "KE", "C7", id="covered"),
        pytest.param("20:00", "24:00", "MZ", "C8", id="elsewhere"),
        pytest.param("20:00", "21:30", "KE", "C7 C8", id="covered in part"),
    ],
)
def test_pay_days_that_a_freeze_covers_are_said_once(
    since: str, until: str, where: str, expected: str
) -> None:
    """One night in the pay days of Kenya."""
    frozen = freeze(9, since, until, markets=where, is_hard=False)
    thing = item(1, "n1", "21:00", "22:00", markets="KE")
    found = findings(ground(markets=MARKETS), thing, index_of([frozen]))
    assert " ".join(sorted(each.rule for each in found)) == expected


def test_the_sentence_gives_local_times() -> None:
    """UTC and the wall of the market."""
    found = calendar(item(1, "n1", "16:00", "17:00", markets="MZ"))
    assert found[0].sentence == (
        "CHG-1 Work runs with its roll-back 27 Oct 16:00 to 17:00 UTC, which is 18:00 to 19:00 in "
        "Mozambique: outside its change hours 23:00-03:00."
    )


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        pytest.param(
            item(1, "n1", "21:00", "22:00", markets="KE"),
            "in the pay days of Kenya (28 Oct).",
            id="a whole day: midnight to midnight says nothing",
        ),
        pytest.param(
            item(1, "n1", "16:00", "17:00", markets="MZ"),
            "in the peak hours of Mozambique (17:00 to 21:00 there).",
            id="hours of one day",
        ),
    ],
)
def test_a_busy_time_is_said_in_hours_or_in_days(thing: Item, words: str) -> None:
    [busy] = [each.sentence for each in calendar(thing) if each.rule == "C8"]
    assert busy.endswith(words), busy


CAIRO = "Africa/Cairo"


@pytest.mark.parametrize(
    ("when", "now", "expected"),
    [
        pytest.param("2026-03-05T20:00", "2026-03-02T08:00", "2026-03-05T20:00", id="this week"),
        pytest.param("2026-03-25T20:00", "2026-03-02T08:00", "2026-03-04T20:00", id="weeks ahead"),
        pytest.param(
            "2026-05-06T20:00", "2026-04-20T08:00", "2026-04-22T21:00", id="over a clock change"
        ),
    ],
)
def test_weeks_that_have_been_are_compared(when: str, now: str, expected: str) -> None:
    """The same hour on the wall, as late as the last week that is over."""

    def of(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert compared(of(when), of(now), CAIRO) == of(expected)


def test_a_window_with_one_hour_unknown_is_not_known() -> None:
    """Half a sum would look like a whole one."""
    window = Span(at("20:00"), at("22:00"))
    now = at("12:00")
    hours = {at("20:30") - timedelta(weeks=week) for week in range(1, 5)}
    means = {
        each.replace(minute=0) + timedelta(hours=step): 5.0
        for each in hours
        for step in (-1, 0, 1, 2)
    }
    assert transactions(means, window, now, "UTC") == Decimal(5 * 7200)
    less = {hour: value for hour, value in means.items() if hour.hour < 20}
    assert transactions(less, window, now, "UTC") is None


def test_peak_share() -> None:
    """The largest share of a window; not known where a market's peak is not."""
    window = Span(at("13:00"), at("15:00"))  # 16:00 to 18:00 in Nairobi, a pay day
    quiet = Span(at("14:30"), at("15:30"))  # 16:30 to 17:30 in Maputo
    assert peak_share([MARKETS[0]], window) == 1.0
    assert peak_share([MARKETS[1]], quiet) == 0.5
    assert peak_share([factories.market("GH")], quiet) is None
    assert peak_share([], quiet) == 0.0


def test_an_empty_estate_is_nobodys_neighbour() -> None:
    """Nothing is known, nothing breaks."""
    empty = Estate()
    assert hops(empty, ["a"]) == {"a": (0, ("a",))}
    assert spread(empty, {"a": Effect.DOWN}) == {"a": Effect.DOWN}
