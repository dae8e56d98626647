# ruff: noqa: E501 (one case a line reads as a table)
"""Estate files: what they mean, and every fault with its file and line."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ssoc.core.errors import BadEstate
from ssoc.estate.plain import body_of, estate_of
from ssoc.estate.reader import read
from ssoc.estate.rules import cycle_in
from ssoc.estate.values import Check, Criticality, Dependency, Inhibition
from ssoc.monitoring.check_faults import check_faults
from ssoc.monitoring.rules.inhibition import faults_of
from ssoc.monitoring.rules.matching import value_fault

GOOD = """\
markets:
  KE: {name: Kenya, zones: [Africa/Nairobi], currency: KES, average_value: "1840.50"}
  TZ: {name: Tanzania, zones: [Africa/Dar_es_Salaam], currency: TZS, words: {sea: Indian}}
paths:
  hq: {component: link, control: link/probe}
components:
  link:
    name: Link
    kind: link
    markets: all
    checks:
      probe: {adapter: http, url: "http://127.0.0.1/x", control: true, every: 1m30s, path: hq}
  ledger: {name: Ledger, kind: database, markets: [KE, TZ], criticality: vital}
  "api-{cc}":
    name: API {country} {currency}
    kind: api
    per_market: all
    needs: [ledger, {any_of: [link, spare], group: way}]
    match: [{service: pay, country: "{CC}"}]
    heartbeats: {settle: {every: 1d, grace: 2h}}
  spare: {name: Spare link, kind: link, markets: []}
inhibitions:
  loud: {source: {severity: critical}, target: {severity: warning}, equal: [market]}
"""


def write(folder: Path, text: str, name: str = "estate.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    path = write(folder, text)
    with pytest.raises(BadEstate) as caught:
        read([path])
    return [line.replace(str(folder) + "/", "") for line in str(caught.value).splitlines()]


def test_a_description_becomes_values(tmp_path: Path) -> None:
    found = read([write(tmp_path, GOOD)])
    assert found.markets["KE"].average_value == Decimal("1840.50")
    assert list(found.components) == ["link", "ledger", "api-ke", "api-tz", "spare"]
    assert found.components["api-tz"].name == "API Tanzania TZS"
    assert found.components["api-tz"].match == ({"service": "pay", "country": "TZ"},)
    assert found.components["ledger"].criticality is Criticality.VITAL
    assert found.components["link"].markets == ("KE", "TZ")
    assert Dependency("api-ke", "spare", "way") in found.dependencies
    assert found.checks["link/probe"] == Check(
        "link",
        "probe",
        "http",
        timedelta(seconds=90),
        path="hq",
        settings={"url": "http://127.0.0.1/x"},
        is_control=True,
    )
    assert found.heartbeats["api-ke.settle"].grace == timedelta(hours=2)


def test_several_files_are_one_estate(tmp_path: Path) -> None:
    head, tail = GOOD.split("components:\n")
    write(tmp_path, head, "a.yaml")
    write(tmp_path, "components:\n" + tail, "b.yml")
    write(tmp_path, "not read", "notes.txt")
    assert len(read([tmp_path]).components) == 5


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        pytest.param(
            "needs: [ledgr", "needs: [ledger", "18: no component is called ledgr; did you mean ledger?",
            id="unknown reference",
        ),
        pytest.param(
            "markets: [KE, XX]", "markets: [KE, TZ]", "13: no market is called XX; describe the market",
            id="unknown market",
        ),
        pytest.param(
            "zones: [Africa/Nairob]", "zones: [Africa/Nairobi]", "2: Africa/Nairob is no time zone",
            id="unknown zone",
        ),
        pytest.param(
            "criticality: fatal", "criticality: vital",
            "13: components.ledger.criticality: 'fatal' is not one of vital, important, supporting",
            id="unknown word",
        ),
        pytest.param("  spare: {colour: red, ", "  spare: {", "21: components.spare: colour is not known", id="unknown field"),
        pytest.param("  ledger: {name", "  spare: {name", "21: ledger stands twice", id="name twice"),
        pytest.param("every: soon", "every: 1m30s", "'soon' does not have the form", id="no duration"),
        pytest.param("path: hqq", "path: hq", "12: no path is called hqq", id="unknown path"),
        pytest.param("control: link/prob}", "control: link/probe}", "5: no check is called link/prob", id="unknown control"),
        pytest.param('"api-all":', '"api-{cc}":', "14: api-all: per_market needs {cc} in the key", id="one name for all"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: Path, wrong: str, right: str, fault: str) -> None:
    assert right in GOOD
    [line] = faults(tmp_path, GOOD.replace(right, wrong, 1))[:1]
    assert line.startswith("estate.yaml:")
    assert fault in line


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("[ledger,", "[ledgr,").replace("path: hq", "path: hqq")
    found = faults(tmp_path, text)
    assert len(found) == 2, "what two markets need is described once, and said once"


def test_a_misshaped_part_does_not_hide_the_faults_of_others(tmp_path: Path) -> None:
    text = GOOD.replace("criticality: vital", "criticality: fatal").replace("path: hq", "path: hqq")
    found = faults(tmp_path, text.replace("Africa/Nairobi", "Africa/Nirobi"))
    assert [line.partition(": ")[0] for line in found] == [
        "estate.yaml:13",
        "estate.yaml:2",
        "estate.yaml:12",
    ]
    assert not any("ledger is called" in line for line in found), "left out, not unknown"


BESIDE = """\
markets:
  MZ: {name: Mozambique, zones: [Africa/Maputo], currency: meticais, holidays: {country: XX}}
