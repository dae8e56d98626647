"""Approve and refuse by page, link and API, as the people who may and those who may not."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from changes import approval_links
from changes.actions import delegating
from changes.actions.delegating import DelegationDraft
from changes.approval_links import Link
from changes.lifecycle import State
from changes.models import ApprovalAnswer, Change
from ssoc.accounts import actions as accounts
from ssoc.accounts import machines
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role, TokenScope
from ssoc.core.work import Runtime
from tests.changes.approving import OPS, actor, add_team, says, seen, submitted
from tests.web import people
from tests.web.counting import statements


@pytest.fixture
def console(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    keyed = people.with_key(runtime, monkeypatch)
    add_team(keyed)
    return keyed


def client(app: Flask, name: str) -> FlaskClient:
    return people.sign_in(app, name)


def choice(console: Runtime, number: int, stage: int = 1, whom: str = "") -> str:
    return f"{number}.{stage}.{seen(console, number)}.{whom}"


def answers(console: Runtime) -> list[tuple[str, str, bool, str]]:
    with console.view(SYSTEM) as work:
        rows = work.session.scalars(select(ApprovalAnswer).order_by(ApprovalAnswer.id))
        return [(each.person, each.on_behalf_of, each.yes, each.reason) for each in rows]


def state(console: Runtime, number: int) -> State:
    with console.view(SYSTEM) as work:
        return work.session.get_one(Change, number).state


def test_the_inbox_shows_what_waits_for_me_and_approves_the_chosen(
    console: Runtime, app: Flask
) -> None:
    first, second = submitted(console, title="First"), submitted(console, title="Second")
    olga = client(app, "olga")
    page = olga.get("/changes/approvals").text
    assert "First" in page
    assert "1 Operations" in page
    assert 'data-key="a"' in page
    assert 'data-key="r"' in page
    sent = {"do": "approve", "i": [choice(console, first), choice(console, second)]}
    after = olga.post("/changes/answers", data=sent, follow_redirects=True)
    assert f"CHG-{second}: yes noted; it is submitted." in after.text
    assert "Nothing waits for your answer" in after.text
    assert answers(console) == [("olga", "", True, "")] * 2


def test_reject_asks_why_and_then_refuses(console: Runtime, app: Flask) -> None:
    number = submitted(console)
    olga, sent = client(app, "olga"), {"do": "reject", "i": choice(console, number)}
    asked = olga.post("/changes/answers", data=sent)
    assert asked.status_code == 200
    assert "What must change, and why" in asked.text
    assert answers(console) == []
    empty = olga.post("/changes/answers", data={**sent, "reason": " "})
    assert "A refusal needs a reason" in empty.text
    done = olga.post("/changes/answers", data={**sent, "reason": "no undo"}, follow_redirects=True)
    assert "no noted; it is refused" in done.text
    assert answers(console) == [("olga", "", False, "no undo")]


def test_each_of_many_is_said_for_itself(console: Runtime, app: Flask) -> None:
    mine, other = submitted(console, requester="olga"), submitted(console)
    sent = {"do": "approve", "i": [choice(console, mine), choice(console, other)]}
    after = client(app, "olga").post("/changes/answers", data=sent, follow_redirects=True)
    assert "olga is its requester" in after.text
    assert f"CHG-{other}: yes noted" in after.text
    assert len(answers(console)) == 1


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"do": "approve"}, id="no change"),
        pytest.param({"do": "dance", "i": "1.1.x."}, id="no such answer"),
        pytest.param({"do": "approve", "i": "x"}, id="no choice"),
        pytest.param({"do": "approve", "i": "1.x.y."}, id="no stage"),
        pytest.param({"do": "approve", "i": "-1.1.y."}, id="negative"),
        pytest.param({"do": "approve", "i": "9" * 30 + ".1.y."}, id="too large a number"),
        pytest.param({"do": "approve", "i": "٣.1.y."}, id="digits of another script"),
        pytest.param({"do": "approve", "i": "999.1.y."}, id="no such change"),
        pytest.param({"do": "approve", "i": "1.99.{}."}, id="no such stage"),
        pytest.param({"do": "approve", "i": "1.0.{}."}, id="stage 0"),
        pytest.param({"do": "approve", "i": "1.1.deadbeef."}, id="another plan"),
        pytest.param({"do": "approve", "i": "1.1.{}.nobody"}, id="for nobody"),
        pytest.param({"do": "approve", "i": "1.1.{}.olga"}, id="for myself"),
        pytest.param({"do": "approve", "i": "1.1.{}.", "reason": "x" * 501}, id="too long"),
        pytest.param({"do": "reject", "i": "1.1.{}.", "reason": "\0"}, id="a reason of nothing"),
        pytest.param({"do": "approve", "i": [f"{n}.1.y." for n in range(60)]}, id="too many"),
    ],
)
def test_bad_input_writes_nothing_and_never_breaks(
    console: Runtime, app: Flask, sent: dict[str, str]
) -> None:
    number = submitted(console)
    if "{}" in str(sent.get("i", "")):
        sent = {**sent, "i": sent["i"].format(seen(console, number))}
    answer = client(app, "olga").post("/changes/answers", data=sent)
    assert 400 <= answer.status_code < 500, answer.text[:300]
    assert answers(console) == []


@pytest.mark.parametrize(
    ("who", "status"),
    [("omar", 303), ("petra", 403), ("rita", 403), ("nils", 403), ("mona", 403), ("sven", 403)],
)
def test_who_may_answer_in_the_first_stage(
    console: Runtime, app: Flask, who: str, status: int
) -> None:
    sent = {"do": "approve", "i": choice(console, submitted(console))}
    assert client(app, who).post("/changes/answers", data=sent).status_code == status
    assert len(answers(console)) == (status == 303)


def test_a_change_of_another_market_is_not_there(console: Runtime, app: Flask) -> None:
    number = submitted(console, markets=("KE",))
    otto = client(app, "otto")
    sent = {"do": "approve", "i": choice(console, number)}
    assert otto.post("/changes/answers", data=sent).status_code == 404
    assert otto.get(f"/changes/answers?do=approve&i={number}.1.x.").status_code == 404
    assert "Nothing waits" in otto.get("/changes/approvals").text


def test_two_pages_open_the_second_press_is_told_what_happened(
    console: Runtime, app: Flask
) -> None:
    number = submitted(console, type="emergency")
    sent = {"do": "approve", "i": choice(console, number)}
    assert client(app, "olga").post("/changes/answers", data=sent).status_code == 303
    late = client(app, "omar").post("/changes/answers", data=sent)
    assert late.status_code == 409
    assert "is scheduled: nothing waits for an answer" in late.text


def test_the_change_page_shows_who_said_what_and_who_is_silent(
    console: Runtime, app: Flask
) -> None:
    number = submitted(console)
    says(console, "olga", number, reason="after the pay day")
    page = client(app, "omar").get(f"/changes/{number}").text
    panel = page[page.index('id="approvals"') :]
    assert "Operations, 1 of 2 operations lead" in panel, "answers, not people who could give one"
    assert "yes: olga, operations lead KE TZ, 08:00, “after the pay day”" in panel
    assert "no answer: omar and otto" in panel
    assert "Approve…" in page
    assert "Approve…" not in client(app, "olga").get(f"/changes/{number}").text


def test_a_stage_that_too_few_could_answer_says_so(console: Runtime, app: Flask) -> None:
    number = submitted(console, markets=("KE",), requester="olga")
    page = client(app, "emma").get(f"/changes/{number}").text
    assert "2 operations lead must answer, 1 could" in page
    assert "Grant an exception…" in page
    assert "Grant an exception…" not in client(app, "petra").get(f"/changes/{number}").text


def token(console: Runtime, number: int, person: str = "olga", hours: float = 1) -> str:
    now = console.clock.now()
    link = Link(number, 1, 1, person, now + timedelta(hours=hours))
    return approval_links.sign(console.settings.web, link)


def test_the_link_asks_for_sign_in_then_shows_both_answers_and_gives_none(
    console: Runtime, app: Flask
) -> None:
    number = submitted(console)
    path = f"/changes/answer/{token(console, number)}"
    stranger = app.test_client().get(path, headers={"Accept": "text/html"})
    assert stranger.status_code in {302, 303}
    assert "sign-in" in stranger.headers["Location"]
    assert urlsplit(stranger.headers["Location"]).query.startswith("next=")
    page = client(app, "olga").get(path)
    assert page.status_code == 200
    assert 'value="approve"' in page.text
    assert answers(console) == [], "opening it approves nothing"
    assert app.test_client().post(path).status_code in {302, 303, 401, 405}
    found = re.search(r'name="i" value="([^"]+)"', page.text)
    assert found is not None
    sent = {"do": "approve", "i": found[1], "reason": "read on the train"}
    assert client(app, "olga").post("/changes/answers", data=sent).status_code == 303
    assert answers(console) == [("olga", "", True, "read on the train")]
    assert "You said yes: 08:00 UTC; it is submitted." in client(app, "olga").get(path).text


def test_a_link_says_when_things_went_on_without_it(
    console: Runtime, app: Flask, clock: FrozenClock
) -> None:
    number = submitted(console)
    path = f"/changes/answer/{token(console, number)}"
    omar = client(app, "omar").get(path)
    assert "written to olga; you are signed in as omar" in omar.text
    clock.advance(timedelta(hours=2))
    late = client(app, "olga").get(path)
    assert late.status_code == 400
    assert "his link ended on" in late.text
    assert client(app, "olga").get(path[:-3]).status_code == 400
    other = client(app, "otto").get(f"/changes/answer/{token(console, 999, 'otto', 5)}")
    assert other.status_code == 404


def test_delegations_by_page_until_they_are_ended(
    console: Runtime, app: Flask, clock: FrozenClock
) -> None:
    number, omar, nils = submitted(console), client(app, "omar"), client(app, "nils")
    form = {
        "person": "omar",
        "delegate": "nils",
        "role": "operations_lead",
        "starts_at": "2026-03-02T08:00",
        "expires_at": "2026-03-04T08:00",
        "reason": "leave",
    }
    asked = omar.get("/changes/delegations/new").text
    assert "Delegate approvals" in asked
    assert 'value="2026-03-02 08:00"' in asked, "a whole minute that the field can hold"
    wrong = omar.post("/changes/delegations", data={**form, "expires_at": "2026-03-01T08:00"})
    assert wrong.status_code == 400
    assert "It ends before it begins" in wrong.text
    for name in ("starts_at", "expires_at", "role", "delegate", "markets"):
        bad = omar.post("/changes/delegations", data={**form, name: "ü\0x"})
        assert bad.status_code == 400, name
    assert omar.post("/changes/delegations", data=form).status_code == 303
    twin = omar.post("/changes/delegations", data={**form, "starts_at": "2026-03-03 10:00"})
    assert twin.status_code == 409
    assert "Nils answers for omar in KE already" in twin.text
    assert "nils" in omar.get("/changes/delegations").text
    assert "for omar" in nils.get("/changes/approvals").text
    stale = {"do": "approve", "i": choice(console, number, whom="omar")}
    assert omar.post("/changes/delegations/1/revoke").status_code == 303
    late = nils.post("/changes/answers", data=stale)
    assert late.status_code == 403
    assert "was revoked on" in late.text
    assert answers(console) == []


def test_pressing_after_the_delegation_ended_is_refused_with_the_sentence(
    console: Runtime, app: Flask, clock: FrozenClock
) -> None:
    number = submitted(console)
    now = clock.now()
    draft = DelegationDraft("omar", "nils", OPS, now, now + timedelta(minutes=10))
    with console.work(actor("omar")) as work:
        delegating.delegate(work, draft)
    nils = client(app, "nils")
    page = nils.get("/changes/approvals").text
    found = re.search(r'name="i" value="([^"]+)"', page)
    assert found is not None
    clock.advance(timedelta(minutes=10))
    late = nils.post("/changes/answers", data={"do": "approve", "i": found[1]})
    assert late.status_code == 403
    assert "by omar ended on 2026-03-02 at 08:10 UTC" in late.text
    assert answers(console) == []
    assert state(console, number) is State.SUBMITTED


def test_an_exception_by_page(console: Runtime, app: Flask) -> None:
    number = submitted(console, requester="olga")
    emma, path = client(app, "emma"), f"/changes/{number}/exception"
    assert "olga, requester" in emma.get(path).text
    assert client(app, "petra").get(path).status_code == 403
    assert emma.post(path, data={"person": "olga", "reason": ""}).status_code == 400
    assert emma.post(path, data={"person": "olga", "reason": "alone"}).status_code == 303
    sent = {"do": "approve", "i": choice(console, number)}
    assert client(app, "olga").post("/changes/answers", data=sent).status_code == 303
    assert "Exception" in emma.get(f"/changes/{number}").text


def test_the_board_by_page_from_the_plan_to_the_minutes(console: Runtime, app: Flask) -> None:
    number = submitted(console, risk_points=80.0)
    for who, stage in (("olga", 1), ("omar", 1), ("petra", 2), ("sven", 3)):
        says(console, who, number, stage=stage)
    mona = client(app, "mona")
    form = {"title": "Board", "starts_at": "2026-03-03T09:00", "chair": "mona"}
    for name, value in (("starts_at", "x"), ("chair", "nobody"), ("risk", "many"), ("title", "")):
        bad = mona.post("/changes/meetings", data={**form, name: value})
        assert bad.status_code == 400, name
    assert mona.post("/changes/meetings", data={**form, "risk": "50"}).status_code == 303
    assert client(app, "rita").post("/changes/meetings/1/open").status_code == 403
    assert mona.post("/changes/meetings/1/open").status_code == 303
    decision = {
        "change": number,
        "decision": "approve",
        "minutes": "go",
        "seen": seen(console, number),
    }
    none = mona.post("/changes/meetings/1/decide", data=decision)
    assert none.status_code == 409
    assert "The board has no quorum" in none.text
    strange = mona.post("/changes/meetings/1/attend", data={"person": "ghost", "minutes": "so far"})
    assert strange.status_code == 400
    assert "There is no person named ghost who may sign in." in strange.text
    assert f'id="item-{number}"' in strange.text, "the meeting stays on the page"
    for who in ("mona", "olga", "petra"):
        sent = {"person": who}
        assert mona.post("/changes/meetings/1/attend", data=sent).status_code == 303
    for broken in ({"change": "x"}, {"decision": "dance"}, {"change": "9" * 40}):
        bad = mona.post("/changes/meetings/1/decide", data={**decision, **broken})
        assert bad.status_code == 400
    assert mona.post("/changes/meetings/1/decide", data=decision).status_code == 303
    assert state(console, number) is State.APPROVED
    assert mona.post("/changes/meetings/1/end", data={"minutes": "done"}).status_code == 303
    page = client(app, "rita").get("/changes/meetings/1").text
    assert "Approved" in page
    assert "There was a quorum." in page
    assert "It takes 3 people, among them 1 change manager, 1 operations lead." in page
    assert "08:00 to 08:00 UTC, planned for" in page, "when it was, not when it was to be"
    assert "Board, 08:00" in client(app, "rita").get(f"/changes/{number}").text
    assert "Board" in mona.get("/changes/meetings").text


def test_a_held_meeting_keeps_what_it_left_open(console: Runtime, app: Flask) -> None:
    number, mona = submitted(console, risk_points=80.0), client(app, "mona")
    form = {"title": "Board", "starts_at": "2026-03-03 09:00", "chair": "mona"}
    assert mona.post("/changes/meetings", data=form).status_code == 303
    for step in ("open", "end"):
        assert mona.post(f"/changes/meetings/1/{step}", data={}).status_code == 303
    with console.work(SYSTEM) as work:
        work.session.get_one(Change, number).state = State.CANCELLED
    late = submitted(console)
    page = mona.get("/changes/meetings/1").text
    assert f'id="item-{number}"' in page
    assert "Not decided in this meeting." in page
    assert f'id="item-{late}"' not in page, "what came later was not on its agenda"


@pytest.mark.parametrize(
    "path", ["/changes/approvals", "/changes/delegations", "/changes/meetings"]
)
def test_the_pages_open_for_those_who_see_changes(app: Flask, path: str) -> None:
    assert client(app, "rita").get(path).status_code == 200
    assert app.test_client().get(path).status_code in {302, 303, 401}


def test_the_inbox_costs_as_many_statements_for_twenty_as_for_two(
    console: Runtime, app: Flask
) -> None:
    olga = client(app, "olga")

    def cost() -> int:
        with statements(console.engine) as sent:
            assert olga.get("/changes/approvals").status_code == 200
        return len(sent)

    for _ in range(2):
        submitted(console)
    few = cost()
    for _ in range(18):
        submitted(console)
    assert cost() == few


def test_the_api_answers_for_people_and_refuses_tokens(console: Runtime, app: Flask) -> None:
    number = submitted(console)
    with console.work(SYSTEM) as work:
        plain = machines.create_token(work, "ci", TokenScope.WRITE, ["*"], None)
    machine = {"Authorization": f"Bearer {plain}"}
    path, body = f"/api/v1/changes/{number}", {"stage": 1, "plan_digest": seen(console, number)}
    refused = app.test_client().post(f"{path}/approve", json=body, headers=machine)
    assert refused.status_code == 403, refused.text
    assert "only people approve" in refused.text
    read = app.test_client().get(f"{path}/approvals", headers=machine)
    assert read.json is not None
    assert read.json["round"]["stages"][0]["missing"] == [
        {"role": "operations_lead", "count": 2, "market": "", "by_meeting": False}
    ]
    olga = client(app, "olga")
    waiting = olga.get("/api/v1/approvals").json
    assert waiting is not None
    assert waiting["items"][0]["asked"]["plan_digest"] == body["plan_digest"]
    for broken in ({}, {"stage": "x"}, {**body, "stage": True}, {**body, "plan_digest": "x"}):
        bad = olga.post(f"{path}/approve", json=broken)
        assert bad.status_code in {400, 409}, bad.text
    assert olga.post(f"{path}/refuse", json=body).status_code == 400
    assert olga.post(f"{path}/approve", json=body).status_code == 200
    again = olga.post(f"{path}/approve", json=body)
    assert again.status_code == 409
    assert answers(console) == [("olga", "", True, "")]


def test_delegations_and_meetings_over_the_api(console: Runtime, app: Flask) -> None:
    omar, mona = client(app, "omar"), client(app, "mona")
    given = {"delegate": "nils", "role": "operations_lead", "expires_at": "2026-03-03T08:00:00Z"}
    made = omar.post("/api/v1/delegations", json=given)
    assert made.status_code == 201, made.text
    assert made.json is not None
    assert (made.json["person"], made.json["state"]) == ("omar", "active")
    assert omar.post("/api/v1/delegations", json={**given, "role": "king"}).status_code == 400
    assert omar.post("/api/v1/delegations/1/revoke").status_code == 200
    listed = omar.get("/api/v1/delegations").json
    assert listed is not None
    assert listed["items"][0]["state"] == "revoked"
    meeting = {"title": "Board", "starts_at": "2026-03-03T09:00:00Z", "chair": "mona"}
    assert omar.post("/api/v1/meetings", json=meeting).status_code == 403
    for name, value in (("risk_at_least", "x"), ("states", ["odd"]), ("chair", 3)):
        assert mona.post("/api/v1/meetings", json={**meeting, name: value}).status_code == 400
    number = submitted(console)
    assert mona.post("/api/v1/meetings", json=meeting).status_code == 201
    assert mona.post("/api/v1/meetings/1/open", json={}).status_code == 200
    assert mona.post("/api/v1/meetings/1/attend", json={"person": "olga"}).status_code == 200
    deferred = {"change": number, "decision": "defer", "minutes": "next week"}
    after = mona.post("/api/v1/meetings/1/decide", json=deferred)
    assert after.status_code == 200
    assert after.json is not None
    assert after.json["items"][0]["decision"] == "defer"
    assert mona.post("/api/v1/meetings/1/dance", json={}).status_code == 404
    assert mona.post("/api/v1/meetings/1/end", json={"minutes": "x"}).status_code == 200
    shown = mona.get("/api/v1/meetings/1").json
    assert shown is not None
    assert (shown["state"], shown["quorum"]["met"]) == ("held", False)
    assert mona.get("/api/v1/meetings").status_code == 200


def test_mail_addresses_by_page(console: Runtime, app: Flask) -> None:
    with console.work(SYSTEM) as work:
        accounts.set_roles(work, "mona", [(Role.ADMIN, "*")])
    mona = client(app, "mona")
    sent = {"mail": "olga@example.org"}
    assert mona.post("/admin/people/olga/mail", data=sent).status_code == 303
    assert "olga@example.org" in mona.get("/admin/people/olga").text
    for bad in ("olga", "a@b\r\nBcc: c@d.org", "x" * 300 + "@y.org"):
        assert mona.post("/admin/people/olga/mail", data={"mail": bad}).status_code == 400
