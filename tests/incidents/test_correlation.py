"""Root cause by walking the graph: the table R1 to R10, and what it does not say."""

from datetime import timedelta

import pytest

from incidents.rules.correlation import Failing, Picture, correlate
from incidents.rules.graph import graph_of
from incidents.rules.suspicion import suspects
from ssoc.core.vocabulary import Severity
from tests.factories import at, component, estate_of

LATENESS = timedelta(seconds=120)
CHAIN = "ussd-ke > api-ke > db-ke > dc-nbo"
LINKS = "api-ke > link-a|link-b"
CORES = "core-ls > dc-jnb, core-mz > dc-jnb"
CONTAINERS = ", ".join(f"container{n}-ke > host-ke" for n in range(28))


def failing(text: str, severity: Severity = Severity.CRITICAL) -> list[Failing]:
    """Read ``api-ke db-ke@45``: components, and when they began to fail."""
    found = []
    for word in text.split():
        name, _, seconds = word.partition("@")
        since = at(float(seconds or 0))
        found.append(Failing(name, severity, since, since))
    return found


def picture(graph: str, bad: str, good: str = "") -> Picture:
    healthy = dict.fromkeys(good.split(), at(600))
    return correlate(failing(bad), healthy, graph_of(estate_of(graph)), LATENESS)


@pytest.mark.parametrize(
    ("graph", "bad", "good", "expected"),
    [
        pytest.param(
            CHAIN,
            "ussd-ke api-ke db-ke",
            "dc-nbo",
            {"db-ke": ["api-ke", "ussd-ke"]},
            id="R1 one incident at the deepest failing component",
        ),
        pytest.param(
            CHAIN,
            "ussd-ke db-ke",
            "dc-nbo",
            {"db-ke": ["ussd-ke"]},
            id="R2 nested through a gap nobody sees",
        ),
        pytest.param(
            CHAIN,
            "ussd-ke db-ke",
            "api-ke dc-nbo",
            {"db-ke": [], "ussd-ke": []},
            id="R3 a good node between blocks the walk",
        ),
        pytest.param(
            LINKS,
            "link-a api-ke",
            "link-b",
            {"api-ke": [], "link-a": []},
            id="R4 one lost path of two explains nothing",
        ),
        pytest.param(
            LINKS,
            "link-a link-b api-ke",
            "",
            {"link-a": ["api-ke"], "link-b": ["api-ke"]},
            id="R5 a symptom under two causes is listed in both",
        ),
        pytest.param(
            LINKS,
            "link-a api-ke",
            "",
            {"link-a": ["api-ke"]},
            id="one path lost and the other unseen passes",
        ),
        pytest.param(
            f"{LINKS}, link-a > dc-nbo, link-b > dc-nbo",
            "api-ke dc-nbo",
            "",
            {"dc-nbo": ["api-ke"]},
            id="what both unseen paths need is the cause",
        ),
        pytest.param(
            "ussd-ke > db-ke",
            "ussd-ke db-ke@45",
            "",
            {"db-ke": ["ussd-ke"]},
            id="R6 a cause that reports late is still the cause",
        ),
        pytest.param(
            "ussd-ke > db-ke",
            "ussd-ke db-ke@120",
            "",
            {"db-ke": ["ussd-ke"]},
            id="at the limit it is still in time",
        ),
        pytest.param(
            "ussd-ke > db-ke",
            "ussd-ke db-ke@121",
            "",
            {"db-ke": [], "ussd-ke": []},
            id="too late to be the cause",
        ),
        pytest.param(
            CHAIN,
            "ussd-ke@0 api-ke@300 db-ke@10",
            "",
            {"db-ke": ["api-ke", "ussd-ke"]},
            id="past what is too late to what is not",
        ),
        pytest.param(
            "core-ke > link-hq, core-tz > link-hq, core-mz > link-hq",
            "link-hq",
            "",
            {"link-hq": []},
            id="R8 the link fails, the countries are unseen",
        ),
        pytest.param(
            CORES,
            "dc-jnb core-ls core-mz",
            "",
            {"dc-jnb": ["core-ls", "core-mz"]},
            id="R9 a shared data centre, two countries",
        ),
        pytest.param(
            CONTAINERS,
            "host-ke " + " ".join(f"container{n}-ke" for n in range(28)),
            "",
            {"host-ke": sorted(f"container{n}-ke" for n in range(28))},
            id="R10 one host, 28 containers",
        ),
        pytest.param(
            "core-ke > core-tz",
            "core-ke core-tz",
            "",
            {"core-ke": [], "core-tz": []},
            id="countries do not nest into each other",
        ),
        pytest.param(
            "ussd-ke > smsc > dc-tz",
            "ussd-ke dc-tz",
            "",
            {"dc-tz": ["ussd-ke"]},
            id="except through a shared component",
        ),
        pytest.param(
            "ussd-ke > a-ke > b-ke > a-ke, b-ke > db-ke",
            "ussd-ke a-ke@5 b-ke@3",
            "db-ke",
            {"b-ke": ["a-ke", "ussd-ke"]},
            id="a circle is one node, its oldest failure stands for it",
        ),
        pytest.param(
            "ussd-ke > a-ke > b-ke > a-ke, b-ke > db-ke",
            "ussd-ke a-ke b-ke db-ke",
            "",
            {"db-ke": ["a-ke", "b-ke", "ussd-ke"]},
            id="a circle is walked through",
        ),
        pytest.param("", "?KE/disk-full", "", {"?KE/disk-full": []}, id="a place of no component"),
    ],
)
def test_the_walk(graph: str, bad: str, good: str, expected: dict[str, list[str]]) -> None:
    found = picture(graph, bad, good)
    assert {root: sorted(found.symptoms_of(root)) for root in sorted(found.roots)} == expected


