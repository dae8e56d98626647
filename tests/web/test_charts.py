"""Charts: figures plotly accepts, marks by verdict, a table that says the same, safe in a page."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.web.conftest import SignIn
from web import charts, plotting
from web.charts import Chart, Fan, Line, Mark, Measured, Verdict
from web.hardening import POLICY

START = datetime(2026, 11, 24, 12, 20, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def measured() -> list[Measured]:
    """Return twelve measurements of Tanzania: three failed, one without data, one unsure."""
    values: list[float | None] = [99.4, 99.3, 99.5, 99.2, 98.7, 99.1, 98.5, 99.2, 99.3, None, 99.1]
    found = []
    for number, value in enumerate([*values, 98.1]):
        judged = Verdict.PASSED
        if value is None:
            judged = Verdict.NO_DATA
        elif value < 99:
            judged = Verdict.FAILED
        found.append(Measured(START + number * FIVE, value, judged, 99.0, 99.6, 4_200))
    found[7] = Measured(found[7].at, 99.2, Verdict.UNSURE, 99.0, 99.6, 4_200, "between both limits")
    return found


def evidence() -> Chart:
    return charts.evidence(
        "Success rate, Tanzania",
        "Three of twelve failed; two are tolerated.",
        "%",
        measured(),
        [Mark(START, "Wave 2"), Mark(START + 9 * FIVE, "Wave <3>")],
    )


def paused() -> Chart:
    """Return a series of which nothing was measured for 20 minutes, one in 10 seconds before."""
    moments = [START + timedelta(seconds=each) for each in (0, 10, 20, 30, 1230, 1240)]
    points = [Measured(at, 99.2, limit=99.0) for at in moments]
    return charts.evidence("t", "f", "%", points, every=timedelta(seconds=10))


def curves() -> Chart:
    days = [START + timedelta(days=each) for each in range(5)]
    return charts.lines(
        "Adoption",
        "Kenya is ahead of Ghana.",
        "%",
        [
            Line("KE", list(zip(days, [0, 4, 9, 12, 18], strict=True))),
            Line("GH", list(zip(days, [0, 3, None, 11, 17], strict=True)), is_main=False),
        ],
        [Mark(days[1], "10 %")],
    )


def accepted() -> Chart:
    days = [START + timedelta(weeks=each) for each in range(12)]
    return charts.burn_up(
        "Accepted sites",
        "212 of 600 are accepted; nine in ten forecasts end by 22 Mar.",
        [(at, 40.0 * each) for each, at in enumerate(days[:6])],
        [(days[0], 0), (days[5], 300), (days[-1], 600)],
        Fan(days[5:], [200 + 50 * n for n in range(7)], [200.0] * 7, [600.0] * 7),
    )


def empty() -> Chart:
    return charts.evidence("Nothing yet", "No measurement yet.", "", [])


def traces(chart: Chart) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in chart.figure["data"]}


@pytest.mark.parametrize("make", [evidence, curves, accepted, empty, paused])
def test_plotly_accepts_the_figure(make: Any) -> None:
    from plotly.graph_objects import Figure  # heavy: only where it is held against its schema

    Figure(json.loads(str(make().json)))


def test_every_judgement_has_a_mark_of_its_own() -> None:
    found = traces(evidence())
    assert found["failed"]["marker"]["symbol"] == "square"
    assert found["failed"]["marker"]["color"] == "var(--p1-fill)"
    assert found["failed"]["y"] == [98.7, 98.5, 98.1]
    assert found["passed"]["marker"]["symbol"] == "circle"
    assert len(found["passed"]["x"]) == 7
    assert found["unsure"]["marker"]["symbol"] == "diamond"
    assert found["no data"]["x"] == ["2026-11-24 13:05:00"]
    assert found["no data"]["marker"]["pattern"]["shape"] == "/"
    assert found["no data"]["width"] == 0.8 * 5 * 60_000
    assert found["value"]["y"][9] is None, "the line is cut where nothing was measured"
    assert found["limit"]["line"]["dash"] == "solid"
    assert found["usual"]["line"]["dash"] == "dash"


def test_the_line_is_broken_over_a_pause_and_the_pause_is_shaded() -> None:
    figure = paused().figure
    value = next(each for each in figure["data"] if each["name"] == "value")
    assert value["y"] == [99.2, 99.2, 99.2, 99.2, None, 99.2, 99.2]
    (shade,) = figure["layout"]["shapes"]
    assert (shade["x0"], shade["x1"]) == ("2026-11-24 12:20:30", "2026-11-24 12:40:30")
    assert shade["label"]["text"] == "not measured"
    assert len(paused().rows) == 6, "the table has what was measured and no more"
    steady = [each["type"] for each in evidence().figure["layout"]["shapes"]]
    assert steady == ["line", "line"], "a gap of one interval is none"


@pytest.mark.parametrize(
    ("seconds", "step"), [(30, 10_000), (90, 30_000), (240, 60_000), (600, None)]
)
def test_seconds_are_named_only_where_minutes_are_too_few(seconds: int, step: int | None) -> None:
    ends = [Measured(START, 1.0), Measured(START + timedelta(seconds=seconds), 1.0)]
    axis = charts.evidence("t", "f", "", ends).figure["layout"]["xaxis"]
    assert axis.get("dtick") == step
    assert axis["tickangle"] == 0


def test_lines_are_named_at_their_end_and_names_do_not_lie_on_each_other() -> None:
    said = {each["text"]: each for each in evidence().figure["layout"]["annotations"]}
    assert {"limit 99", "usual 99.6", "Wave 2", "Wave &lt;3&gt;"} == set(said)
    close = [
        Measured(START + n * FIVE, value, limit=99.0, usual=99.1)
        for n, value in enumerate((90.0, 99.9))
    ]
    shifts = [
        each["yshift"]
        for each in charts.evidence("t", "f", "%", close).figure["layout"]["annotations"]
    ]
    assert shifts == [0, -14]


def test_the_axis_of_time_ends_with_the_data() -> None:
    """A label at the edge must not widen it: the end of a line and its name stand together."""
    axis = evidence().figure["layout"]["xaxis"]
    assert axis["range"] == ["2026-11-24 12:18:21", "2026-11-24 13:16:39"]
    sides = {each["text"]: each["xanchor"] for each in evidence().figure["layout"]["annotations"]}
    assert (sides["Wave 2"], sides["Wave &lt;3&gt;"]) == ("left", "right")
    assert "range" not in empty().figure["layout"]["xaxis"]
    alone = charts.lines("Errors", "f", "", [Line("errors", [(START, 1.0)])])
    assert alone.figure["layout"]["annotations"] == []


def test_the_table_says_what_the_picture_shows() -> None:
    chart = evidence()
    assert len(chart.rows) == 12
    when, value, judged, limit, usual, samples = chart.rows[7]
    assert when.replace("\u00a0", " ") == "24 Nov 2026, 12:55:00 UTC"
    assert (value, limit, usual) == ("99.2\u00a0%", "99\u00a0%", "99.6\u00a0%")
    assert judged == "unsure: between both limits"
    assert samples == "4\u202f200"
    assert chart.rows[9][1:3] == ("–", "no data")
    assert curves().columns == ("Time", "KE", "GH")
    assert curves().rows[2][2] == "–"
    assert accepted().columns[-1] == "forecast"
    assert len(accepted().rows) == 12


def test_no_colour_but_the_tokens_stands_in_a_figure() -> None:
    text = json.dumps([each().figure for each in (evidence, paused, curves, accepted)])
    assert '"#' not in text
    assert "var(--plot-1)" in text


def test_a_name_cannot_end_the_data_block() -> None:
    chart = charts.lines("t", "f", "", [Line("</script><b>&", [(START, 1.0)])])
    assert "<" not in chart.json
    assert json.loads(str(chart.json))["data"][0]["name"] == "</script><b>&"


def test_plotly_comes_packed_and_may_be_kept(app: Flask) -> None:
    client = app.test_client()
    address = f"{plotting.ADDRESS}?v={plotting.release()}"
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(address)
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < 0.4 * len(plain.data)
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in packed.headers
    tag = packed.headers["ETag"]
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert again.status_code == 304
    assert client.get(plotting.ADDRESS).headers["Cache-Control"] == "no-cache"


def test_without_the_package_the_tables_remain(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotting, "find_spec", lambda _: None)
    assert app.test_client().get(plotting.ADDRESS).status_code == 404


def test_pages_without_a_chart_keep_the_strictest_policy(as_person: SignIn) -> None:
    answer = as_person("noc-operator").get("/triage")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "plotly" not in answer.text