components:
  till-mz:
    name: Till
    kind: front
    markets: [MZ]
    needs: [ledger, 7, leger]
    checks:
      front: {adapter: htp, every: 5, url: "http://127.0.0.1/"}
      back: {every: 5m}
  till-mz: {name: Till, kind: front, markets: [MZ], needs: [lgder]}
  "kiosk-{cc}":
    name: Kiosk {country}
    kind: front
    per_market: [MZ, KE, XX]
    needs: [leger]
    heartbeats: {settle: {every: 7}}
"""


def test_no_fault_of_any_file_hides_another(tmp_path: Path) -> None:
    once = BESIDE.replace("  till-mz: {", "  tell-mz: {")
    files = [write(tmp_path, GOOD), write(tmp_path, once, "more.yaml")]
    files += [write(tmp_path, "markets: [", "torn.yaml")]
    with pytest.raises(BadEstate) as caught:
        read(files[:2], check_faults)
    lines = str(caught.value).replace(str(tmp_path) + "/", "").splitlines()
    found = sorted((int(line.split(":")[1]), line.partition(": ")[2]) for line in lines)
    assert [(number, text.partition(";")[0]) for number, text in found] == [
        (2, "holidays: there is no holiday calendar 'XX'"),
        (2, "markets.MZ.currency: 'meticais' does not have the form of a currency"),
        (8, "components.till-mz.needs.1: 7 is not a text"),
        (8, "no component is called leger"),
        (10, "components.till-mz.checks.front.every: 5 is not a text"),
        (10, "till-mz/front: no adapter htp"),
        (11, "components.till-mz.checks.back: adapter is missing"),
        (12, "no component is called lgder"),
        (16, "no market is called XX"),
        (17, "no component is called leger"),
        (18, "components.kiosk-{cc}.heartbeats.settle.every: 7 is not a text"),
    ]
    assert "write a duration with its unit, such as 30s or 1h30m" in str(caught.value)
    with pytest.raises(BadEstate) as caught:
        read(files, check_faults)
    assert "torn.yaml:1: not YAML" in str(caught.value)
    assert "no adapter htp" in str(caught.value), "a torn file hides nothing but names it may hold"
    assert "leger is" not in str(caught.value)


def test_a_name_that_stands_twice_hides_no_other_fault(tmp_path: Path) -> None:
    with pytest.raises(BadEstate) as caught:
        read([write(tmp_path, GOOD), write(tmp_path, BESIDE, "more.yaml")], check_faults)
    said = str(caught.value)
    for each in ("12: till-mz stands twice", "2: markets.MZ.currency", "18: components.kiosk"):
        assert f"more.yaml:{each}" in said
    assert "no component is called lgder" in said


@pytest.mark.parametrize(
    ("holidays", "fault"),
    [
        pytest.param("{country: XX}", "there is no holiday calendar 'XX'; name", id="country"),
        pytest.param("{categories: [lunar]}", "no category lunar", id="category"),
        pytest.param("{add: {2026-02-30: x}}", "2026-02-30 is no day", id="day"),
    ],
)
def test_holidays_that_cannot_be_reckoned(tmp_path: Path, holidays: str, fault: str) -> None:
    text = GOOD.replace("currency: KES", f"currency: KES, holidays: {holidays}")
    (line,) = faults(tmp_path, text)
    assert line.startswith("estate.yaml:2: holidays: ")
    assert fault in line


def test_a_circle_is_refused_with_its_way_round(tmp_path: Path) -> None:
    text = GOOD.replace("criticality: vital}", "needs: [api-ke]}")
    [line] = faults(tmp_path, text)
    assert line == (
        "estate.yaml:13: components need each other in a circle: ledger -> api-ke -> ledger; "
        "remove the edge that is not true"
    )


def test_a_thousand_deep_chain_is_no_circle() -> None:
    chain = [Dependency(str(n), str(n + 1)) for n in range(5_000)]
    assert cycle_in(chain) == []
    assert cycle_in([*chain, Dependency("5000", "0")])[0] == "0"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: [", id="not YAML"),
        pytest.param("- a list", id="a list"),
        pytest.param("a: &x [1]\nb: *x", id="aliases"),
        pytest.param("markets: []", id="wrong kind"),
        pytest.param("components: {x: !!python/object:os.system {}}", id="a tag"),
        pytest.param("[" * 5_000, id="very deep"),
        pytest.param("components: {x: {name: 2026-99-99, kind: y}}", id="not a date"),
    ],
)
def test_hostile_files_are_refused_in_words(tmp_path: Path, text: str) -> None:
    assert all(line.startswith("estate.yaml") for line in faults(tmp_path, text))


def test_other_encodings_and_missing_files_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_bytes("markets: {KE: {name: Moçambique}}".encode("latin-1"))
    with pytest.raises(BadEstate, match="not UTF-8.*\n.*No such file"):
        read([path, tmp_path / "nowhere.yaml"])


def test_checks_are_asked_about_by_those_who_run_them(tmp_path: Path) -> None:
    with pytest.raises(BadEstate, match="estate.yaml:12: http has no colour"):
        read([write(tmp_path, GOOD)], lambda check: [f"{check.adapter} has no colour"])


MUTING = """\
inhibitions:
  critical-over-warning:
    source: {severity: critical}
    target: {severity: warning, alertname: "~.*Low"}
    equal: [country, service]
