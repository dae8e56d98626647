"""Matchers, silences and windows as rules."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from ssoc.core.errors import BadInput
from ssoc.monitoring.rules.matching import Matcher, checked, from_plain, matches_all, to_plain
from ssoc.monitoring.rules.suppression import Silence, SilenceState, Suppressions
from ssoc.monitoring.rules.windows import Window, WindowState

ZERO = datetime(2026, 3, 2, tzinfo=UTC)
LABELS = {"alertname": "SuccessLow", "country": "TZ", "service": "mpesa-c2b"}


def hour(number: float) -> datetime:
    return ZERO + timedelta(hours=number)


@pytest.mark.parametrize(
    ("matcher", "expect"),
    [
        pytest.param(Matcher("country", "TZ"), True, id="equal"),
        pytest.param(Matcher("country", "T"), False, id="not a prefix"),
        pytest.param(Matcher("country", "KE", is_equal=False), True, id="not equal"),
        pytest.param(Matcher("service", "mpesa.*", True), True, id="regex"),
        pytest.param(Matcher("service", "pesa.*", True), False, id="anchored at the start"),
        pytest.param(Matcher("service", "mpesa", True), False, id="anchored at the end"),
        pytest.param(Matcher("service", "a|mpesa-c2b", True), True, id="alternatives too"),
        pytest.param(Matcher("service", "mpesa.*", True, False), False, id="not regex"),
        pytest.param(Matcher("vendor", "", True), True, id="missing is empty"),
        pytest.param(Matcher("vendor", "x", is_equal=False), True, id="missing is not x"),
        pytest.param(Matcher("vendor", ".+", True), False, id="missing is not something"),
    ],
)
def test_matchers(matcher: Matcher, expect: bool) -> None:
    assert matches_all([matcher], LABELS) is expect
    assert from_plain(to_plain([matcher])) == (matcher,)


@pytest.mark.parametrize(
    ("matchers", "fault"),
    [
        pytest.param([], "at least one matcher", id="none"),
        pytest.param([Matcher("", "x")], "names no label", id="no label"),
        pytest.param([Matcher("a", ".*", True)], "silence everything", id="everything"),
        *(
            pytest.param([Matcher("a", each, True)], "silence everything", id=f"all of {each}")
            for each in (".+", ".{1,}", "(?s:.+)", r"\w.*", "[A-Za-z]+", r"[^\n]+", ".|..+")
        ),
        pytest.param([Matcher("a", "", False, False)], "silence everything", id="not empty"),
        pytest.param([Matcher("a", "", True, False)], "silence everything", id="not empty regex"),
        pytest.param(
            [Matcher("a", ".+", True), Matcher("b", "x", is_equal=False)],
            "silence everything",
            id="something, and not x",
        ),
        pytest.param([Matcher("a", "(", True)], "not valid RE2", id="broken"),
        pytest.param([Matcher("a", "(?!x)y", True)], "look-around", id="look-ahead"),
        pytest.param([Matcher("a", r"(x)\1", True)], "not valid RE2", id="back-reference"),
        pytest.param([Matcher("a", "x" * 2000, True)], "at most 1000", id="too long"),
        pytest.param([Matcher("a", "((x{500}){500}){500}", True)], "not valid", id="too big"),
    ],
)
def test_refused_matchers(matchers: list[Matcher], fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        checked(matchers)


@pytest.mark.parametrize(
    "other", [Matcher("c", "KE"), Matcher("c", "KE|TZ", True), Matcher("c", "k.+", True)], ids=str
)
def test_a_wide_matcher_is_taken_beside_one_that_names_a_value(other: Matcher) -> None:
    assert len(checked([Matcher("a", ".+", True), other])) == 2


def test_no_pattern_holds_up_the_room() -> None:
    evil = Matcher("a", "(x+x+)+y", True)
    began = perf_counter()
    assert not evil.matches({"a": "x" * 4096})
    assert perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("at", "ended", "expect"),
    [
        pytest.param(0.5, None, WindowState.UPCOMING, id="before"),
        pytest.param(1, None, WindowState.OPEN, id="M6 from its start"),
        pytest.param(4.99, None, WindowState.OPEN, id="to its end"),
        pytest.param(5, None, WindowState.OVERRUN, id="M7 the minute it ends"),
        pytest.param(6, 4.5, WindowState.OVER, id="ended in time"),
        pytest.param(3, 3, WindowState.OVER, id="M10 cancelled at three"),
        pytest.param(2, 3, WindowState.OPEN, id="M10 before that"),
        pytest.param(2, 0.5, WindowState.CANCELLED, id="cancelled before it began"),
    ],
)
def test_windows_are_dates(at: float, ended: float | None, expect: WindowState) -> None:
    window = Window(
        1, "patch", hour(1), hour(5), hour(0), ended_at=None if ended is None else hour(ended)
    )
    assert window.state(hour(at)) is expect
    assert window.is_open(hour(at)) is (expect is WindowState.OPEN)


@pytest.mark.parametrize(
    ("components", "markets", "component", "market", "expect"),
    [
        pytest.param(["core-ke"], [], "core-ke", "KE", True, id="its component"),
        pytest.param(["core-ke"], [], "sms-ke", "KE", False, id="M8 not in scope"),
        pytest.param([], ["RW"], "sms-rw", "RW", True, id="a whole market"),
        pytest.param([], ["RW"], "", "RW", True, id="what the estate does not know in it"),
        pytest.param(["hsm"], ["KE"], "hsm", "TZ", False, id="a shared part in one market"),
        pytest.param(["hsm"], ["KE"], "hsm", "KE", True, id="and in that market"),
    ],
)
def test_what_a_window_covers(
    components: list[str], markets: list[str], component: str, market: str, expect: bool
) -> None:
    window = Window(1, "patch", hour(1), hour(5), hour(0), components, markets)
    assert window.covers(component, market) is expect


def test_several_windows_add_up() -> None:
    one = Window(1, "patch", hour(1), hour(5), hour(0), ["core-ke"])
    two = Window(2, "disk", hour(2), hour(9), hour(0), ["core-ke", "sms-ke"])
    both = Suppressions(hour(3), windows=[one, two])
    assert [each.id for each in both.windows_of("core-ke")] == [2, 1]
    assert [each.id for each in both.windows_of("sms-ke")] == [2]


@pytest.mark.parametrize(
    ("at", "expect"),
    [(0.5, SilenceState.PENDING), (1, SilenceState.ACTIVE), (2, SilenceState.EXPIRED)],
)
def test_silences_are_dates(at: float, expect: SilenceState) -> None:
    silence = Silence("s", (Matcher("country", "TZ"),), hour(1), hour(2))
    assert silence.state(hour(at)) is expect


def test_a_silence_of_a_country_stays_in_it() -> None:
    own = Silence("s", (Matcher("alertname", "SuccessLow"),), hour(0), hour(9), markets=("KE",))
    active = Suppressions(hour(1), [own])
    assert active.silences_of(LABELS, "KE") == ["s"]
    assert active.silences_of(LABELS, "TZ") == []
    assert active.silences_of(LABELS) == [], "nobody knows whose it is"
