"""What amtool asks: bodies, codes and bare texts as Alertmanager 0.25 has them."""

from datetime import timedelta
from typing import Any

import pytest
import yaml

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Inhibition
from ssoc.monitoring.actions import WindowDraft, set_window
from ssoc.monitoring.report import fingerprint, hex_of
from tests import factories
from tests.ingest.conftest import Room
from tests.ingest.speaking import MINUTE, NOW
from web.ingest.filters import matchers_of

AMTOOL = {"HTTP_ACCEPT": "application/json"}


def labelled(country: str = "KE", **labels: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": "SuccessLow", "country": country, "severity": "critical"} | labels,
        "annotations": {"summary": f"low in {country}"},
        "startsAt": "2026-03-02T07:58:00.000Z",
        "endsAt": "2026-03-02T08:04:00.000Z",
        "generatorURL": "http://prom/graph?x&y",
    }


def silence(**given: Any) -> dict[str, Any]:
    matcher = {"name": "country", "value": "TZ", "isRegex": False, "isEqual": True}
    return {
        "matchers": [matcher],
        "startsAt": "2026-03-02T08:00:00.000Z",
        "endsAt": "2026-03-02T09:00:00.000Z",
        "createdBy": "noc",
        "comment": "planned upgrade",
        **given,
    }


@pytest.fixture
def fed(room: Room) -> Room:
    assert room.post("/am/api/v2/alerts", [labelled("KE"), labelled("TZ")]).status == 200
    return room


def countries(room: Room, query: str = "", path: str = "/api/v2/alerts") -> list[str]:
    return sorted(each["labels"]["country"] for each in room.get(f"{path}?{query}").json)


def test_one_alert_has_every_field(fed: Room) -> None:
    answer = fed.get("/am/api/v2/alerts?filter=country=KE")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == [
        {
            "annotations": {"summary": "low in KE"},
            "endsAt": "2026-03-02T08:04:00.000Z",
            "fingerprint": hex_of(fingerprint(labelled()["labels"])),
            "receivers": [{"name": "ssoc"}],
            "startsAt": "2026-03-02T07:58:00.000Z",
            "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"},
            "updatedAt": "2026-03-02T08:00:00.000Z",
            "generatorURL": "http://prom/graph?x&y",
            "labels": {"alertname": "SuccessLow", "country": "KE", "severity": "critical"},
        }
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["KE", "TZ"]),
        ("filter=country=KE", ["KE"]),
        ("filter=country%3D%22KE%22", ["KE"]),
        ("filter=country!=KE", ["TZ"]),
        ("filter=country=~K.*", ["KE"]),
        ("filter=country=~K", []),
        ("filter=country!~%22K.*%22", ["TZ"]),
        ("filter=country=~KE|TZ&filter=country!=TZ", ["KE"]),
        ("filter=nothing=", ["KE", "TZ"]),
        ("filter=nothing!=", []),
        ("receiver=ssoc", ["KE", "TZ"]),
        ("receiver=s.*", ["KE", "TZ"]),
        ("receiver=other", []),
        ("active=false", []),
        ("active=no", []),
        ("active=&silenced=T", ["KE", "TZ"]),
        ("active=true&silenced=false&inhibited=false&unprocessed=false", ["KE", "TZ"]),
    ],
)
def test_filters_and_flags(fed: Room, query: str, expected: list[str]) -> None:
    assert countries(fed, query) == expected


