"""Impact, urgency and the matrix."""

from decimal import Decimal

import pytest

from incidents.rules.priority import (
    DEFAULT,
    Impact,
    Thresholds,
    impact_of,
    matrix_of,
    prioritise,
    urgency_of,
)
from ssoc.core.settings import PrioritySettings
from ssoc.core.vocabulary import Priority, Severity
from ssoc.estate.values import Criticality

VITAL, IMPORTANT, SUPPORTING = Criticality


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        (1, 1, "P1"),
        (1, 2, "P2"),
        (2, 1, "P2"),
        (2, 2, "P3"),
        (1, 3, "P3"),
        (3, 1, "P3"),
        (2, 3, "P4"),
        (3, 2, "P4"),
        (3, 3, "P4"),
    ],
)
def test_the_default_matrix(impact: int, urgency: int, priority: str) -> None:
    assert prioritise(impact, urgency) is Priority(priority)


def test_the_matrix_of_the_settings_is_the_default() -> None:
    assert matrix_of(PrioritySettings().matrix) == DEFAULT


def test_a_matrix_of_ones_own() -> None:
    strict = matrix_of("P1 P1 P2 / P1 P2 P3 / P2 P3 P4")
    assert prioritise(2, 1, strict) is Priority.P1


@pytest.mark.parametrize(
    "words", ["", "P1 P2 P3", "P1 P2 P3 / P2 P3 P4 / P3 P4 P9", "P1 / P2 / P3"]
)
def test_a_matrix_that_is_not_three_by_three_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="three rows of three"):
        matrix_of(words)


@pytest.mark.parametrize(
    ("severity", "urgency"),
    [(Severity.CRITICAL, 1), (Severity.ERROR, 2), (Severity.WARNING, 3), (Severity.INFO, 3)],
)
def test_urgency_follows_severity(severity: Severity, urgency: int) -> None:
    assert urgency_of(severity) == urgency


@pytest.mark.parametrize(
    ("criticality", "markets", "share", "level", "reasons"),
    [
        pytest.param(VITAL, "KE", None, 1, ["vital component"], id="vital"),
        pytest.param(IMPORTANT, "KE", None, 2, ["important component"], id="important"),
        pytest.param(SUPPORTING, "KE", None, 3, ["supporting component"], id="supporting"),
        pytest.param(None, "", None, 2, ["criticality unknown"], id="not in the estate"),
        pytest.param(
            IMPORTANT, "KE TZ EG", None, 1, ["important component", "3 markets"], id="many markets"
        ),
        pytest.param(IMPORTANT, "KE TZ", None, 2, ["important component"], id="two are not many"),
        pytest.param(
            SUPPORTING,
            "KE",
            "0.25",
            1,
            ["supporting component", "25% of usual traffic lost"],
            id="a quarter lost is the worst impact, whatever the component",
        ),
        pytest.param(
            SUPPORTING,
            "KE",
            "0.05",
            2,
            ["supporting component", "5% of usual traffic lost"],
            id="on the medium threshold",
        ),
        pytest.param(SUPPORTING, "KE", "0.0499", 3, ["supporting component"], id="just under"),
        pytest.param(VITAL, "KE", "0", 1, ["vital component"], id="nothing lost lowers nothing"),
    ],
)
def test_impact(
    criticality: Criticality | None, markets: str, share: str | None, level: int, reasons: list[str]
) -> None:
    lost = None if share is None else Decimal(share)
    assert impact_of(criticality, markets.split(), lost) == Impact(level, tuple(reasons))


def test_thresholds_are_data() -> None:
    strict = Thresholds(high_share=Decimal("0.1"), many_markets=2)
    assert impact_of(SUPPORTING, ["KE"], Decimal("0.1"), strict).level == 1
    assert impact_of(IMPORTANT, ["KE", "TZ"], None, strict).level == 1


@pytest.mark.parametrize(
    ("severity", "criticality", "unseen", "priority"),
    [
        pytest.param(Severity.ERROR, IMPORTANT, ["Kenya"], "P2", id="one market not seen"),
        pytest.param(Severity.ERROR, SUPPORTING, ["Kenya"], "P2", id="over a supporting link"),
        pytest.param(Severity.CRITICAL, SUPPORTING, ["Kenya", "Ghana"], "P1", id="two at once"),
        pytest.param(Severity.ERROR, IMPORTANT, [], "P3", id="every market is seen"),
    ],
)
def test_a_market_that_is_not_seen_is_met_soon(
    severity: Severity, criticality: Criticality, unseen: list[str], priority: str
) -> None:
    impact = impact_of(criticality, unseen, None, unseen=unseen)
    assert prioritise(impact.level, urgency_of(severity)) is Priority(priority)


def test_what_a_market_not_seen_is_worth_is_data() -> None:
    mild = Thresholds(unseen_level=2)
    assert impact_of(SUPPORTING, ["KE"], None, mild, ["Kenya"]) == Impact(
        2, ("supporting component", "Kenya not seen at all")
    )
    off = Thresholds(unseen_level=3)
    assert impact_of(SUPPORTING, ["KE"], None, off, ["Kenya"]).level == 3
    assert PrioritySettings().unseen_impact == Thresholds().unseen_level


def test_impact_in_words() -> None:
    said = impact_of(VITAL, ["KE", "TZ", "EG"], Decimal("0.62")).words
    assert said == "impact 1: vital component, 3 markets, 62% of usual traffic lost"
