"""Ready-made thresholds for the figures of a mobile-money platform, editable per market.

A check says ``kpi: technical_success`` or has ``{kpi: technical_success, warning: {below: 97}}``
among its rules. The figures are defaults of practice, never law: nobody's regulator set them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ssoc.estate.values import Check
from ssoc.monitoring.rules import thresholds
from ssoc.monitoring.rules.thresholds import Rule

BASIS = "practice"
Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Kpi:
    """One figure with its two levels; ``parameter`` must be given where it has one.

    With ``capacity`` the limits are percent of it; with ``deadline`` it is the time of day.
    """

    title: str
    alert: str
    sample: str
    warning: Plain
    critical: Plain
    both: Plain
    note: str
    parameter: str = ""
    basis: str = BASIS


SHORTEST = timedelta(seconds=1)
FIVE_MINUTES = {"for": "5m"}
TRAFFIC = {"minimum": {"sample": "tps", "at_least": 5}}

KPIS: Mapping[str, Kpi] = {
    "technical_success": Kpi(
        "Technical success",
        "SuccessLow",
        "success_percent",
        {"below": 98.5, "clear_above": 98.8},
        {"below": 95, "clear_above": 97, **FIVE_MINUTES},
        TRAFFIC,
        "leave business declines out (no money, wrong PIN, limits), else paydays page the room",
    ),
    "partner_success": Kpi(
        "Success of remittances and bank transfers",
        "PartnerSuccessLow",
        "success_percent",
        {"below": 97, "clear_above": 97.5},
        {"below": 90, "clear_above": 93, **FIVE_MINUTES},
        TRAFFIC,
        "partners fail more often than the platform itself",
    ),
    "tps_capacity": Kpi(
        "TPS against licence or capacity",
        "CapacityShort",
        "tps",
        {"above": 75, "clear_below": 70},
        {"above": 90, "clear_below": 85},
        {},
        "capacity is what the licence or the last load test allows",
        parameter="capacity",
    ),
    "tps_usual": Kpi(
        "TPS against the same hour of the week",
        "TrafficLow",
        "tps",
        {"drop_percent": 30, **FIVE_MINUTES},
        {"drop_percent": 50, **FIVE_MINUTES},
        {"against": "usual", "minimum": {"usual_at_least": 5}},
        "catches the silent outage: nothing fails because nothing arrives",
    ),
    "api_latency": Kpi(
        "p95 latency of the API",
        "ApiSlow",
        "p95_seconds",
        {"above": 3, "clear_below": 2.5},
        {"above": 8, "clear_below": 6},
        {},
        "measured at the platform's edge",
    ),
    "ussd_latency": Kpi(
        "p95 latency of USSD",
        "UssdSlow",
        "p95_seconds",
        {"above": 5, "clear_below": 4},
        {"above": 10, "clear_below": 8},
        {},
        "networks end a USSD session after about 20 to 30 s a leg",
    ),
    "ussd_completion": Kpi(
        "USSD sessions completed",
        "UssdCompletionLow",
        "completion_percent",
        {"below": 90, "clear_above": 92},
        {"below": 80, "clear_above": 84},
        TRAFFIC,
        "people who leave the menu count too: look at what is usual first",
    ),
    "sms_in_time": Kpi(
        "SMS confirmations delivered within 60 s",
        "SmsLate",
        "in_time_percent",
        {"below": 95, "clear_above": 96},
        {"below": 85, "clear_above": 90},
        TRAFFIC,
        "customers repeat the payment when the SMS is late",
    ),
    "response_code_share": Kpi(
        "Share of a response code: timeout, system busy, duplicate",
        "ResponseCodeHigh",
        "code_share_percent",
        {"times": 2},
        {"times": 5},
        {"against": "usual", "minimum": {"usual_at_least": 0.1}},
        "one sample for each code, told apart by a label",
    ),
    "callback_backlog": Kpi(
        "Age of the oldest waiting callback",
        "CallbacksLate",
        "oldest_seconds",
        {"above": 300, "clear_below": 240},
        {"above": 900, "clear_below": 600},
        {},
        "depth alone misleads: age tells",
    ),
    "replication_lag": Kpi(
        "Lag of the database's replica",
        "ReplicationLate",
        "lag_seconds",
        {"above": 30, "clear_below": 20},
        {"above": 120, "clear_below": 60},
        {},
        "what a failover would lose",
    ),
    "trust_balance": Kpi(
        "E-value issued against the trust account",
        "TrustBalanceOff",
        "difference_percent",
        {"above": 0, "for": 1, "clear_after": 1},
        {"above": 0.01, "for": 1, "clear_after": 1},
        {},
        "at the end of the day; reconciliation is daily or better",
    ),
    "float_cover": Kpi(
        "Hours that a B2C or utility float still covers",
        "FloatShort",
        "cover_hours",
        {"below": 24, "clear_above": 30},
        {"below": 4, "clear_above": 6},
        {},
        "matters most on the eve of a pay day",
    ),
    "agents_out": Kpi(
        "Share of agents out of float or cash",
        "AgentsOut",
        "agents_out_percent",
        {"above": 10, "clear_below": 8},
        {"above": 25, "clear_below": 20},
        {},
        "by region, told apart by a label",
    ),
    "file_deadline": Kpi(
        "Settlement or reconciliation file by its deadline",
        "FileLate",
        "newest_at",
        {},
        {"plus": "60m"},
        {},
        "local time on a working day of the market",
        parameter="deadline",
    ),
    "expiry": Kpi(
        "Days until a certificate or licence expires",
        "ExpiresSoon",
        "days_left",
        {"below": 30},
        {"below": 7},
        {"for": 2},
        "the same limits serve disks that fill up, as days left",
    ),
}

STANDING: Sequence[Plain] = (
    {"name": "Unhealthy", "health": "down", "severity": "critical", "for": {"n": 2, "of": 3}}
    | {"clear_after": 2},
    {"name": "Unhealthy", "health": ["degraded", "down"], "severity": "warning"}
    | {"for": {"n": 2, "of": 3}, "clear_after": 2},
    {"name": "ErrorAnswers", "reason": "error answer", "severity": "error"},
    {"name": "CheckMisconfigured", "severity": "warning"}
    | {"reason": ["configuration", "auth refused"]},
    {"name": "AnswerUnreadable", "reason": "bad answer", "severity": "warning"},
    {"name": "NoData", "reason": ["no data", "stale"], "severity": "warning"},
)


def expand(rule: Plain) -> list[Plain]:
    """Return the plain rules that a rule stands for: two levels when it names a KPI.

    ``warning`` and ``critical`` override one level, everything else both; a level that is
    ``false`` (or ``off``) is left out.

    Raises:
        ValueError: there is no such KPI, or its parameter is missing.

    """
    if "kpi" not in rule:
        return [rule]
    kpi = KPIS.get(str(rule["kpi"]))
    if kpi is None:
        raise ValueError(f"kpi {rule['kpi']!r} is not known; known are {', '.join(KPIS)}")
    return [
        _level(kpi, level, rule)
        for level in ("warning", "critical")
        if rule.get(level, True) is not False
    ]


def _level(kpi: Kpi, level: str, rule: Plain) -> Plain:
    base = kpi.warning if level == "warning" else kpi.critical
    own = rule.get(level, {})
    if not isinstance(own, Mapping):
        raise ValueError(f"{level} of kpi {rule['kpi']} must be a mapping, or off")
    common = {word: value for word, value in rule.items() if word not in {"kpi", *_LEVELS}}
    made = {"name": kpi.alert, "sample": kpi.sample, "severity": level, "summary": kpi.title}
    merged = {**made, **base, **kpi.both, **common, **own}
    return _with_parameter(kpi, merged) if kpi.parameter else merged


_LEVELS = ("warning", "critical")


def _with_parameter(kpi: Kpi, rule: dict[str, Any]) -> Plain:
    if kpi.parameter not in rule:
        raise ValueError(f"kpi {kpi.alert}: {kpi.parameter} is missing; give it beside kpi")
    if kpi.parameter == "capacity":
        capacity = rule.pop("capacity")
        if isinstance(capacity, bool) or not isinstance(capacity, (int, float)) or capacity <= 0:
            raise ValueError(f"kpi {kpi.alert}: capacity must be a number over 0")
        for word in ("above", "clear_below"):
            rule[word] = rule[word] * capacity / 100
    return rule


def plain_rules(check: Check) -> list[Plain]:
    """Return every plain rule of a check: its KPIs, its own, and the standing ones.

    A rule of its own takes the place of the standing ones that have its name.
    """
    own = [each for rule in check.rules for each in expand(rule)]
    names = {rule.get("name") for rule in own}
    return [*own, *(rule for rule in STANDING if rule["name"] not in names)]


def rules_of(check: Check) -> tuple[Rule, ...]:
    """Return the rules of a check, or raise ValueError that names their faults."""
    return tuple(thresholds.parse(rule, check.every) for rule in plain_rules(check))


def faults(check: Check) -> list[str]:
    """Return what is wrong with the pace and the rules of a check, in words with the cure."""
    if check.every < SHORTEST:
        return [f"every is too short; ask at most each {SHORTEST.total_seconds():g} s"]
    try:
        plain = plain_rules(check)
    except ValueError as error:
        return [str(error)]
    found: list[str] = []
    keys: set[str] = set()
    for each in plain:
        rule = thresholds.read(each, check.every, found)
        if rule is not None and rule.key in keys:
            word = rule.severity.word
            found.append(f"rule {rule.name}: there are two of severity {word}; keep one of them")
        keys |= {rule.key} if rule is not None else set()
    return found
