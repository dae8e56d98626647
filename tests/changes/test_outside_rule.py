"""Where a deployment belongs, what names a change, and what covers an entry of the change log."""

from dataclasses import replace
from datetime import timedelta

import pytest

from changes.lifecycle import State
from changes.policy import read
from changes.rules.outside import (
    Deployed,
    Entry,
    Ignored,
    OutsidePolicy,
    PlaceRule,
    Watched,
    covers,
    place,
    references_in,
    unwatched_because,
)
from changes.values import ChangeView, Touched
from ssoc.estate.values import Criticality
from tests import factories
from tests.factories import at

SHIPPED = read().outside
ESTATE = factories.estate_of("core-ke, core-tz, hub", [factories.component("hub", "KE", "TZ")])
TEN = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("application", "environment", "expected"),
    [
        pytest.param("core", "prod-ke", ("core-ke", "KE"), id="market at the end"),
        pytest.param("Core", "KE", ("core-ke", "KE"), id="case does not matter"),
        pytest.param("core-ke", "production", ("core-ke", "KE"), id="the component by name"),
        pytest.param("core-ke", "prod-ke", ("core-ke", "KE"), id="component and market"),
        pytest.param("core-ke", "prod-tz", ("", "TZ"), id="not what stands in another market"),
        pytest.param("hub", "prod-tz", ("hub", "TZ"), id="shared, one market of it"),
        pytest.param("hub", "production", ("hub", ""), id="shared, no market named"),
        pytest.param("portal", "prod-ke", ("", "KE"), id="unknown, its market is known"),
        pytest.param("portal", "prod-xx", ("", ""), id="nothing is known"),
        pytest.param("", "", ("", ""), id="nothing is said"),
    ],
)
def test_the_shipped_places(application: str, environment: str, expected: tuple[str, str]) -> None:
    deployed = Deployed("github", f"acme/{application}", environment, application)
    assert place(deployed, SHIPPED, ESTATE) == expected


def test_a_rule_of_the_house_comes_first() -> None:
    own = PlaceRule("core-{land}", "{land}", repository=r"acme/ledger-(?P<land>ke|tz)")
    policy = replace(SHIPPED, places={**SHIPPED.places, "ours": own})
    deployed = Deployed("github", "acme/ledger-tz", "live", "ledger")
    assert place(deployed, policy, ESTATE) == ("core-tz", "TZ")


@pytest.mark.parametrize(
    "given",
    [
        {"environment": "("},
        {"component": "{land}"},
        {"component": "{"},
        {"component": "{}"},
        {"market": "{0}"},
    ],
    ids=repr,
)
def test_a_rule_that_cannot_work_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="pattern|caught|Single|expected"):
        PlaceRule(**given)  # type: ignore[arg-type]


def test_an_ignored_entry_says_of_what() -> None:
    with pytest.raises(ValueError, match="everything"):
        Ignored("noise")
    with pytest.raises(ValueError, match="pattern"):
        Ignored("noise", source="(")
    nightly = Ignored("nightly", source="cron.*", summary=".*index.*")
    assert nightly.covers(Entry(at(0), "cron-ke", "rebuild index"))
    assert not nightly.covers(Entry(at(0), "cron-ke", "deploy"))
    assert not nightly.covers(Entry(at(0), "x", "rebuild index"))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Deploy 4.2 (CHG-12)"], ["CHG-12"]),
        (["CHG0030042: core", "see chg-7"], ["CHG0030042", "chg-7"]),
        (["C-000123 by iTop"], ["C-000123"]),
        (["XCHG-12, CHG-12a, ABC-CHG-12"], []),
        (["CHG-1 CHG-1"], ["CHG-1"]),
        ([""], []),
    ],
)
def test_numbers_in_texts(texts: list[str], expected: list[str]) -> None:
    assert references_in(texts, SHIPPED) == expected


CHANGE = ChangeView(
    12,
    "Core 4.2",
    "normal",
    State.SCHEDULED,
    "rita",
    ("KE",),
    (Touched("core-ke"),),
    starts_at=at(3600),
    ends_at=at(7200),
    preparation_minutes=30,
    rollback_minutes=20,
    soak_minutes=10,
)
HERE = Entry(at(4000), "github", "deployed", "KE", "core-ke")


@pytest.mark.parametrize(
    ("entry", "change", "expected"),
    [
        pytest.param(HERE, CHANGE, True, id="in its window"),
        pytest.param(replace(HERE, at=at(1800)), CHANGE, True, id="while it is prepared"),
        pytest.param(replace(HERE, at=at(1200)), CHANGE, True, id="at the tolerance before"),
        pytest.param(replace(HERE, at=at(1199)), CHANGE, False, id="a second earlier"),
        pytest.param(replace(HERE, at=at(7200 + 1800)), CHANGE, True, id="roll-back and soak"),
        pytest.param(replace(HERE, at=at(7200 + 2399)), CHANGE, True, id="tolerance behind"),
        pytest.param(replace(HERE, at=at(7200 + 2400)), CHANGE, False, id="half-open"),
        pytest.param(replace(HERE, component="core-tz"), CHANGE, False, id="another component"),
        pytest.param(replace(HERE, market="TZ"), CHANGE, False, id="another market"),
        pytest.param(replace(HERE, market=""), CHANGE, True, id="no market named"),
        pytest.param(replace(HERE, component=""), CHANGE, True, id="the market as a whole"),
        pytest.param(replace(HERE, component="", market=""), CHANGE, False, id="nowhere"),
        pytest.param(HERE, replace(CHANGE, is_unauthorised=True), False, id="unauthorised"),
        pytest.param(
            replace(HERE, at=at(99_999)),
            replace(CHANGE, state=State.RUNNING, started_at=at(3600)),
            True,
            id="it runs on and on",
        ),
        pytest.param(
            replace(HERE, at=at(20_000)),
            replace(CHANGE, state=State.ENDED, started_at=at(3600), finished_at=at(19_500)),
            True,
            id="it overran until then",
        ),
        pytest.param(
            replace(HERE, at=at(20_200)),
            replace(CHANGE, state=State.ENDED, started_at=at(3600), finished_at=at(19_500)),
            False,
            id="after it had ended",
        ),
        *[
            pytest.param(HERE, replace(CHANGE, state=state), False, id=f"{state}")
            for state in (State.DRAFT, State.SUBMITTED, State.REFUSED, State.CANCELLED)
        ],
    ],
)
def test_what_a_change_covers(entry: Entry, change: ChangeView, expected: bool) -> None:
    assert covers(change, entry, TEN) is expected


def test_what_is_watched_is_data() -> None:
    small = factories.component("wiki-ke", criticality=Criticality.SUPPORTING)
    estate = factories.estate_of("core-ke", [small])
    policy = OutsidePolicy()
    assert unwatched_because(HERE, policy, estate) == ""
    assert "supporting" in unwatched_because(replace(HERE, component="wiki-ke"), policy, estate)
    assert "no component" in unwatched_because(replace(HERE, component="nix"), policy, estate)
    links_only = replace(policy, watched=Watched(kinds=["link"]))
    assert "is a service" in unwatched_because(HERE, links_only, estate)
