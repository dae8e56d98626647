"""What the estate may write as a threshold, and how its faults are named."""

from datetime import timedelta
from typing import Any

import pytest

from ssoc.estate.values import Check
from ssoc.monitoring import kpi
from ssoc.monitoring.rules.thresholds import faults, parse

GOOD = {"name": "SuccessLow", "sample": "success_percent", "below": 95}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"below": "95"}, "below must be a number, not '95'", id="text for a number"),
        pytest.param({"belwo": 3}, "belwo is not known here", id="a misspelt word"),
        pytest.param({"above": 3}, "name exactly one of", id="two ways to breach"),
        pytest.param({"severity": "bad"}, "is not one of info, warning, error", id="severity"),
        pytest.param({"clear_above": 90}, "it would clear while it fails", id="clears too early"),
        pytest.param({"for": {"n": 6, "of": 5}}, "6 of 5 polls can never be", id="n over m"),
        pytest.param({"for": "soon"}, "for: expected a duration", id="no duration"),
        pytest.param({"for": 0}, "whole number from 1 to 1000", id="no polls"),
        pytest.param({"minimum": 5}, "minimum must be {sample: tps", id="minimum's shape"),
        pytest.param({"minimum": {"least": 5}}, "minimum: least is not known", id="minimum's word"),
        pytest.param({"name": None}, "name is missing", id="no name"),
        pytest.param({"sample": None}, "sample is missing", id="no sample"),
        pytest.param({"labels": "p2p"}, "labels must be names with values", id="labels"),
    ],
)
def test_faults_are_named_with_their_cure(changes: dict[str, Any], words: str) -> None:
    found = faults({**GOOD, **changes})
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param({"name": "x", "sample": "x"}, "found none", id="no way to breach"),
        pytest.param({"name": "x", "sample": "x", "against": "usual"}, "with one of", id="usual"),
        pytest.param(
            {"name": "x", "sample": "x", "against": "usual", "drop_percent": 100},
            "can never be",
            id="drop of everything",
        ),
        pytest.param(
            {"name": "x", "sample": "x", "deadline": "25:00"}, "is no time of day", id="deadline"
        ),
        pytest.param({"name": "x", "health": "ok"}, "is not one of degraded, down", id="health"),
        pytest.param({"name": "x", "reason": "unreachable"}, "is not one of", id="reachability"),
    ],
)
def test_each_way_has_its_faults(rule: dict[str, Any], words: str) -> None:
    assert any(words in fault for fault in faults(rule)), faults(rule)


def test_a_good_rule_has_none_and_defaults() -> None:
    assert faults(GOOD) == []
    rule = parse(GOOD, timedelta(seconds=30))
    assert (rule.n, rule.of, rule.clear_after, rule.clear) == (3, 5, 3, 95)


@pytest.mark.parametrize(
    ("every", "polls"),
    [pytest.param(60, 5, id="a minute"), pytest.param(90, 4, id="rounded up")],
)
def test_five_minutes_are_polls_of_the_check(every: int, polls: int) -> None:
    rule = parse({**GOOD, "for": "5m"}, timedelta(seconds=every))
    assert (rule.n, rule.of) == (polls, polls)


@pytest.mark.parametrize("name", kpi.KPIS)
def test_every_ready_made_kpi_is_a_pair_of_good_rules(name: str) -> None:
    parameters: dict[str, dict[str, Any]] = {
        "capacity": {"capacity": 5000},
        "deadline": {"deadline": "08:30"},
    }
    given: dict[str, Any] = dict(parameters.get(kpi.KPIS[name].parameter, {}))
    plain = kpi.expand({"kpi": name, **given})
    assert [faults(rule) for rule in plain] == [[], []]
    assert [rule["severity"] for rule in plain] == ["warning", "critical"]
    assert kpi.KPIS[name].basis == "practice"


def check(*rules: dict[str, Any]) -> Check:
    return Check("api-ke", "figures", "promql", timedelta(minutes=1), "KE", rules=rules)


def test_kpis_have_the_documented_limits_and_can_be_edited() -> None:
    rules = {rule.key: rule for rule in kpi.rules_of(check({"kpi": "technical_success"}))}
    assert (rules["SuccessLow|warning"].limit, rules["SuccessLow|critical"].limit) == (98.5, 95)
    assert rules["SuccessLow|critical"].n == 5, "five minutes of one-minute polls"
    edited = {
        "kpi": "technical_success",
        "sample": "mm_success",
        "warning": False,
        "critical": {"below": 90, "clear_above": 92, "for": 2},
    }
    named = [rule for rule in kpi.rules_of(check(edited)) if rule.name == "SuccessLow"]
    assert [(r.sample, r.limit, r.n) for r in named] == [("mm_success", 90, 2)]


def test_capacity_limits_are_percent_of_the_licence() -> None:
    rules = kpi.rules_of(check({"kpi": "tps_capacity", "capacity": 6000}))
    assert [rule.limit for rule in rules if rule.name == "CapacityShort"] == [4500, 5400]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param({"kpi": "success"}, "kpi 'success' is not known; known are", id="unknown"),
        pytest.param({"kpi": "tps_capacity"}, "capacity is missing", id="no parameter"),
        pytest.param({"kpi": "tps_capacity", "capacity": "x"}, "number over 0", id="no number"),
        pytest.param({"kpi": "api_latency", "warning": 3}, "must be a mapping, or off", id="level"),
        pytest.param({"kpi": "api_latency", "belwo": 3}, "belwo is not known", id="misspelt"),
    ],
)
def test_faults_of_kpis(rule: dict[str, Any], words: str) -> None:
    found = kpi.faults(check(rule))
    assert any(words in fault for fault in found), found


def test_two_rules_of_one_name_and_severity_are_refused() -> None:
    assert "there are two of severity warning" in kpi.faults(check(GOOD, GOOD))[0]


def test_standing_rules_give_way_to_own_ones_of_their_name() -> None:
    names = [rule.name for rule in kpi.rules_of(check({"name": "NoData", "never": True}))]
    assert names.count("NoData") == 1
    assert {"Unhealthy", "ErrorAnswers", "CheckMisconfigured"} <= set(names)


def test_a_check_without_a_pause_is_refused() -> None:
    hasty = Check("api-ke", "figures", "promql", timedelta(), "KE")
    assert kpi.faults(hasty) == ["every is too short; ask at most each 1 s"]