def test_who_is_inhibited_and_by_whom(fed: Room) -> None:
    rule = Inhibition("r", {"severity": "critical"}, {"severity": "warning"}, ("country",))
    with fed.runtime.work(SYSTEM) as work:
        items = factories.items_of(factories.estate_of("core-ke, core-tz"))
        estate_actions.replace(work, [*items, ("inhibition", rule)])
    muted = labelled("KE", alertname="Slow", severity="warning")
    assert fed.post("/am/api/v2/alerts", [muted]).status == 200
    found = {each["labels"]["alertname"]: each for each in fed.get("/api/v2/alerts").json}
    by = hex_of(fingerprint(labelled("KE")["labels"]))
    assert found["Slow"]["status"] == {
        "inhibitedBy": [by],
        "mutedBy": [],
        "silencedBy": [],
        "state": "suppressed",
    }
    assert found["SuccessLow"]["status"]["state"] == "active"
    assert countries(fed, "inhibited=false") == ["KE", "TZ"]
    assert countries(fed, "active=false") == ["KE"], "the muted one alone"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", 'a="b"'),
        (' a = "b c" ', 'a="b c"'),
        ('a="x\\"y\\n"', 'a="x"y\n"'),
        ('"foo bar"=~"x.*"', 'foo bar=~"x.*"'),
        ("a!~", 'a!~""'),
        ("job=a=b", 'job="a=b"'),
        ("alertname=oops{", 'alertname="oops{"'),
        ("a='b'", "a=\"'b'\""),
        ("a=b\\", 'a="b\\"'),
    ],
)
def test_filter_texts(text: str, expected: str) -> None:
    assert [str(each) for each in matchers_of([text])] == [expected]


@pytest.mark.parametrize("path", ["alerts", "alerts/groups", "silences"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("oops{", '"bad matcher format: oops{"'),
        ("%3Dx", '"bad matcher format: =x"'),
        ("a=%22x", '"matcher value contains unescaped double quote: \\"x"'),
        ("a=b%22c", '"matcher value contains unescaped double quote: b\\"c"'),
        ("%7Ba=%22b%22%7D", '"bad matcher format: {a=\\"b\\"}"'),
        ("a=~(", "not valid RE2"),
    ],
)
def test_a_bad_filter_is_400_with_a_bare_text(room: Room, path: str, text: str, words: str) -> None:
    answer = room.get(f"/api/v2/{path}?filter={text}")
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert isinstance(answer.json, str)
    assert words in answer.body.decode()


def test_groups_share_alertname_and_market(fed: Room) -> None:
    found = fed.get("/am/api/v2/alerts/groups").json
    assert [each["labels"] for each in found] == [
        {"alertname": "SuccessLow", "country": "KE"},
        {"alertname": "SuccessLow", "country": "TZ"},
    ]
    assert {each["receiver"]["name"] for each in found} == {"ssoc"}
    assert [len(each["alerts"]) for each in found] == [1, 1]


def test_status_is_what_amtool_reads(room: Room) -> None:
    found = room.get("/am/api/v2/status").json
    assert found["cluster"] == {"name": "ssoc", "status": "disabled", "peers": []}
    assert found["uptime"] == "2026-03-02T08:00:00.000Z"
    assert set(found["versionInfo"]) == {
        "branch",
        "buildDate",
        "buildUser",
        "goVersion",
        "revision",
        "version",
    }
    assert yaml.safe_load(found["config"]["original"])["route"]["receiver"] == "ssoc"
    assert room.get("/api/v2/receivers").json == [{"name": "ssoc"}]


def test_a_silence_from_birth_to_expiry(fed: Room, clock: FrozenClock) -> None:
    made = fed.post("/am/api/v2/silences", silence())
    assert (made.status, list(made.json)) == (200, ["silenceID"])
    number = made.json["silenceID"]
    [tanzania] = fed.get("/api/v2/alerts?filter=country=TZ").json
    assert tanzania["status"]["state"] == "suppressed"
    assert tanzania["status"]["silencedBy"] == [number]
    assert countries(fed, "silenced=false") == ["KE"]
    found = fed.get(f"/api/v2/silence/{number}").json
    assert found == {
        "id": number,
        "status": {"state": "active"},
        "updatedAt": "2026-03-02T08:00:00.000Z",
        "comment": "planned upgrade",
        "createdBy": "noc",
        "endsAt": "2026-03-02T09:00:00.000Z",
        "matchers": [{"isEqual": True, "isRegex": False, "name": "country", "value": "TZ"}],
        "startsAt": "2026-03-02T08:00:00.000Z",
    }
    later = fed.post("/api/v2/silences", silence(id=number, endsAt="2026-03-02T10:00:00Z"))
    assert later.json == {"silenceID": number}, "the same matchers: changed in place"
    gone = fed.send("DELETE", f"/am/api/v2/silence/{number}")
    assert (gone.status, gone.body) == (200, b"")
    [expired] = fed.get("/api/v2/silences").json
    assert expired["status"]["state"] == "expired"
    clock.advance(timedelta(seconds=1))
    assert countries(fed, "silenced=false") == ["KE", "TZ"]


