"""The form of waves: planned without YAML, every press posts the draft back, faults by fields."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from changes.gates.rules import definition
from changes.policy import policy_of
from changes.rollouts.queries import rollouts
from changes.rollouts.rules import drafting
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.rollouts import story
from tests.web.conftest import SignIn
from tests.web.counting import statements
from web.rollouts import plan_fields

PLANNER = "change-manager"
Fields = dict[str, list[str]]


def change_of(console: Runtime, **given: Any) -> int:
    begins = console.clock.now() + 96 * story.H
    submitted = {"submitted_at": begins - 96 * story.H, "starts_at": begins}
    return story.stored(console, ends_at=begins + 48 * story.H, **submitted, **given)


def fields_in(page: str) -> Fields:
    """Return what a browser would send of the page's form, as it was drawn."""
    found: Fields = {}
    body = page[page.index("<form method") :]
    for tag in re.finditer(r"<(input|select|textarea)\b([^>]*)>(.*?)(?=<|$)", body, re.DOTALL):
        name = re.search(r'\bname="([^"]*)"', tag[2])
        value = re.search(r'\bvalue="([^"]*)"', tag[2])
        if not name or name[1] in {"csrf_token", "do"}:
            continue
        is_box = 'type="checkbox"' in tag[2]
        if tag[1] == "input" and (not is_box or " checked" in tag[2]):
            found.setdefault(name[1], []).append(value[1] if value else "")
        elif tag[1] == "textarea":
            found.setdefault(name[1], []).append(tag[3])
        elif tag[1] == "select":
            whole = body[tag.start() : body.index("</select>", tag.start())]
            options = re.findall(r'<option value="([^"]*)"( selected)?>', whole)
            picked = [each for each, is_it in options if is_it] or [e for e, _ in options][:1]
            found.setdefault(name[1], []).extend(picked)
    unescaped = {"&#34;": '"', "&#39;": "'", "&gt;": ">", "&lt;": "<", "&amp;": "&"}
    pattern = re.compile("|".join(unescaped))
    return {
        name: [pattern.sub(lambda hit: unescaped[hit[0]], each) for each in values]
        for name, values in found.items()
    }


def post(web: FlaskClient, path: str, form: Fields, do: str, **over: object) -> Any:
    more = {name.replace("__", "-"): value for name, value in over.items()}
    given = MultiDict({**form, **{k: v if isinstance(v, list) else [v] for k, v in more.items()}})
    given["do"] = do
    return web.post(path, data=given)


def test_waves_are_planned_without_a_word_of_yaml(console: Runtime, as_person: SignIn) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    begun = web.get(path).text
    assert '<textarea id="e-waves"' not in begun
    form = fields_in(begun)
    assert form["w1-metric1-figure"] == ["99.0"], "the limits of the template are shown"
    assert form["w1-metric1-delay"] == ["5m"], "its window sees nothing from before"
    assert "brings nothing new" not in begun
    assert "looks back to before" not in begun
    early = post(web, path, form, "look", **{"w1-metric1-delay": "1m"}).text
    assert "looks back to before the gate began" in early
    added = post(web, path, form, "add")
    assert added.status_code == 200
    assert "Wave 4" in added.text
    dropped = fields_in(post(web, path, fields_in(added.text), "drop-2").text)
    assert dropped["w2-name"] == ["everybody"]
    own = {f"w{at}-metric1-source": "series" for at in (1, 2, 3)}
    own |= {f"w{at}-metric1-series": "core/kpi success_percent" for at in (1, 2, 3)}
    kept = post(
        web,
        path,
        dropped,
        "keep",
        **own,
        **{"w3-name": "the rest", "w1-metric1-figure": "99.2", "w1-task1-title": "Load the menu"},
    )
    assert kept.status_code == 303, re.findall(r"nothing was kept.{0,600}", kept.text)
    found = story.look(console, 1)
    assert [each.name for each in found.waves] == ["first customers", "everybody", "the rest"]
    assert [each.title for each in found.waves[0].tasks] == ["Load the menu"]
    metric = found.waves[0].gate["metrics"][0]
    assert metric["success_condition"] == "result[0] >= 99.2"
    assert metric["provider"] == {"samples": {"check": "core/kpi", "sample": "success_percent"}}