"""


def test_inhibitions_become_values_and_are_kept(tmp_path: Path) -> None:
    found = read([write(tmp_path, GOOD), write(tmp_path, MUTING, "muting.yaml")], None, faults_of)
    rule = Inhibition(
        "critical-over-warning",
        {"severity": "critical"},
        {"severity": "warning", "alertname": "~.*Low"},
        ("country", "service"),
    )
    assert found.inhibitions["critical-over-warning"] == rule
    kept = estate_of(1, [(kind, body_of(item)) for kind, item in found.items()])
    assert kept.inhibitions == found.inhibitions


@pytest.mark.parametrize(
    ("was", "now", "fault"),
    [
        pytest.param(
            "[country, service]",
            "[]",
            ":5: inhibitions.critical-over-warning.equal: [] should be non-empty",
            id="no equal",
        ),
        pytest.param(
            "    equal: [country, service]\n",
            "",
            ":2: inhibitions.critical-over-warning: equal is missing; add it",
            id="equal missing",
        ),
        pytest.param(
            "source: {severity: critical}",
            "source: {}",
            ":3: inhibitions.critical-over-warning.source: {} should be non-empty",
            id="source of everything",
        ),
        pytest.param(
            "~.*Low",
            "~(",
            ":2: critical-over-warning: target: the regular expression '(' is not valid RE2 syntax",
            id="an expression that is none",
        ),
        pytest.param(
            "severity: critical",
            "severity: page",
            ":2: critical-over-warning: source: no severity is page; it is one of critical, error, warning, info",
            id="a severity that is none",
        ),
        pytest.param(
            'target: {severity: warning, alertname: "~.*Low"}',
            "target: {severity: critical}",
            ":2: critical-over-warning: source and target are the same",
            id="both sides the same",
        ),
        pytest.param(
            "equal:",
            "equals:",
            ":2: inhibitions.critical-over-warning: equals is not known here; known are source, target, equal",
            id="a misspelt field",
        ),
    ],
)
def test_a_bad_inhibition_is_named_with_its_line(
    tmp_path: Path, was: str, now: str, fault: str
) -> None:
    assert was in MUTING
    path = write(tmp_path, MUTING.replace(was, now))
    with pytest.raises(BadEstate) as caught:
        read([path], None, faults_of)
    assert fault in str(caught.value).replace(str(path), "")


def test_a_bad_expression_in_match_is_named_once_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace(
        'match: [{service: pay, country: "{CC}"}]',
        'match:\n      - {service: "~pay.*"}\n      - service: "~pay("\n        country: "{CC}"',
    )
    path = write(tmp_path, text)
    with pytest.raises(BadEstate) as caught:
        read([path], None, None, value_fault)
    (fault,) = str(caught.value).replace(str(path), "").splitlines()
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "pay(" in each)
    assert fault.startswith(f":{line}: match service: the regular expression 'pay(' is not valid")


def test_a_good_expression_in_match_is_taken(tmp_path: Path) -> None:
    text = GOOD.replace("{service: pay, ", '{service: "~pay-(in|out)", ')
    found = read([write(tmp_path, text)], None, None, value_fault)
    assert found.components["api-ke"].match == ({"service": "~pay-(in|out)", "country": "KE"},)
