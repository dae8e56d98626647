"""Which market and component labels mean."""

import pytest

from ssoc.estate.values import Estate
from ssoc.monitoring.report import place_of
from ssoc.monitoring.rules.placement import Placement
from tests.factories import component, estate_of

ESTATE = estate_of(
    "ussd-ke, core-ke, core-tz, hsm",
    components=[
        component("sms-ke", match=({"job": "kannel", "country": "KE"}, {"alertname": "~Sms.*"})),
        component("dc-nbo", "KE", "TZ"),
        component("link-cd", "CD", match=({"instance": r"~10\.7\..*"}, {"cc": "CD-2"})),
        component("MoMo-GH", "GH"),
    ],
)
PLACEMENT = Placement(ESTATE, ("market", "country", "cc"), ("component", "service"))


@pytest.mark.parametrize(
    ("labels", "default", "expect"),
    [
        pytest.param({"market": "KE", "component": "ussd-ke"}, "", ("KE", "ussd-ke"), id="plain"),
        pytest.param({"country": "TZ", "service": "core"}, "", ("TZ", "core-tz"), id="with market"),
        pytest.param({"country": "kenya", "service": "CORE"}, "", ("KE", "core-ke"), id="by name"),
        pytest.param({"component": "core-tz"}, "", ("TZ", "core-tz"), id="its only market"),
        pytest.param({"component": "dc-nbo"}, "", ("", "dc-nbo"), id="shared: nobody knows"),
        pytest.param({"component": "dc-nbo"}, "TZ", ("TZ", "dc-nbo"), id="shared: the token knows"),
        pytest.param({"component": "hsm", "cc": "MZ"}, "KE", ("MZ", "hsm"), id="label over token"),
        pytest.param({"service": "core"}, "KE", ("KE", "core-ke"), id="market of the token"),
        pytest.param({"component": "core-tz", "cc": "KE"}, "", ("KE", ""), id="not in that market"),
        pytest.param({"market": "XX", "country": "KE"}, "", ("KE", ""), id="first that is known"),
        pytest.param({"market": "XX"}, "", ("", ""), id="no such market"),
        pytest.param({"market": "XX"}, "KE", ("", ""), id="no such market: never the token's"),
        pytest.param({"cc": "XX", "service": "core"}, "KE", ("", ""), id="nor its component"),
        pytest.param({"cc": "XX", "component": "core-ke"}, "", ("", ""), id="two that disagree"),
        pytest.param({"cc": "XX", "alertname": "SmsQueueLong"}, "", ("", ""), id="nor by a match"),
        pytest.param({"cc": "CD-2"}, "KE", ("CD", "link-cd"), id="but a match of that label"),
        pytest.param({"market": "", "service": "core"}, "KE", ("KE", "core-ke"), id="empty label"),
        pytest.param({"market": "zz"}, "ZZ", ("ZZ", ""), id="the token's own, not yet loaded"),
        pytest.param({"component": "x", "service": "core-ke"}, "", ("KE", "core-ke"), id="second"),
        pytest.param({"job": "kannel", "country": "KE"}, "", ("KE", "sms-ke"), id="match"),
        pytest.param({"job": "kannel", "country": "TZ"}, "", ("TZ", ""), id="match needs all"),
        pytest.param({"alertname": "SmsQueueLong"}, "", ("KE", "sms-ke"), id="match by pattern"),
        pytest.param({"alertname": "NoSmsQueue"}, "", ("", ""), id="pattern is anchored"),
        pytest.param({"instance": "10.7.0.9:161"}, "", ("CD", "link-cd"), id="address pattern"),
        pytest.param({"component": "momo", "cc": "gh"}, "", ("GH", "MoMo-GH"), id="case apart"),
        pytest.param({}, "KE", ("KE", ""), id="no labels"),
        pytest.param({"component": "", "market": ""}, "", ("", ""), id="empty labels"),
    ],
)
def test_placement(labels: dict[str, str], default: str, expect: tuple[str, str]) -> None:
    for _ in range(2):  # the second time it is remembered
        assert PLACEMENT.place(labels, default) == expect


def test_an_estate_without_markets_knows_no_strangers() -> None:
    nothing = Placement(estate_of(""), ("market",), ("component",))
    bare = Placement(Estate(), ("market",), ("component",))
    assert nothing.place({"market": "XX"}, "KE") == ("", "")
    assert bare.place({"market": "Kenya"}, "KE") == ("KE", "")


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        (("core-ke", "KE", "Down"), "core-ke"),
        (("", "KE", "Down"), "?KE/Down"),
        (("", "", "Down"), "?-/Down"),
    ],
)
def test_places_of_incidents(given: tuple[str, str, str], expect: str) -> None:
    assert place_of(*given) == expect
