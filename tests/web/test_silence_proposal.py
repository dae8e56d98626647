"""A silence proposed for incidents never reaches beyond their markets or components."""

from datetime import timedelta

import pytest

from incidents import jobs
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import SilenceDraft, ingest, set_silence
from ssoc.monitoring.models import Silence
from ssoc.monitoring.rules.matching import Matcher, checked, matches_all, to_plain
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from web.noc import silence_form
from web.noc.silence_proposal import MatcherRow, proposed

MARKETS, COMPONENTS, KNOWN = ("market", "country"), ("component", "service"), {"core-ke", "app-ke"}
A, B = {"alertname": "A"}, {"alertname": "B"}


def texts(rows: list[MatcherRow]) -> list[str]:
    """Return the rows as text."""
    return [f"{row.name}{row.operator}{row.value}" for row in rows]


@pytest.mark.parametrize(
    ("alerts", "expect"),
    [
        pytest.param([A, B], [], id="names alone bind nothing"),
        pytest.param([A | {"severity": "c"}] * 2, [], id="a shared label that binds nothing"),
        pytest.param(
            [A | {"country": "KE"}, B | {"country": "KE"}],
            ["alertname=~A|B", "country=KE"],
            id="one market",
        ),
        pytest.param(
            [A | {"market": "KE"}, A | {"market": "TZ"}],
            ["alertname=A", "market=~KE|TZ"],
            id="two markets",
        ),
        pytest.param(
            [A | {"component": "core-ke"}, B | {"component": "app-ke"}],
            ["alertname=~A|B", "component=~app-ke|core-ke"],
            id="components of the estate",
        ),
        pytest.param([A | {"service": "pay"}] * 2, [], id="a service of any country"),
        pytest.param([A | {"market": "KE"}, B | {"country": "KE"}], [], id="no label on all"),
        pytest.param([A | {"market": "KE"}, B], [], id="one without a market"),
        pytest.param(
            [A | {"market": "KE", "x": "a.b"}, A | {"market": "T.Z", "x": "a.b"}],
            ["alertname=A", r"market=~KE|T\.Z", "x=a.b"],
            id="values are no patterns",
        ),
        pytest.param([], [], id="no alert"),
    ],
)
def test_a_proposal_is_bound(alerts: list[dict[str, str]], expect: list[str]) -> None:
    rows = proposed(alerts, MARKETS, COMPONENTS, KNOWN)
    assert texts(rows) == expect
    if rows:
        matchers = checked(Matcher(each.name, each.value, each.operator == "=~") for each in rows)
        assert all(matches_all(matchers, each) for each in alerts)
        assert not matches_all(matchers, A | {"market": "MZ", "country": "MZ", "component": "z"})


@pytest.mark.parametrize(
    ("place", "words"),
    [
        pytest.param({"market": "KE"}, 'value="KE"', id="bound to its market"),
        pytest.param({}, "No matchers are proposed", id="bound to nothing"),
    ],
)
def test_the_form_of_an_incident(
    console: Runtime, as_person: SignIn, place: dict[str, str], words: str
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        ingest(
            work, [factories.report(name=each, labels={"alertname": each} | place) for each in "AB"]
        )
    for _ in range(3):
        jobs.correlate(console)
    page = as_person(people.OPERATOR).get("/silences/new?i=1").text
    assert words in page
    assert ('value="A|B"' in page) is bool(place)


def test_a_preview_counts_all_or_says_that_it_did_not(
    console: Runtime, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with console.work(SYSTEM) as work:
        ingest(
            work,
            [
                factories.report(name=f"N{each}", labels={"alertname": f"N{each}"})
                for each in range(150)
            ],
        )
    with console.view(SYSTEM) as work:
        form, none = [Matcher("alertname", "N.*", True)], [Matcher("alertname", "absent")]
        whole = silence_form.preview(work, form)
        monkeypatch.setattr(silence_form, "PREVIEW_SECONDS", -1)
        part, gone = silence_form.preview(work, form), silence_form.preview(work, none)
    assert (whole.matched, whole.of, whole.is_capped) == (150, 150, False)
    assert silence_form.preview_words(part).startswith("At least 100 open alerts")
    assert "Not known" in silence_form.preview_words(gone)


def test_a_wide_silence_of_before_is_still_shown(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        number = set_silence(
            work,
            SilenceDraft(
                (Matcher("alertname", "A"),), work.now, work.now + timedelta(hours=1), "why"
            ),
        )
        kept = work.session.get(Silence, number)
        assert kept is not None
        kept.matchers = to_plain([Matcher("alertname", ".+", True)])
    page = as_person(people.OPERATOR).get(f"/silences/{number}")
    assert page.status_code == 200