def test_a_plan_goes_through_the_form_unchanged(console: Runtime, as_person: SignIn) -> None:
    """What fields cannot say goes along: other providers, conditions of parts, error limits."""
    odd = {
        **story.metric("odd", success_condition="result[0] >= 99.0 and samples > 3"),
        "consecutive_error_limit": 7,
        "baseline": {"lowest": -0.5, "highest": 2, "by": "percent"},
        "min_samples": 12.5,
    }
    asked = {"name": "paid", "provider": {"manual": "Paid?"}, "success_condition": "result == 1"}
    watch = {"metrics": [story.metric(count=None)]}
    number = story.planned(
        console,
        {"name": "staff", "gate": {"metrics": [odd, asked]}, "automatic": True, "percent": 7},
        {
            "name": "rest",
            "cohorts": [{"name": "c", "attribute": "group", "values": ["north to south", "007"]}],
            "not_before": "2026-12-24T08:00:30Z",
            "tasks": [{"title": "Load", "owner": "imre", "undo": "Unload"}],
        },
        watch_minutes=60,
        watch=watch,
    )
    before = drafting.draft_of(story.look(console, number))
    path, web = f"/roll-outs/{number}/plan", as_person(PLANNER)
    form = fields_in(web.get(path).text)
    kept = post(web, path, form, "keep")
    assert kept.status_code == 303, re.findall(r"nothing was kept.{0,600}", kept.text)
    after = drafting.draft_of(story.look(console, number))
    assert drafting.digest(after) == drafting.digest(before)


def test_text_and_fields_are_one_draft(console: Runtime, as_person: SignIn) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    text = post(web, path, fields_in(web.get(path).text), "text", **{"w1-name": "friends"})
    assert '<textarea id="e-waves"' in text.text
    written = fields_in(text.text)
    plan = yaml.safe_load(written["waves"][0])
    assert plan["waves"][0]["name"] == "friends"
    plan["waves"][0]["percent"] = 12
    back = post(web, path, {**written, "waves": [yaml.safe_dump(plan)]}, "fields")
    form = fields_in(back.text)
    assert (form["w1-name"], form["w1-percent"]) == (["friends"], ["12"])