def test_other_matchers_are_a_new_silence(room: Room) -> None:
    number = room.post("/api/v2/silences", silence()).json["silenceID"]
    other = {"name": "country", "value": "KE", "isRegex": False}
    changed = room.post("/api/v2/silences", silence(id=number, matchers=[other]))
    assert changed.json["silenceID"] != number
    states = {each["id"]: each["status"]["state"] for each in room.get("/api/v2/silences").json}
    assert states == {number: "expired", changed.json["silenceID"]: "active"}


def test_silences_are_filtered_by_their_matchers(room: Room) -> None:
    room.post("/api/v2/silences", silence())
    assert len(room.get("/api/v2/silences?filter=country=TZ").json) == 1
    assert room.get("/api/v2/silences?filter=country=KE").json == []


NAMELESS = {"name": "country", "isRegex": False}


def test_all_faults_of_a_silence_are_named_at_once(room: Room) -> None:
    matchers = [NAMELESS, {"name": 1, "value": "x", "isRegex": False}]
    found = room.post("/am/api/v2/silences", silence(matchers=matchers, comment=None))
    assert (found.status, found.json) == (
        422,
        {
            "code": 602,
            "message": "comment in body is required; matchers.0.value in body is required; "
            "matchers.1.name in body is of the wrong type",
        },
    )


@pytest.mark.parametrize("body", [{}, silence(), b"{"], ids=["empty", "good", "no JSON"])
def test_who_may_not_silence_hears_that_before_the_faults(room: Room, body: object) -> None:
    reader = room.new_token("reader", TokenScope.READ)
    found = room.post("/am/api/v2/silences", body, reader)
    assert (found.status, found.json["code"]) == (403, 403)
    assert "use one of scope ingest or write" in found.json["message"]


@pytest.mark.parametrize("path", ["alerts", "alerts/groups"])
@pytest.mark.parametrize("name", ["active", "silenced", "inhibited", "muted"])
def test_a_flag_that_is_neither_is_refused(fed: Room, path: str, name: str) -> None:
    found = fed.get(f"/am/api/v2/{path}?{name}=maybe")
    assert (found.status, found.json) == (
        400,
        f"{name} in query must be true or false, found 'maybe'",
    )


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        pytest.param(
            silence(matchers=[]),
            422,
            {"code": 612, "message": "matchers in body should have at least 1 items"},
            id="no matchers",
        ),
        pytest.param(
            silence(comment=None),
            422,
            {"code": 602, "message": "comment in body is required"},
            id="no comment",
        ),
        pytest.param(
            silence(matchers=[NAMELESS]),
            422,
            {"code": 602, "message": "matchers.0.value in body is required"},
            id="half a matcher",
        ),
        pytest.param(
            silence(endsAt="2026-03-02T07:30:00Z", startsAt="2026-03-02T07:00:00Z"),
            400,
            "Failed to create silence: end time can't be in the past",
            id="in the past",
        ),
        pytest.param(
            silence(endsAt="2026-03-02T08:00:00Z"),
            400,
            "Failed to create silence: start time must be before end time",
            id="no time at all",
        ),
        pytest.param(
            silence(id="11111111-1111-1111-1111-111111111111"),
            404,
            "silence not found",
            id="unknown",
        ),
    ],
)
def test_bad_silences_are_refused_in_its_words(
    room: Room, body: object, status: int, answer: object
) -> None:
    found = room.post("/am/api/v2/silences", body)
    assert (found.status, found.json) == (status, answer)