def test_a_check_that_was_ok_before_the_failure_proves_nothing() -> None:
    graph = graph_of(estate_of("ussd-ke > api-ke > db-ke"))
    bad = failing("ussd-ke@30 db-ke@20")
    for seen_at, roots in ((29, ["db-ke"]), (30, ["ussd-ke", "db-ke"])):
        found = correlate(bad, {"api-ke": at(seen_at)}, graph, LATENESS)
        assert found.roots == roots


def test_information_explains_nothing_but_may_be_explained() -> None:
    graph = graph_of(estate_of("ussd-ke > api-ke > db-ke"))
    bad = failing("ussd-ke db-ke") + failing("api-ke", Severity.INFO)
    found = correlate(bad, {}, graph, LATENESS)
    assert found.causes["api-ke"] == ("db-ke",)
    alone = correlate(failing("ussd-ke") + failing("db-ke", Severity.INFO), {}, graph, LATENESS)
    assert alone.roots == ["ussd-ke", "db-ke"]


def test_the_answer_does_not_depend_on_the_order_of_arrival() -> None:
    text = "ussd-ke@9 api-ke@4 db-ke@30 link-a@3 link-b@8"
    graph = f"{CHAIN}, {LINKS}"
    one = picture(graph, text)
    other = picture(graph, " ".join(reversed(text.split())))
    assert one.causes == other.causes


SHARED = ", ".join(f"s{n}-{m} > core-{m} > dc-shared" for m in ("ke", "tz") for n in range(3))


@pytest.mark.parametrize(
    ("graph", "bad", "good", "expected"),
    [
        pytest.param(SHARED, "s0-ke s1-ke", "", {}, id="two are a coincidence"),
        pytest.param(SHARED, "s0-ke s1-ke s2-ke", "", {"core-ke": 3}, id="the nearest on a tie"),
        pytest.param(
            SHARED, "s0-ke s1-ke s2-ke s0-tz", "", {"dc-shared": 4}, id="what covers most"
        ),
        pytest.param(SHARED, "s0-ke s1-ke s2-ke", "core-ke", {}, id="not what is healthy"),
        pytest.param(
            SHARED, "s0-ke s1-ke s2-ke", "dc-shared", {"core-ke": 3}, id="the healthy part ends it"
        ),
        pytest.param(SHARED, "s0-ke s1-ke s2-ke@61", "", {}, id="not within a minute"),
        pytest.param(SHARED, "s0-ke s1-ke@1 s2-ke@61", "", {}, id="two of three within a minute"),
        pytest.param(
            "a-ke > x-ke|y-ke, b-ke > x-ke|y-ke, c-ke > x-ke|y-ke",
            "a-ke b-ke c-ke",
            "",
            {},
            id="one of two alternatives alone explains nothing",
        ),
        pytest.param(
            "a-ke > x-ke|y-ke, b-ke > x-ke, c-ke > x-ke, x-ke > dc-ke, y-ke > dc-ke",
            "a-ke b-ke c-ke",
            "",
            {"dc-ke": 3},
            id="what both alternatives need does",
        ),
    ],
)
def test_suspicion(graph: str, bad: str, good: str, expected: dict[str, int]) -> None:
    roots, healthy = failing(bad), dict.fromkeys(good.split(), at(600))
    found = suspects(roots, healthy, graph_of(estate_of(graph)), 3, [])
    assert {each.component: len(each.candidates) for each in found} == expected


def test_a_circle_of_three_is_drawn_as_one() -> None:
    graph = graph_of(estate_of("a-ke > b-ke > c-ke > a-ke"))
    assert graph.members == {"a-ke": ["a-ke", "b-ke", "c-ke"]}
    assert component("db-ke").markets == ("KE",)