@pytest.mark.parametrize(
    ("field", "value", "beside", "said"),
    [
        pytest.param("w1-percent", "ten", "w1-percent", "whole number from 1 to 100", id="share"),
        pytest.param("w2-soak", "-1", "w2-soak", "whole number from 0", id="soak"),
        pytest.param("w1-name", "", "w1-name", "has no name", id="title"),
        pytest.param("w2-name", "First CUSTOMERS", "w2-name", "name of an earlier", id="twice"),
        pytest.param("w1-not_before", "soon", "w1-not_before", "no date and time", id="start"),
        pytest.param("w2-cohort1-values", "180", "w2-cohorts", "stripes are 0 to 99", id="stripe"),
        pytest.param("w1-market", "CD", "w1-market", "the change touches", id="market"),
        pytest.param("w1-sites", "NOPE-1", "w1-sites", "sites that there are not: NOPE-1", id="s"),
        pytest.param("w1-metric1-figure", "abc", "w1-metric1-", "success_condition", id="limit"),
        pytest.param("w1-metric1-count", "", "w1-metric1-", "never pass", id="endless"),
        pytest.param("w1-metric1-interval", "often", "w1-metric1-", "interval", id="interval"),
        pytest.param("w1-metric1-samples", "few", "w1-metric1-", "expected a number", id="fewest"),
        pytest.param("w0-minutes", "60", "w0-minutes", "a length and a gate", id="watch"),
        pytest.param("w1-task1-owner", "imre", "w1-tasks", "has no title", id="task"),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_is_kept(  # noqa: PLR0913, PLR0917 (a table)
    console: Runtime, as_person: SignIn, field: str, value: str, beside: str, said: str
) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    refused = post(web, path, fields_in(web.get(path).text), "keep", **{field: value})
    assert refused.status_code == 400
    there = re.search(rf'id="{beside}-fault">(.*?)</ul>', refused.text, re.DOTALL)
    assert there, "no fault stands there"
    assert said in there[1]
    assert fields_in(refused.text)[field] == [value], "what was typed is still there"
    with console.view(SYSTEM) as work:
        assert not rollouts.listed(work)


def test_all_faults_are_told_at_once(console: Runtime, as_person: SignIn) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    odd: Mapping[str, str] = {"w1-percent": "0", "w2-name": "", "w3-metric1-count": ""}
    said = post(web, path, fields_in(web.get(path).text), "look", **odd).text
    for each in ("percent of wave 1", "Wave 2 has no name", "and the wave never pass"):
        assert each.casefold() in said.casefold(), each


def test_steps_of_the_change_are_taken_once(console: Runtime, as_person: SignIn) -> None:
    steps = [{"title": "Stop", "undo": "Go"}, {"title": "Load"}]
    path, web = f"/roll-outs/plan/{change_of(console, steps=steps)}", as_person(PLANNER)
    form = fields_in(post(web, path, fields_in(web.get(path).text), "steps-1").text)
    again = fields_in(post(web, path, form, "steps-1").text)
    assert (again["w1-task1-title"], again["w1-task2-title"]) == (["Stop"], ["Load"])
    assert again["w1-task1-undo"] == ["Go"]
    assert again["w1-task3-title"] == [""]


def test_a_measure_is_added_twice_under_two_names_and_taken_out(
    console: Runtime, as_person: SignIn
) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    form = fields_in(web.get(path).text)
    form = fields_in(post(web, path, form, "metric-1", **{"chosen-metric-1": "success"}).text)
    assert (form["w1-metric1-name"], form["w1-metric2-name"]) == (["success"], ["success-2"])
    form = fields_in(post(web, path, form, "unmetric-1-1").text)
    assert form["w1-metric1-name"] == ["success-2"]
    form = fields_in(post(web, path, form, "metric-0", **{"chosen-metric-0": "payments"}).text)
    assert form["w0-metric1-question"] == ["Two test payments done in {CC}?"]


def test_every_gate_that_came_along_can_be_read(console: Runtime) -> None:
    for key, each in policy_of(console.settings).gates.templates.items():
        read = definition.read({"metrics": each.definitions})
        assert all(one.count for one in read.metrics), key


@pytest.mark.parametrize("do", ["drop-9", "up-0", "sites-1", "metric-99", "x", "steps-", "-", ""])
def test_a_press_that_there_is_not_changes_nothing(
    console: Runtime, as_person: SignIn, do: str
) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    form = fields_in(web.get(path).text)
    answer = post(web, path, form, do, **{"chosen-sites-1": "x"})
    assert answer.status_code == 200
    assert fields_in(answer.text)["w1-name"] == form["w1-name"]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"w1-metric1-as": "[" * 9_000}, id="deep"),
        pytest.param({"w1-metric1-as": '{"provider": 7, "name": [1]}', "w1-name": "x"}, id="odd"),
        pytest.param({"w99-name": "x", "w1-task999999-title": "x"}, id="far rows"),
        pytest.param({"zone": "Mars/Olympus", "w1-name": "x"}, id="zone"),
        pytest.param({"w1-name": "\x00", "w1-sites": "\ud800"}, id="signs"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_no_form_sends_is_refused_in_words(
    console: Runtime, as_person: SignIn, sent: dict[str, str]
) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    tidy = {name: value.encode("utf-8", "replace").decode() for name, value in sent.items()}
    assert web.post(path, data={**tidy, "do": "keep"}).status_code == 400


@pytest.mark.parametrize("name", ["auditor", "quality-lead", "desk-ke"])
def test_who_may_not_plan_has_no_form(console: Runtime, as_person: SignIn, name: str) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(name)
    assert web.get(path).status_code == 403
    assert web.post(path, data={"do": "keep"}).status_code == 403


def test_the_form_costs_the_same_however_many_waves(console: Runtime, as_person: SignIn) -> None:
    path, web = f"/roll-outs/plan/{change_of(console)}", as_person(PLANNER)
    form = fields_in(web.get(path).text)
    counted = []
    for _ in range(2):
        with statements(console.engine) as sent:
            form = fields_in(post(web, path, form, "add").text)
        counted.append(len(sent))
    assert counted[0] == counted[1] <= 40, counted


def test_numbers_in_a_row_are_typed_as_a_stretch() -> None:
    row = {"name": "c", "attribute": "stripe", "values": [*map(str, range(10)), "12", "0x", "007"]}
    shown = plan_fields.of_plain({"waves": [{"name": "a", "cohorts": [row]}]}, "UTC")
    assert shown.waves[0].cohorts[0]["values"] == "0-9, 12, 0x, 007"
