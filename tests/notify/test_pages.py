"""Who is told what, from the alert to the receiver, on both databases."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import Engine

from incidents import actions
from ssoc import modules
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.settings import NotifySettings, Settings
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.monitoring import jobs as monitoring_jobs
from ssoc.monitoring.actions.silences import SilenceDraft, set_silence
from ssoc.monitoring.rules.matching import Matcher
from ssoc.notify import queries
from ssoc.notify.jobs import send_pages
from tests import factories
from tests.incidents.stories import Story


@dataclass
class Receiver:
    """A real HTTP server that keeps what it was sent and answers as told."""

    status: int = 200
    got: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    url: str = ""

    def kinds(self) -> list[object]:
        return [body["kind"] for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 (the library's name)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.got.append((self.headers["Idempotency-Key"], json.loads(body)))
            self.send_response(here.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}/pages"
    yield here
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def story(runtime: Runtime, clock: FrozenClock, receiver: Receiver) -> Story:
    story = Story(with_webhook(runtime.engine, clock, receiver.url), clock)
    story.estate("ussd-ke > db-ke")
    return story


def with_webhook(engine: Engine, clock: FrozenClock, url: str) -> Runtime:
    return modules.wire(engine, clock, Settings(notify=NotifySettings(webhook=url)))


def noc(story: Story, incident_id: int = 1) -> list[str]:
    with story.runtime.view(SYSTEM) as work:
        pages = queries.pages_of(work, incident_id)
    return [f"{each.kind}" for each in pages if each.receiver == "noc" and not each.skipped]


def send(story: Story) -> None:
    story.deliver()
    send_pages(story.runtime)


def silence(story: Story, minutes: int = 60) -> None:
    with story.runtime.work(SYSTEM) as work:
        ends_at = work.now + timedelta(minutes=minutes)
        matchers = (Matcher("component", "db-ke"),)
        set_silence(work, SilenceDraft(matchers, work.now, ends_at, comment="vendor at work"))


def test_m4_p1_told_firing_then_silenced_is_told_resolved(story: Story, receiver: Receiver) -> None:
    story.fire("db-ke")
    story.turn()
    send(story)
    silence(story)
    story.clear("db-ke")
    story.turn(60)
    send(story)
    assert noc(story) == ["firing", "resolved"]
    assert receiver.kinds() == ["firing", "resolved"]
    story.turn(60)
    send(story)
    assert len(receiver.got) == 2


def test_m3_p3_silenced_from_the_start_is_told_nothing(story: Story, receiver: Receiver) -> None:
    silence(story)
    story.fire("db-ke")
    story.turn()
    story.clear("db-ke")
    story.turn(60)
    send(story)
    assert story.all() == []
    assert receiver.got == []


def test_m5_a_silence_that_ends_while_it_fires_pages(story: Story, receiver: Receiver) -> None:
    silence(story, minutes=10)
    story.fire("db-ke")
    story.turn()
    story.until(599)
    assert story.all() == []
    story.until(600)
    send(story)
    assert receiver.kinds() == ["firing"]


def test_p4_a_process_killed_between_keeps_the_promise(
    story: Story, receiver: Receiver, clock: FrozenClock
) -> None:
    story.fire("db-ke")
    story.turn()
    send(story)
    story.clear("db-ke")
    later = Story(with_webhook(story.runtime.engine, clock, receiver.url), clock)
    later.turn(60)
    send(later)
    send(later)
    assert receiver.kinds() == ["firing", "resolved"]


def test_p5_a_receiver_that_is_down_is_tried_until_it_hears(
    story: Story, receiver: Receiver, clock: FrozenClock
) -> None:
    receiver.status = 503
    story.fire("db-ke")
    story.turn()
    send(story)
    with story.runtime.view(SYSTEM) as work:
        failing = [each for each in queries.pages_of(work, 1) if each.receiver == "webhook"]
        assert [(each.state, each.last_error) for each in failing] == [
            ("failing", "the receiver answered 503")
        ]
        assert queries.undelivered(work) == 1
    send_pages(story.runtime)
    assert len(receiver.got) == 1, "not before its time"
    receiver.status = 200
    clock.advance(timedelta(seconds=10))
    send_pages(story.runtime)
    assert [key for key, _ in receiver.got] == ["webhook:1:1"] * 2, "the same key both times"
    with story.runtime.view(SYSTEM) as work:
        assert queries.undelivered(work) == 0


def test_p5_a_resolve_takes_the_place_of_what_may_have_arrived(
    story: Story, receiver: Receiver
) -> None:
    receiver.status = 500
    story.fire("db-ke")
    story.turn()
    send(story)
    story.clear("db-ke")
    story.turn(60)
    receiver.status = 200
    send(story)
    assert receiver.kinds() == ["firing", "resolved"]


def test_p6_nested_after_it_paged(story: Story, receiver: Receiver) -> None:
    story.fire("ussd-ke")
    story.settle()
    story.fire("db-ke")
    story.turn(10)
    send(story)
    story.clear("db-ke", "ussd-ke")
    story.turn(60)
    send(story)
    assert noc(story, 1) == ["firing", "nested", "resolved"]
    assert noc(story, 2) == ["firing", "resolved"]


def test_p2_who_was_told_is_told_although_the_route_changed(
    story: Story, receiver: Receiver, clock: FrozenClock
) -> None:
    story.fire("db-ke")
    story.turn()
    send(story)
    story.clear("db-ke")
    without = Story(with_webhook(story.runtime.engine, clock, ""), clock)
    without.turn(60)
    send(without)
    with without.runtime.view(SYSTEM) as work:
        last = queries.pages_of(work, 1)[-1]
    assert (last.receiver, last.kind, last.state) == ("webhook", "resolved", "failing")
    clock.advance(timedelta(seconds=30))
    send(story)
    assert receiver.kinds() == ["firing", "resolved"]


def test_pages_of_other_markets_are_out_of_sight(story: Story) -> None:
    story.fire("db-ke")
    story.turn()
    story.deliver()
    juma = factories.person("juma", Role.NOC_OPERATOR, "TZ")
    amina = factories.person("amina", Role.NOC_OPERATOR, "KE")
    with story.runtime.view(juma) as work:
        assert queries.recent_pages(work) == []
    with story.runtime.view(amina) as work:
        assert {each.receiver for each in queries.recent_pages(work)} == {"noc", "webhook"}


def test_worse_pages_again_and_a_forced_resolve_tells_once(
    story: Story, receiver: Receiver
) -> None:
    story.fire("db-ke", severity=Severity.WARNING)
    story.turn()
    send(story)
    with story.runtime.work(SYSTEM) as work:
        actions.acknowledge(work, 1)
    story.clock.advance(timedelta(seconds=5))
    story.fire("db-ke")
    story.turn()
    send(story)
    with story.runtime.work(SYSTEM) as work:
        actions.resolve(work, 1, "the check is wrong", force=True)
    story.turn(30)
    send(story)
    assert noc(story) == ["firing", "worsened", "resolved"]
    assert receiver.kinds() == ["firing", "worsened", "resolved"]


def test_a_short_failure_that_was_never_sent_is_not_told_at_all(
    story: Story, receiver: Receiver
) -> None:
    story.fire("db-ke")
    story.turn()
    story.clear("db-ke")
    story.turn(60)
    send(story)
    assert receiver.got == []
    assert noc(story) == ["firing", "resolved"]


def change(story: Story, second: int, severity: Severity | None) -> None:
    """Let the alert of db-ke fire or, without a severity, clear at this second after eight."""
    story.clock.at = factories.at(second)
    if severity is None:
        story.clear("db-ke")
    else:
        story.fire("db-ke", severity=severity)
    story.turn()
    send(story)


def quiet_until(story: Story, second: int) -> None:
    story.clock.at = factories.at(second)
    monitoring_jobs.track_flapping(story.runtime)
    story.turn()
    send(story)


FIRE, WORST = Severity.WARNING, Severity.CRITICAL
F2 = ((0, FIRE), (300, None), (600, FIRE))
F3 = (*F2, (900, None), (1200, FIRE), (1500, None))
TOLD_F2 = ["firing", "resolved", "flapping"]


@pytest.mark.parametrize(
    ("changes", "until", "expected"),
    [
        pytest.param(F2[:2], 310, TOLD_F2[:2], id="F1 two changes are two notices"),
        pytest.param(F2, 610, TOLD_F2, id="F2 the third is one notice that it flaps"),
        pytest.param(F3, 1510, TOLD_F2, id="F3 nothing more is sent"),
        pytest.param(F3, 3299, TOLD_F2, id="not before a whole window was quiet"),
        pytest.param(F3, 3300, [*TOLD_F2, "resolved"], id="F4 it ends: nothing fails"),
        pytest.param(F3[:-1], 2999, TOLD_F2, id="firing, and not quiet long enough"),
        pytest.param(F3[:-1], 3000, [*TOLD_F2, "firing"], id="F4 it ends: it still fails"),
        pytest.param(
            (*F3, (1600, WORST)), 1610, [*TOLD_F2, "worsened"], id="F5 the first turn critical"
        ),
        pytest.param(
            (*F3, (1600, WORST), (1700, FIRE), (1800, WORST)),
            1810,
            [*TOLD_F2, "worsened"],
            id="F5 the second turn critical does not",
        ),
        pytest.param(
            ((0, FIRE), (300, Severity.ERROR), (600, None)),
            700,
            ["firing", "worsened", "resolved"],
            id="worse and then over is no flapping",
        ),
        pytest.param(
            ((0, Severity.ERROR), (300, FIRE), (600, None)),
            700,
            ["firing", "flapping"],
            id="it flaps from the moment it clears",
        ),
        pytest.param(
            ((0, WORST), (300, None), (600, FIRE), (900, WORST)),
            910,
            TOLD_F2,
            id="it was critical before it flapped",
        ),
    ],
)
def test_flapping_holds_pages(
    story: Story,
    receiver: Receiver,
    changes: tuple[tuple[int, Severity | None], ...],
    until: int,
    expected: list[str],
) -> None:
    for second, severity in changes:
        change(story, second, severity)
    quiet_until(story, until)
    assert receiver.kinds() == expected
    assert noc(story) == expected


def test_the_end_of_flapping_is_told_to_those_who_took_it(story: Story, receiver: Receiver) -> None:
    for second, severity in F2:
        change(story, second, severity)
    with story.runtime.work(SYSTEM) as work:
        actions.acknowledge(work, 1)
    quiet_until(story, 2400)
    assert receiver.kinds() == [*TOLD_F2, "firing"]
    assert receiver.got[-1][1]["text"] == "still fails, no longer flapping"


def test_one_steady_alert_keeps_pages_coming(story: Story, receiver: Receiver) -> None:
    for second, severity in F2[:2]:
        change(story, second, severity)
    story.fire("db-ke", name="Steady", severity=Severity.WARNING)
    change(story, 600, FIRE)
    assert receiver.kinds() == ["firing", "resolved", "reopened"]