@pytest.mark.parametrize(
    "matcher",
    [
        {"name": "a", "value": "(", "isRegex": True},
        {"name": "a", "value": ".*", "isRegex": True},
        {"name": "alertname", "value": ".+", "isRegex": True},
        {"name": "", "value": "x", "isRegex": False},
    ],
    ids=["bad regex", "matches everything", "any name", "no name"],
)
def test_matchers_that_make_no_sense_are_400(room: Room, matcher: dict[str, Any]) -> None:
    found = room.post("/am/api/v2/silences", silence(matchers=[matcher]))
    assert found.status == 400
    assert isinstance(found.json, str)


def test_an_unknown_silence_is_404(room: Room) -> None:
    found = room.get("/api/v2/silence/11111111-1111-1111-1111-111111111111")
    assert (found.status, found.body) == (404, b"")
    gone = room.send("DELETE", "/api/v2/silence/11111111-1111-1111-1111-111111111111")
    assert (gone.status, gone.json) == (404, "silence not found")


def test_a_token_sees_and_silences_its_own_market_only(fed: Room) -> None:
    tanzania = fed.new_token("tanzania", TokenScope.INGEST, "TZ")
    fed.token = tanzania
    assert countries(fed) == ["TZ"]
    everything = {"name": "alertname", "value": "SuccessLow", "isRegex": False}
    assert fed.post("/api/v2/silences", silence(matchers=[everything])).status == 200
    assert countries(fed, "silenced=false") == []
    fed.token = fed.new_token("group")
    assert countries(fed, "silenced=false") == ["KE"]


def test_maintenance_mutes(fed: Room, clock: FrozenClock) -> None:
    fed.post("/api/v2/alerts", [labelled("KE", service="core")])
    draft = WindowDraft(
        title="core upgrade", components=("core-ke",), starts_at=NOW, ends_at=NOW + MINUTE * 60
    )
    with fed.runtime.work(SYSTEM) as work:
        set_window(work, draft)
    [muted] = fed.get("/api/v2/alerts?filter=service=core").json
    assert muted["status"]["state"] == "suppressed"
    assert muted["status"]["mutedBy"] == ["core upgrade"]


def test_alive_and_ready_need_no_token(room: Room) -> None:
    for path in ("/-/healthy", "/-/ready", "/am/-/healthy", "/am/-/ready"):
        answer = room.get(path, token="")
        assert (answer.status, answer.body) == (200, b"OK")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_the_rest_needs_one(room: Room) -> None:
    for path in ("status", "alerts", "alerts/groups", "silences", "silence/x", "receivers"):
        answer = room.get(f"/am/api/v2/{path}", token="")
        assert (answer.status, answer.json["code"]) == (401, 401)


def test_api_v1_is_gone_but_for_posting(room: Room) -> None:
    for path in ("/am/api/v1/status", "/am/api/v1/alerts", "/am/api/v1/silences"):
        assert room.get(path).status == 410
    assert room.get("/api/v1/status").body == b"the console", "without a prefix v1 is ours"


@pytest.mark.parametrize("path", ["nothing", "alerts/x", "silence", "silence/a/b", ""])
def test_other_paths_are_404_in_its_format(room: Room, path: str) -> None:
    answer = room.get(f"/am/api/v2/{path}")
    assert (answer.status, answer.json["code"]) == (404, 404)


def test_metrics_below_the_prefix_are_ours(room: Room) -> None:
    asked = []

    def console(environ: dict[str, Any], start: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start("200 OK", [])
        return [b""]

    room.door._app = console
    assert room.get("/am/metrics").status == 200
    assert asked == ["/metrics"]
