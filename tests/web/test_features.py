"""Features on their pages: who sees, who may, what bad input does, and what they cost."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from changes.features.actions import keeping
from changes.features.counting import Asked
from changes.features.queries import features
from changes.features.values import FeatureView
from changes.rollouts.queries import rollouts
from ssoc.accounts import actions
from ssoc.accounts.actions import NewPerson
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from ssoc.monitoring.models import SampleRow, Series
from tests.changes.features import story
from tests.changes.features.story import KEY
from tests.web.conftest import SignIn
from tests.web.counting import statements
from tests.web.test_runs import text_of
from web.rollouts import features_panel

PAGE = f"/roll-outs/features/{KEY}"
MANAGER, OPERATOR, AUDITOR = "change-manager", "noc-operator", "auditor"
NEW = {
    "key": "limits",
    "title": "Higher limits",
    "kind": "object",
    "on": '{"most": 5}',
    "off": "{}",
    "adoption": "api-{cc}/http/limits",
}


def look(runtime: Runtime, key: str = KEY) -> FeatureView:
    with runtime.view(SYSTEM) as work:
        return features.feature(work, key)


def test_from_new_to_its_end(console: Runtime, as_person: SignIn) -> None:
    number = story.feature(console)
    web = as_person(MANAGER)
    assert "ROL-" in web.get("/roll-outs/features/new").text
    made = web.post("/roll-outs/features/new", data=NEW | {"rollout_id": str(number)})
    assert (made.status_code, made.location) == (303, "/roll-outs/features/limits")
    assert look(console, "limits").on == {"most": 5}
    assert "limits" in text_of(web, "/roll-outs/features")
    shown = text_of(web, PAGE)
    assert "TZ segment staff" in shown
    assert "KE segment staff; 10 % of customers" in shown
    assert "Nobody has asked for it" in shown
    ended = web.post(f"{PAGE}/end", data={"reason": "everybody has it"})
    assert ended.status_code == 303
    assert "everybody has it" in text_of(web, PAGE)
    assert "Force off" not in text_of(web, PAGE)


def test_what_is_forced_off_everywhere_is_on_in_no_step(
    console: Runtime, as_person: SignIn
) -> None:
    story.feature(console)
    web = as_person(OPERATOR)
    assert ">on</td>" in web.get(PAGE).text
    web.post(f"{PAGE}/kill", data={"market": [*look(console).markets], "reason": "double debits"})
    steps = re.findall(r'data-label="Flag">(.*?)</td>', web.get(PAGE).text)
    assert steps
    assert "on" not in steps


def test_forced_off_and_let_go_on(console: Runtime, as_person: SignIn) -> None:
    story.feature(console)
    operator, manager = as_person(OPERATOR), as_person(MANAGER)
    assert "Let it go on" not in operator.get(PAGE).text
    asked = operator.get(f"{PAGE}/kill").text
    assert len(re.findall(r'name="market"[^>]* checked', asked)) == 2
    done = operator.post(f"{PAGE}/kill", data={"market": "KE", "reason": "double debits"})
    assert done.status_code == 303
    shown = text_of(operator, PAGE)
    assert "Forced off in KE by noc-operator" in shown
    assert "forced off" in text_of(operator, "/roll-outs/features")
    assert "forced off in KE, else on" in shown
    refused = operator.post(f"{PAGE}/lift", data={"market": "KE", "reason": "mended"})
    assert refused.status_code == 403
    assert manager.post(f"{PAGE}/lift", data={"market": "KE", "reason": ""}).status_code == 400
    assert look(console).killed == {"KE"}
    assert manager.post(f"{PAGE}/lift", data={"market": "KE", "reason": "ok"}).status_code == 303
    assert look(console).killed == set()
    assert "let go on by change-manager" in text_of(operator, PAGE)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/roll-outs/features", 200),
        (PAGE, 200),
        ("/roll-outs/features/new", 403),
        (f"{PAGE}/kill", 403),
        (f"{PAGE}/lift", 403),
        (f"{PAGE}/end", 403),
    ],
)
def test_an_auditor_looks_and_does_nothing(
    console: Runtime, as_person: SignIn, path: str, status: int
) -> None:
    story.feature(console)
    web = as_person(AUDITOR)
    assert web.get(path).status_code == status
    assert "…</a>" not in web.get(PAGE).text


def test_another_market_sees_nothing_of_it(console: Runtime, as_person: SignIn) -> None:
    story.feature(console)
    with console.work(SYSTEM) as work:
        actions.add_person(
            work, NewPerson("gifty", "Gifty", "a long enough word", ((Role.NOC_OPERATOR, "GH"),))
        )
    web = as_person("gifty")
    assert KEY not in web.get("/roll-outs/features").text
    for path in (PAGE, f"{PAGE}/kill"):
        assert web.get(path).status_code == 404
    assert web.post(f"{PAGE}/kill", data={"market": "KE", "reason": "x"}).status_code == 404
    desk = as_person("desk-ke")
    assert desk.get(PAGE).status_code == 200, "who sees one market sees the whole"
    refused = desk.post(f"{PAGE}/kill", data={"market": ["KE", "TZ"], "reason": "x"})
    assert refused.status_code == 403
    assert look(console).killed == set()


BAD = [
    ({"key": "A b"}, "a key has"),
    ({"kind": "float"}, "the kind is one of"),
    ({"on": "{"}, "the value for on is no JSON object"),
    ({"rollout_id": "x"}, "choose the roll-out"),
    ({"rollout_id": "9" * 30}, "choose the roll-out"),
    ({"title": "x" * 999}, "a title of"),
    ({"errors": "x"}, "errors is check/sample"),
    ({"key": KEY}, "there is or was"),
]


@pytest.mark.parametrize(("given", "said"), BAD)
def test_a_bad_form_is_asked_again_with_what_was_typed(
    console: Runtime, as_person: SignIn, given: dict[str, str], said: str
) -> None:
    number = story.feature(console)
    web = as_person(MANAGER)
    answer = web.post("/roll-outs/features/new", data=NEW | {"rollout_id": str(number)} | given)
    assert answer.status_code in {400, 409}
    assert said.lower() in text_of_answer(answer.text)
    assert "api-{cc}/http/limits" in answer.text
    with console.view(SYSTEM) as work:
        assert [each.key for each in features.listed(work)] == [KEY]


def text_of_answer(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).lower()


@pytest.mark.parametrize("data", [{}, {"market": "XX", "reason": "x"}, {"market": "KE"}])
def test_a_bad_kill_forces_nothing_off(
    console: Runtime, as_person: SignIn, data: dict[str, str]
) -> None:
    story.feature(console)
    assert as_person(OPERATOR).post(f"{PAGE}/kill", data=data).status_code == 400
    assert as_person(OPERATOR).get("/roll-outs/features/none").status_code == 404
    assert look(console).killed == set()


def test_curves_with_the_starts_of_waves(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    story.feature(console, adoption="app-{cc}/savings/share", errors="app-{cc}/savings/failed")
    samples(console, clock, "app-ke/savings", "share", [0.0, 1.0, 2.5])
    web = as_person(OPERATOR)
    page = web.get(PAGE).text
    assert "Adoption is 2.50, 0 when wave “10 %” began." in page
    assert '"text":"10 %"' in page
    assert "No sample was stored for errors in KE, adoption in TZ and errors in TZ." in page
    desk = as_person("desk-ke").get(PAGE).text
    assert "No sample was stored for errors in KE. TZ not shown: your role covers KE." in desk
    assert "sha256-47DEQpj8" in web.get(PAGE).headers["Content-Security-Policy"]
    clock.advance(timedelta(days=3))
    web = as_person(OPERATOR)
    assert web.get(PAGE).status_code == 200, "from hours when it is long ago"


def samples(
    runtime: Runtime, clock: FrozenClock, check: str, name: str, values: list[float]
) -> None:
    """Store one value a minute, the first now."""
    with runtime.work(SYSTEM) as work:
        row = Series(check=check, component="app", market="KE", name=name, labels="{}", unit="%")
        work.session.add(row)
        work.session.flush()
        for minute, value in enumerate(values):
            at = work.now + minute * timedelta(minutes=1)
            work.session.add(SampleRow(series_id=row.id, at=at, value=value))
    clock.advance(len(values) * timedelta(minutes=1))


def test_who_asked_by_hour(console: Runtime, clock: FrozenClock, as_person: SignIn) -> None:
    story.feature(console)
    asked = Asked(console)
    for number in range(4):
        asked.count(look(console).id, "KE", number == 0, clock.now())
    asked.flush()
    assert "KE 4 25.0 %" in text_of(as_person(OPERATOR), PAGE).replace("\u00a0", " ")


def test_a_page_costs_the_same_with_many(console: Runtime, as_person: SignIn) -> None:
    number = story.feature(console, adoption="app-{cc}/savings/share")
    web = as_person(OPERATOR)
    web.get(PAGE)

    def costs(client: FlaskClient) -> list[int]:
        found = []
        for path in (PAGE, "/roll-outs/features"):
            with statements(console.engine) as counted:
                assert client.get(path).status_code == 200
            found.append(len(counted))
        return found

    before = costs(web)
    with console.work(story.PLANNER) as work:
        for each in range(6):
            keeping.make(work, story.draft(number, key=f"other-{each}"))
            keeping.kill(work, f"other-{each}", ["KE"], "x")
        keeping.kill(work, KEY, ["KE", "TZ"], "x")
    assert costs(web) == before
    assert max(before) <= 24


def test_the_panel_on_the_page_of_the_roll_out(console: Runtime) -> None:
    number = story.feature(console)
    with console.view(SYSTEM) as work:
        shown = features_panel.panel(work, rollouts.rollout(work, number))
    assert shown is not None
    [(view, markets)] = shown
    assert view.key == KEY
    assert [(each.code, each.is_killed) for each in markets] == [("KE", False), ("TZ", False)]
