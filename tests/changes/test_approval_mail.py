"""Letters to those who may answer, through a real SMTP server on loopback; and time-outs."""

import asyncio
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from sqlalchemy import select

from changes import approval_links
from changes.actions import assessing, delegating
from changes.actions.delegating import DelegationDraft
from changes.approval_jobs import mind_timeouts
from changes.lifecycle import Effect, State
from changes.models import Change
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.settings import Settings
from ssoc.core.work import Runtime
from ssoc.notify import queries as notify
from ssoc.notify.looks import mail_server
from ssoc.notify.mail_jobs import send_mail
from ssoc.notify.models import Mail
from tests import factories
from tests.changes.approving import OPS, TEAM, actor, add_team, says, submitted
from tests.web import people

THREE_DAYS = timedelta(days=3)


@dataclass
class Server:
    """A mail server that keeps what it gets; ``refuses`` is what it says instead."""

    port: int
    refuses: str = ""
    got: list[EmailMessage] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802
        if self.refuses:
            return self.refuses
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.got.append(found)
        return "250 taken"

    def sign_in(self, *given: Any) -> AuthResult:  # noqa: ANN401
        login: LoginPassword = given[-1]
        self.signed_in.append(login.login.decode())
        return AuthResult(success=login.password == b"open sesame", handled=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Server(port)
    controller = Controller(
        made,
        hostname="127.0.0.1",
        port=port,
        authenticator=made.sign_in,
        auth_require_tls=False,
        loop=asyncio.new_event_loop(),
    )
    controller.start()
    yield made
    controller.stop()
    controller.loop.close()


@pytest.fixture
def posted(runtime: Runtime, server: Server, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Give the runtime with people who have mail, and the server."""
    keyed = people.with_key(runtime, monkeypatch)
    chosen = replace(
        keyed.settings.notify,
        mail_server=f"127.0.0.1:{server.port}",
        mail_tls="none",
        mail_from="ssoc@example.org",
    )
    web = replace(keyed.settings.web, public_url="https://noc.example.org/")
    wired = replace(keyed, settings=replace(keyed.settings, notify=chosen, web=web))
    add_team(wired, mail="example.org")
    return wired


def deliver(runtime: Runtime) -> None:
    while outbox.deliver(runtime):
        pass
    send_mail(runtime)


def to(server: Server) -> list[str]:
    return sorted(str(each["To"]) for each in server.got)


def letter(server: Server, person: str) -> EmailMessage:
    return next(each for each in server.got if str(each["To"]).startswith(person))


def test_one_letter_to_each_who_may_answer_when_a_stage_opens(
    posted: Runtime, server: Server
) -> None:
    number = submitted(posted, title="Core: Überlauf\nBcc: all@example.org")
    deliver(posted)
    deliver(posted)
    assert to(server) == ["olga@example.org", "omar@example.org", "otto@example.org"]
    found = letter(server, "olga")
    assert found["Subject"] == "CHG-1 waits for your answer: Core: Überlauf Bcc: all@example.org"
    assert found["Bcc"] is None
    text = found.get_content()
    assert "It approves nothing by itself" in text
    assert "Markets:   KE, TZ" in text
    assert "Asked by:  rita" in text
    assert "Why:       the volume is 83 % full" in text
    assert "Mon 02 Mar 2026 23:00 to Tue 03 Mar 2026 01:00 in KE, Africa/Nairobi" in text
    assert "Collides:  not looked for yet" in text
    says(posted, "olga", number)
    says(posted, "omar", number)
    deliver(posted)
    assert to(server)[3:] == ["petra@example.org"]


def test_a_letter_says_what_the_change_collides_with(posted: Runtime, server: Server) -> None:
    number = submitted(posted)
    with posted.work(SYSTEM) as work:
        factories.change(work, ["KE"], [("core", Effect.DOWN)], state=State.SCHEDULED)
        assessing.assess(work, number)
    deliver(posted)
    said = [line for line in _text(server, "olga").splitlines() if ", C" in line]
    assert said[0].startswith("Collides:  block, C1: CHG-1 ")
    assert any(", C5: " in line for line in said), "all of them, the worst first"


def test_the_link_names_change_round_and_stage_ends_and_cannot_be_altered(
    posted: Runtime, server: Server, clock: FrozenClock
) -> None:
    number = submitted(posted)
    deliver(posted)
    found = re.search(r"https://noc\.example\.org/changes/answer/(\S+)", _text(server, "omar"))
    assert found is not None
    web, token = posted.settings.web, found[1]
    link = approval_links.read(web, token, clock.now())
    assert (link.change_id, link.round, link.stage, link.person) == (number, 1, 1, "omar")
    for broken in (token[:-2], "x" + token, token.upper(), "", "ü", "a" * 9000):
        with pytest.raises(BadInput, match="not whole, or was altered"):
            approval_links.read(web, broken, clock.now())
    with pytest.raises(BadInput, match="this link ended on 2026-03-05 at 08:00 UTC"):
        approval_links.read(web, token, clock.now() + THREE_DAYS)


def _text(server: Server, person: str) -> str:
    return str(letter(server, person).get_content())


def test_delegates_are_written_to_and_those_with_another_duty_are_not(
    posted: Runtime, server: Server, clock: FrozenClock
) -> None:
    draft = DelegationDraft("otto", "nils", OPS, clock.now(), clock.now() + THREE_DAYS)
    with posted.work(actor("otto")) as work:
        delegating.delegate(work, replace(draft, delegate="imre"))
    with posted.work(actor("omar")) as work:
        delegating.delegate(work, replace(draft, person="omar", delegate="nils"))
    submitted(posted, requester="olga")
    deliver(posted)
    assert to(server) == ["nils@example.org", "omar@example.org", "otto@example.org"]


def test_a_server_that_fails_is_tried_again_and_nobody_is_written_to_twice(
    posted: Runtime, server: Server, clock: FrozenClock
) -> None:
    submitted(posted)
    server.refuses = "451 later"
    deliver(posted)
    with posted.view(SYSTEM) as work:
        waiting = notify.letters(work, "approval/1/")
    assert len(waiting) == 3
    assert "451" in str(waiting[0].last_error)
    assert server.got == []
    server.refuses = ""
    clock.advance(timedelta(minutes=5))
    deliver(posted)
    deliver(posted)
    assert len(server.got) == 3
    assert letter(server, "olga")["Message-ID"] == "<approval/1/1/1/olga@ssoc>"


def test_a_letter_that_is_too_old_is_not_sent(
    posted: Runtime, server: Server, clock: FrozenClock
) -> None:
    submitted(posted)
    server.refuses = "451 later"
    deliver(posted)
    server.refuses = ""
    clock.advance(THREE_DAYS)
    send_mail(posted)
    assert server.got == []
    with posted.view(SYSTEM) as work:
        assert {each.skipped for each in notify.letters(work, "approval/")} == {
            "it is too old to be of use"
        }


def test_it_signs_in_with_a_secret_by_reference_and_never_tells_it(
    posted: Runtime, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSOC_TEST_MAIL", "open sesame")
    chosen = replace(posted.settings.notify, mail_user="ssoc", mail_password="env:SSOC_TEST_MAIL")
    signed = replace(posted, settings=replace(posted.settings, notify=chosen))
    submitted(signed)
    deliver(signed)
    assert set(server.signed_in) == {"ssoc"}
    assert len(server.got) == 3
    monkeypatch.setenv("SSOC_TEST_MAIL", "wrong word")
    submitted(signed)
    deliver(signed)
    with signed.view(SYSTEM) as work:
        said = {each.last_error for each in notify.letters(work, "approval/2/")}
    assert said == {"SMTPAuthenticationError: the server refused the sign-in (535)"}


def test_without_a_server_nothing_is_written_and_nothing_fails(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_team(runtime, mail="example.org")
    submitted(runtime)
    deliver(runtime)
    with runtime.view(SYSTEM) as work:
        assert work.session.scalars(select(Mail)).all() == []


def test_a_letter_that_comes_after_the_answer_is_not_written(
    posted: Runtime, server: Server
) -> None:
    number = submitted(posted, type="emergency")
    says(posted, "olga", number)
    deliver(posted)
    assert server.got == []


def kinds(runtime: Runtime) -> list[str]:
    with runtime.view(SYSTEM) as work:
        return list(work.session.scalars(select(EventRecord.kind)))


def test_p2_silence_escalates_once_writes_to_the_role_and_approves_nothing(
    posted: Runtime, server: Server, clock: FrozenClock
) -> None:
    number = submitted(posted)
    says(posted, "olga", number)
    mind_timeouts(posted)
    assert "ApprovalEscalated" not in kinds(posted)
    clock.advance(timedelta(days=5))
    for _ in range(3):
        mind_timeouts(posted)
    deliver(posted)
    assert kinds(posted).count("ApprovalEscalated") == 1
    assert "emma@example.org" in to(server)
    assert str(letter(server, "emma")["Subject"]).startswith("CHG-1 was not answered in time")
    with posted.view(SYSTEM) as work:
        assert work.session.get_one(Change, number).state is State.SUBMITTED
    says(posted, "omar", number)


def test_silence_refuses_where_the_policy_says_so(posted: Runtime, clock: FrozenClock) -> None:
    number = submitted(posted, risk_points=90.0)
    for who in ("olga", "omar"):
        says(posted, who, number)
    says(posted, "petra", number, stage=2)
    says(posted, "sven", number, stage=3)
    clock.advance(timedelta(days=14))
    mind_timeouts(posted)
    mind_timeouts(posted)
    with posted.view(SYSTEM) as work:
        assert work.session.get_one(Change, number).state is State.REFUSED
        told = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "ChangeRefused")
        ).all()
    assert [each.body["reason"] for each in told] == [
        "nobody answered in time in stage Advisory board"
    ]
    assert TEAM.keys() >= {"emma"}


def test_the_doctor_asks_the_mail_server(
    posted: Runtime, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(mail_server(replace(posted, settings=Settings()))) == [], "none is set"
    [found] = mail_server(posted)
    assert (found.verdict, found.text) == (
        "good",
        f"127.0.0.1:{server.port} answers (none, without a sign-in)",
    )
    monkeypatch.setenv("SSOC_TEST_MAIL", "wrong")
    known = replace(posted.settings.notify, mail_user="ssoc", mail_password="env:SSOC_TEST_MAIL")
    [refused] = mail_server(replace(posted, settings=replace(posted.settings, notify=known)))
    assert refused.verdict == "bad"
    assert "the server refused the sign-in" in refused.text
    assert "wrong" not in refused.text
    assert server.got == [], "nothing is sent"
