"""When a check raises and when it clears."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ssoc.core.vocabulary import Severity
from ssoc.monitoring.reading import Health, Reading, Reason, Sample
from ssoc.monitoring.rules.baseline import Usual
from ssoc.monitoring.rules.judge import Context, Judgement, Labels, Verdict, judge, withdraw
from ssoc.monitoring.rules.thresholds import Rule, parse

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SUCCESS = {
    "name": "SuccessLow",
    "sample": "success_percent",
    "below": 95,
    "clear_above": 97,
    "for": {"n": 3, "of": 5},
    "clear_after": 2,
    "severity": "critical",
}


def reading(number: int, *samples: Sample, **given: Any) -> Reading:
    usual: dict[str, Any] = {"health": Health.OK, "duration": timedelta(milliseconds=20)}
    started_at = EIGHT + number * MINUTE
    return Reading(
        check="core-ke/figures", started_at=started_at, samples=samples, **{**usual, **given}
    )


def run(
    rules: Sequence[Mapping[str, Any] | Rule],
    readings: Sequence[Reading],
    context: Context | None = None,
) -> list[Judgement]:
    """Judge one reading after the other, as the poller does, memory through JSON included."""
    import json

    ready = [each if isinstance(each, Rule) else parse(each, MINUTE) for each in rules]
    memory: Mapping[str, Any] = {}
    found = []
    for each in readings:
        judged = judge(ready, each, memory, context or Context())
        memory = json.loads(json.dumps(judged.memory))
        found.append(judged)
    return found


def story(judgements: Sequence[Judgement]) -> str:
    """One letter a poll: F fires, R resolved, - nothing said."""
    return "".join(
        "F" if any(v.is_firing for v in j.verdicts) else "R" if j.verdicts else "-"
        for j in judgements
    )


def values(*numbers: float | None) -> list[Reading]:
    return [
        reading(number, *([Sample("success_percent", value)] if value is not None else []))
        for number, value in enumerate(numbers)
    ]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param([90, 90, 90], "--F", id="three of three breaches raise"),
        pytest.param([90, 99, 90, 99, 90], "----F", id="three of the last five raise"),
        pytest.param([90, 99, 90, 99, 99, 90, 99], "-------", id="three of seven do not"),
        pytest.param([95, 95, 95, 95], "----", id="on the limit is not yet a breach"),
        pytest.param([90] * 3 + [96] * 6, "--FFFFFFF", id="between the limits it does not clear"),
        pytest.param([90] * 3 + [97, 97], "--FFR", id="on the clear limit is good, two clear"),
        pytest.param([90] * 3 + [98, 96, 98, 98], "--FFFFR", id="good polls must be in a row"),
        pytest.param([90] * 3 + [98, 98, 98], "--FFR-", id="a resolve is said once"),
        pytest.param([90] * 3 + [98, 98, 90], "--FFR-", id="after a clear the count starts anew"),
        pytest.param(
            [90, math.nan, 90, math.inf, -math.inf, 90], "-----F", id="no numbers neither count"
        ),
        pytest.param([90, 90, None, None, 90], "----F", id="gaps stay gaps"),
        pytest.param([90] * 3 + [math.nan, None], "--F--", id="silence does not renew the alert"),
        pytest.param(
            [90] * 3 + [98, math.nan, 98], "--FF-R", id="silence does not spoil a recovery"
        ),
        pytest.param([math.nan] * 9, "-" * 9, id="NaN never breaches"),
    ],
)
def test_n_of_m_and_hysteresis(numbers: list[float | None], expected: str) -> None:
    assert story(run([SUCCESS], values(*numbers))) == expected


def test_the_reason_carries_its_yardstick() -> None:
    usual = Usual(98.94, 4, 98.2, 99.3)
    context = Context(usuals={("success_percent", ()): usual})
    judged = run([SUCCESS | {"summary": "Technical success"}], values(99, 61.4, 60, 61.4), context)
    assert judged[-1].verdicts == [
        Verdict(
            "SuccessLow",
            (),
            Severity.CRITICAL,
            True,
            EIGHT + 3 * MINUTE,
            "Technical success: 61.4 %, usual 98.9 %, limit 95 %, 3 of 5 polls",
        )
    ]


def test_levels_of_one_name_are_one_alert_whose_severity_moves() -> None:
    warning = SUCCESS | {"severity": "warning", "below": 98.5, "clear_above": 99}
    judged = run([warning, SUCCESS], values(*[98] * 3, *[90] * 3, *[98] * 2, *[99.5] * 2))
    told = [v for j in judged for v in j.verdicts]
    assert [(v.severity.word, v.is_firing) for v in told] == [
        *[("warning", True)] * 3,
        *[("critical", True)] * 2,
        *[("warning", True)] * 2,
        ("warning", False),
    ]
    assert {v.since for v in told} == {EIGHT + 2 * MINUTE}, "one episode from start to end"


@pytest.mark.parametrize(
    ("tps", "expected"),
    [
        pytest.param(50, "--F", id="enough traffic"),
        pytest.param(5, "--F", id="just enough"),
        pytest.param(4.9, "---", id="too little traffic to judge"),
        pytest.param(None, "--F", id="a guard without a figure does not silence the rule"),
        pytest.param(math.nan, "--F", id="nor one that is no number"),
    ],
)
def test_minimum_volume(tps: float | None, expected: str) -> None:
    rule = SUCCESS | {"minimum": {"sample": "tps", "at_least": 5}}
    polls = [
        reading(n, Sample("success_percent", 60), *([Sample("tps", tps)] if tps else []))
        for n in range(3)
    ]
    assert story(run([rule], polls)) == expected


def test_an_alert_holds_while_there_is_too_little_to_judge() -> None:
    rule = SUCCESS | {"minimum": {"sample": "tps", "at_least": 5}}
    polls = [
        reading(n, Sample("success_percent", 60 if n < 3 else 99), Sample("tps", tps))
        for n, tps in enumerate([9, 9, 9, 1, 1, 1])
    ]
    judged = run([rule], polls)
    assert story(judged) == "--FFFF"
    assert judged[-1].verdicts[0].reason == "not judged: tps 1, at least 5 needed"


@pytest.mark.parametrize(
    ("rule", "usual", "value", "expected"),
    [
        pytest.param({"drop_percent": 50}, 100, 49, "--F", id="half is gone"),
        pytest.param({"drop_percent": 50}, 100, 50, "---", id="exactly half is not yet"),
        pytest.param({"drop_percent": 50}, None, 0, "---", id="nothing usual is known"),
        pytest.param({"drop_percent": 50}, 0, 0, "---", id="usually nothing"),
        pytest.param(
            {"drop_percent": 50, "minimum": {"usual_at_least": 5}}, 4, 0, "---", id="at night"
        ),
        pytest.param(
            {"drop_percent": 50, "minimum": {"usual_at_least": 5}}, 5, 0, "--F", id="silent outage"
        ),
        pytest.param({"times": 2}, 1.5, 3.1, "--F", id="more than twice"),
        pytest.param({"times": 2}, 1.5, 3.0, "---", id="just twice"),
        pytest.param({"rise_percent": 30}, 100, 131, "--F", id="a third more"),
    ],
)
def test_against_usual(
    rule: dict[str, Any], usual: float | None, value: float, expected: str
) -> None:
    whole = {"name": "TrafficLow", "sample": "tps", "against": "usual", **rule}
    known: dict[tuple[str, Labels], Usual] = {}
    if usual is not None:
        known["tps", ()] = Usual(usual, 4, usual, usual)
    polls = [reading(n, Sample("tps", value)) for n in range(3)]
    assert story(run([whole], polls, Context(usuals=known))) == expected


def test_a_drop_tells_what_is_usual() -> None:
    rule = {"name": "TrafficLow", "sample": "tps", "against": "usual", "drop_percent": 50}
    context = Context(usuals={("tps", ()): Usual(412.0, 4, 400, 420)})
    judged = run([rule], [reading(n, Sample("tps", 97)) for n in range(3)], context)
    assert judged[-1].verdicts[0].reason == "97 TPS, usual 412 TPS, limit 206 TPS, 3 of 5 polls"


def test_each_type_has_its_own_alert() -> None:
    polls = [
        reading(
            n,
            Sample("success_percent", 60, labels={"type": "p2p"}),
            Sample("success_percent", 99, labels={"type": "b2c"}),
        )
        for n in range(3)
    ]
    verdicts = run([SUCCESS], polls)[-1].verdicts
    assert [(v.labels, v.is_firing) for v in verdicts] == [((("type", "p2p"),), True)]
    only = run([SUCCESS | {"labels": {"type": "b2c"}}], polls)[-1].verdicts
    assert only == []


@pytest.mark.parametrize(
    ("age", "expected"),
    [pytest.param(601, "F", id="too old"), pytest.param(600, "-", id="just not")],
)
def test_age_of_an_instant(age: int, expected: str) -> None:
    rule = {"name": "Old", "sample": "oldest_at", "older_than": "10m", "for": 1}
    at = EIGHT.timestamp() - age
    assert story(run([rule], [reading(0, Sample("oldest_at", at))])) == expected


def unhealthy() -> list[dict[str, Any]]:
    down = {"name": "Unhealthy", "health": "down", "severity": "critical"}
    worse = {"name": "Unhealthy", "health": ["degraded", "down"], "severity": "warning"}
    span = {"for": {"n": 2, "of": 3}, "clear_after": 2}
    return [down | span, worse | span]


@pytest.mark.parametrize(
    ("healths", "expected"),
    [
        pytest.param("DD", "-c", id="down twice is critical"),
        pytest.param("ddD", "-ww", id="degraded is a warning"),
        pytest.param("ddDD", "-wwc", id="degraded comes before down"),
        pytest.param("DDUUU", "-c---", id="unknown neither renews nor clears"),
        pytest.param("DDddd", "-ccww", id="down clears to degraded"),
        pytest.param("DDoo", "-ccR", id="good again"),
        pytest.param("UUUU", "----", id="unknown is not down"),
    ],
)
def test_health(healths: str, expected: str) -> None:
    kinds = {
        "o": (Health.OK, Reason.NONE),
        "d": (Health.DEGRADED, Reason.NONE),
        "D": (Health.DOWN, Reason.NONE),
        "U": (Health.UNKNOWN, Reason.UNREACHABLE),
    }
    polls = [
        reading(n, health=kinds[each][0], reason=kinds[each][1]) for n, each in enumerate(healths)
    ]
    judged = run(unhealthy(), polls)
    told = "".join(
        ("R" if not j.verdicts[0].is_firing else j.verdicts[0].severity.word[0])
        if j.verdicts
        else "-"
        for j in judged
    )
    assert told == expected


@pytest.mark.parametrize(
    ("reason", "concerns"),
    [
        pytest.param(Reason.REFUSED, "ssoc", id="refused credentials are our turn"),
        pytest.param(Reason.CONFIGURATION, "ssoc", id="so is a wrong address"),
        pytest.param(Reason.BAD_ANSWER, "ssoc", id="and an answer we cannot read"),
    ],
)
def test_our_own_faults_concern_us(reason: Reason, concerns: str) -> None:
    words = ["configuration", "auth refused", "bad answer"]
    rule = {"name": "CheckMisconfigured", "reason": words, "for": 2}
    polls = [reading(n, health=Health.UNKNOWN, reason=reason) for n in range(2)]
    verdict = run([rule], polls)[-1].verdicts[0]
    assert (verdict.concerns, verdict.is_firing) == (concerns, True)


CAIRO = "Africa/Cairo"


def cairo(day: int, hour: int, minute: int = 0) -> datetime:
    from zoneinfo import ZoneInfo

    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(CAIRO)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "came", "expected"),
    [
        pytest.param(cairo(2, 8), cairo(1, 6), "-", id="before the deadline yesterday's will do"),
        pytest.param(cairo(2, 8, 31), cairo(1, 6), "F", id="past the deadline it will not"),
        pytest.param(cairo(2, 8, 31), cairo(2, 6), "-", id="it came this morning"),
        pytest.param(cairo(2, 9), None, "F", id="nothing ever came"),
        pytest.param(cairo(6, 9), cairo(5, 6), "-", id="Friday is no working day in Egypt"),
        pytest.param(cairo(7, 9), cairo(4, 6), "F", id="Thursday's is still missing on Saturday"),
    ],
)
def test_deadlines_are_local_and_on_working_days(
    now: datetime, came: datetime | None, expected: str
) -> None:
    rule = {"name": "FileLate", "sample": "newest_at", "deadline": "08:30", "severity": "error"}
    samples = [Sample("newest_at", came.timestamp())] if came else []
    poll = Reading("c/f", now, timedelta(), Health.OK, samples=samples)
    context = Context(zone=CAIRO, is_working_day=lambda day: day.isoweekday() in {7, 1, 2, 3, 4})
    assert story(run([rule], [poll], context)) == expected


def test_a_rule_that_is_taken_away_clears_its_alert() -> None:
    memory = run([SUCCESS], values(90, 90, 90))[-1].memory
    judged = judge([], values(90)[0], memory, Context())
    assert [(v.name, v.is_firing) for v in judged.verdicts] == [("SuccessLow", False)]
    assert judged.memory == {}
    assert [v.is_firing for v in withdraw(memory, EIGHT, "gone")] == [False]


def test_nothing_is_remembered_of_a_calm_check() -> None:
    assert run([SUCCESS], values(99, 99, 99))[-1].memory == {}
