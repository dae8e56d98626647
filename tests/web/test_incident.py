"""The page of one incident: what its state allows, what people write, merge and split."""

import re
from datetime import timedelta

import pytest

from incidents import actions, queries
from incidents.clock_actions import start_clocks
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import Conflict
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn


@pytest.fixture
def one(console: Runtime) -> Runtime:
    """Give one open incident at core-ke, with clocks, and another at core-tz."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "app-ke > core-ke > db-ke, core-tz")
        start_clocks(work, factories.incident(work), ["KE"])
        factories.incident(work, ["TZ"], component="core-tz", title="Core TZ", priority=Priority.P2)
    return console


MOVES = ("acknowledge", "mitigate", "resolve", "close", "reopen")


def offered_by(page: str) -> str:
    """Return the moves that have a button on the page."""
    return "|".join(each for each in MOVES if f'="/incidents/1/{each}"' in page)


@pytest.mark.parametrize(
    ("moves", "offered"),
    [
        pytest.param([], "acknowledge|resolve", id="open"),
        pytest.param(["acknowledge"], "mitigate|resolve", id="acknowledged"),
        pytest.param(["acknowledge", "mitigate"], "resolve", id="mitigated"),
        pytest.param(["resolve"], "close|reopen", id="resolved"),
        pytest.param(["resolve", "close"], "reopen", id="closed"),
    ],
)
def test_the_buttons_are_what_the_lifecycle_offers(
    one: Runtime, as_person: SignIn, moves: list[str], offered: str
) -> None:
    client = as_person(people.OPERATOR)
    for move in moves:
        assert client.post(f"/incidents/1/{move}", data={"reason": "done"}).status_code == 303
    page = client.get("/incidents/1").text
    assert offered_by(page) == offered


def test_an_auditor_reads_and_touches_nothing(one: Runtime, as_person: SignIn) -> None:
    client = as_person(people.AUDITOR)
    page = client.get("/incidents/1").text
    assert offered_by(page) == ""
    assert "<textarea" not in page
    for move in ("acknowledge", "mitigate", "close", "note", "resolve", "assign"):
        given = {"text": "x", "reason": "x", "owner": "x"}
        assert client.post(f"/incidents/1/{move}", data=given).status_code == 403, move


def test_what_does_not_fit_any_more_is_a_friendly_409(one: Runtime, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    client.post("/incidents/1/acknowledge")
    answer = client.post("/incidents/1/acknowledge")
    assert answer.status_code == 409
    assert "That does not fit any more" in answer.text
    assert 'href="/incidents/1"' in answer.text


@pytest.mark.parametrize(
    ("path", "given", "status", "words"),
    [
        ("reopen", {"reason": "again"}, 409, "cannot reopen"),
        ("priority", {"priority": "P1", "reason": ""}, 400, "The reason is empty"),
        ("priority", {"priority": "P7", "reason": "x"}, 400, "There is no priority"),
        ("role", {"role": "captain", "person": "x"}, 400, "No role"),
        ("pause", {"clock": "*", "party": "nobody", "reason": "x"}, 400, "No party"),
        ("pause", {"clock": "*", "party": "vendor", "reason": ""}, 400, "The reason is empty"),
        ("resume", {"clock": "*", "party": "vendor"}, 409, "waits for vendor"),
        ("dispute", {"pause": "", "reason": "x"}, 400, "No pause was chosen"),
        ("dispute", {"pause": "99", "reason": "x"}, 400, "has no pause 99"),
        ("dispute", {"pause": "9" * 30, "reason": "x"}, 400, "No pause was chosen"),
        ("move", {"k": "zz", "into": "2"}, 400, "No alert was chosen"),
        ("split", {}, 400, "Nothing was chosen"),
    ],
)
def test_what_cannot_be_done_is_said_above_the_same_fields(
    one: Runtime, as_person: SignIn, path: str, given: dict[str, str], status: int, words: str
) -> None:
    answer = as_person(people.MANAGER).post(f"/incidents/1/{path}", data=given)
    assert answer.status_code == status
    assert words.lower() in answer.text.lower()
    assert "<form" in answer.text or status == 409


def test_notes_updates_roles_and_priority(one: Runtime, as_person: SignIn) -> None:
    client = as_person(people.MANAGER)
    client.post("/incidents/1/note", data={"text": "first line\nsecond line", "kind": "note"})
    client.post("/incidents/1/note", data={"text": "we work on it", "kind": "update"})
    client.post("/incidents/1/role", data={"role": "scribe", "person": "Zodwa"})
    client.post("/incidents/1/priority", data={"priority": "P3", "reason": "few use it at night"})
    page = client.get("/incidents/1").text
    for words in ("first line\nsecond line", "we work on it", "<bdi>Zodwa</bdi>", "few use it"):
        assert words in page
    assert "medium" in page
    assert client.post("/incidents/1/note", data={"text": "  "}).status_code == 400


@pytest.mark.parametrize("kind", ["note", "update"])
@pytest.mark.parametrize(
    ("person", "refusal", "status"),
    [
        pytest.param(people.AUDITOR, None, 403, id="may not"),
        pytest.param(people.OPERATOR, Conflict("somebody was faster; look again"), 409, id="late"),
    ],
)
def test_what_was_typed_is_kept_when_it_is_refused(
    one: Runtime,
    as_person: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    person: str,
    refusal: Conflict | None,
    status: int,
) -> None:
    def late(*_: object) -> None:
        assert refusal is not None
        raise refusal

    if refusal is not None:
        monkeypatch.setattr(actions, kind, late)
    given = {"text": "twenty <lines> of work", "kind": kind}
    answer = as_person(person).post("/incidents/1/note", data=given)
    assert answer.status_code == status
    assert ">twenty &lt;lines&gt; of work</textarea>" in answer.text
    assert f'name="kind" value="{kind}"' in answer.text


@pytest.mark.parametrize("path", ["/incidents/1/assign", "/triage/assign"])
@pytest.mark.parametrize(
    ("owner", "status"),
    [
        pytest.param("ghost", 400, id="nobody of that name"),
        pytest.param(people.AUDITOR, 400, id="who may only read"),
        pytest.param("desk-ke", 303, id="of that market"),
        pytest.param("", 303, id="nobody"),
    ],
)
def test_only_people_who_may_work_there_are_assigned(
    one: Runtime, as_person: SignIn, path: str, owner: str, status: int
) -> None:
    client = as_person(people.OPERATOR)
    assert '<option value="desk-ke">' in client.get(f"{path}?i=1").text
    answer = client.post(path, data={"owner": owner, "i": "1"})
    assert answer.status_code == status
    assert (f"No person named {owner} may work in" in answer.text) is (status == 400)
    with one.view(SYSTEM) as work:
        assert queries.line_of(work, 1).owner == (owner if status == 303 else "")


def test_merge_ends_the_other_and_says_where_it_went(one: Runtime, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    assert client.post("/triage/merge", data={"i": ["1", "2"], "into": ""}).status_code == 400
    answer = client.post("/triage/merge", data={"i": ["1", "2"], "into": "1"})
    assert answer.headers["Location"] == "/incidents/1"
    assert "INC-1" in client.get("/incidents/2").text
    assert "merged into" in client.get("/incidents/2").text.lower()


def test_the_whole_story_by_kind(one: Runtime, as_person: SignIn) -> None:
    with one.work(SYSTEM) as work:
        actions.note(work, 1, "by the machine")
    client = as_person(people.OPERATOR)
    client.post("/incidents/1/note", data={"text": "by a person"})
    everything = client.get("/incidents/1/timeline").text
    people_only = client.get("/incidents/1/timeline?kind=people").text
    assert "by the machine" in everything
    assert "by a person" in everything
    assert "by a person" in people_only
    assert "by the machine" not in people_only


@pytest.mark.parametrize("path", ["/incidents/99", "/incidents/99/resolve", "/incidents/x"])
def test_there_is_no_such_incident(one: Runtime, as_person: SignIn, path: str) -> None:
    assert as_person(people.OPERATOR).get(path).status_code == 404


def test_a_disputed_pause_is_shown_both_ways(
    one: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    client = as_person(people.MANAGER)
    assert "/incidents/1/dispute" not in client.get("/incidents/1").text, "there is no pause yet"
    client.post("/incidents/1/pause", data={"clock": "*", "party": "vendor", "reason": "<logs>?"})
    clock.advance(timedelta(hours=30))
    client = as_person(people.MANAGER)
    client.post("/incidents/1/resume", data={"clock": "*", "party": "vendor", "reason": "here"})
    assert "/incidents/1/dispute" in client.get("/incidents/1").text
    form = client.get("/incidents/1/dispute").text
    options = re.findall(r'<option value="(\d+)">([^<]+)<', form)
    assert [words.partition(",")[0] for _, words in options] == [
        "Response",
        "Next update",
        "Resolve",
    ]
    number, words = options[-1]
    assert "vendor: &lt;logs&gt;? (by incident-manager)" in words
    given = {"pause": number, "reason": "they had them at ten"}
    assert client.post("/incidents/1/dispute", data=given).status_code == 303
    page = client.get("/incidents/1").text
    assert "Without the disputed pause:" in page
    assert "Disputed: <bdi>from" in page
    assert "over" in page.partition("Without the disputed pause:")[2].partition("</p>")[0]
    assert f'value="{number}"' not in client.get("/incidents/1/dispute").text, (
        "it is disputed already"
    )
    assert "they had them at ten" in page, "the timeline has the reason"
    assert as_person(people.AUDITOR).post("/incidents/1/dispute", data=given).status_code == 403


def test_one_market_of_several_may_write_a_note_and_nothing_else(
    console: Runtime, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core")
        number = factories.incident(work, ["KE", "TZ"], component="core").id
    page = as_person("desk-ke").get(f"/incidents/{number}").text
    assert "Add note" in page
    assert "markets that your role does not cover" in page
    for offered in ("Send as update", "Resolve…", "Assign…", "Merge…"):
        assert offered not in page.partition("<main")[2].partition("</main")[0]
    assert "Send as update" in as_person("noc-operator").get(f"/incidents/{number}").text


def test_text_of_other_scripts_carries_its_language(console: Runtime, as_person: SignIn) -> None:
    title, note = "بوابة بطاقات الدفع بطيئة", "የክፍያ አገልግሎት አይሠራም"
    with console.work(SYSTEM) as work:
        made = factories.incident(work, title=title)
        actions.note(work, made.id, note)
    page = as_person(people.OPERATOR).get("/incidents/1").text
    assert f'<h1><bdi lang="ar">{title}</bdi></h1>' in page
    assert f'<bdi class="said" lang="am">{note}</bdi>' in page
    assert 'dir="auto"' in page.partition('id="e-text"')[2].partition(">")[0]


def test_with_no_pause_there_is_nothing_to_dispute(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.incident(work)
    page = as_person(people.OPERATOR).get("/incidents/1/dispute").text
    assert "No pause of this incident is left to dispute." in page
    assert "<select" not in page.partition("<main")[2]
    assert 'class="button main"' not in page
