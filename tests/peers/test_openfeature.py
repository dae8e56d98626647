"""OpenFeature's own Python SDK with its OFREP provider, as an application would use it."""

from collections.abc import Iterator

import pytest

pytest.importorskip("openfeature.contrib.provider.ofrep", reason="PEER NOT TESTED: no OFREP SDK")

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from changes.features.actions import keeping
from changes.features.values import FlagKind
from changes.rollouts.lifecycle import WaveState
from ssoc.accounts.machines import create_token
from ssoc.core.permissions import SYSTEM, TokenScope
from tests.changes.features import story
from tests.changes.features.story import KEY, OPERATOR, PLANNER
from tests.peers.house import House, house


@pytest.fixture
def running(url: str) -> Iterator[tuple[House, int]]:
    """Give a running house with a feature of each kind."""
    with house(url) as made:
        number = story.feature(made.runtime)
        with made.runtime.work(PLANNER) as work:
            for kind, on, off in (
                (FlagKind.STRING, "new", "old"),
                (FlagKind.INTEGER, 5, 0),
                (FlagKind.OBJECT, {"most": 5}, {}),
            ):
                keeping.make(work, story.draft(number, key=f"a-{kind}", kind=kind, on=on, off=off))
        yield made, number


def client(made: House, scope: TokenScope = TokenScope.FLAGS, *markets: str) -> OpenFeatureClient:
    with made.runtime.work(SYSTEM) as work:
        token = create_token(work, f"app-{scope}", scope, markets)
    provider = OFREPProvider(made.url, headers_factory=lambda: {"Authorization": f"Bearer {token}"})
    api.set_provider(provider, domain=f"app-{scope}")
    return api.get_client(domain=f"app-{scope}")


STAFF = EvaluationContext("amina", {"market": "KE", "segment": "staff"})
CUSTOMER = EvaluationContext("amina", {"market": "TZ"})


def test_values_reasons_and_where_they_come_from(running: tuple[House, int]) -> None:
    made, number = running
    app = client(made)
    told = app.get_boolean_details(KEY, False, STAFF)
    assert (told.value, told.reason, told.variant) == (True, Reason.TARGETING_MATCH, "on")
    assert told.flag_metadata == {"rollout": f"ROL-{number}", "wave": 1}
    far = app.get_boolean_details(KEY, True, CUSTOMER)
    assert (far.value, far.reason, far.variant) == (False, Reason.DEFAULT, "off")
    assert app.get_string_value("a-string", "code", STAFF) == "new"
    assert app.get_string_value("a-string", "code", CUSTOMER) == "old"
    assert app.get_integer_value("a-integer", 1, STAFF) == 5
    assert app.get_object_value("a-object", {}, STAFF) == {"most": 5}


def test_a_pause_keeps_a_kill_takes(running: tuple[House, int]) -> None:
    made, number = running
    app = client(made)
    story.move(made.runtime, number, 3, WaveState.PAUSED)
    assert app.get_boolean_value(KEY, False, CUSTOMER)
    with made.runtime.work(OPERATOR) as work:
        keeping.kill(work, KEY, ["TZ"], "complaints")
    told = app.get_boolean_details(KEY, True, CUSTOMER)
    assert (told.value, told.reason) == (False, Reason.DISABLED)


def test_what_cannot_be_answered_leaves_the_default(running: tuple[House, int]) -> None:
    made, _ = running
    app = client(made)
    missing = app.get_boolean_details("nothing", True, STAFF)
    assert (missing.value, missing.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    nobody = app.get_boolean_details(KEY, True, EvaluationContext(None, {"market": "KE"}))
    assert nobody.error_code == ErrorCode.TARGETING_KEY_MISSING
    nowhere = app.get_boolean_details(KEY, True, EvaluationContext("amina"))
    assert nowhere.error_code == ErrorCode.INVALID_CONTEXT
    small = app.get_boolean_details(KEY, True, EvaluationContext("amina", {"market": "ke"}))
    assert small.error_code == ErrorCode.INVALID_CONTEXT
    assert "capitals; send KE" in (small.error_message or "")
    assert app.get_string_details(KEY, "code", STAFF).error_code == ErrorCode.TYPE_MISMATCH


def test_a_token_of_another_scope_or_market_reads_nothing(running: tuple[House, int]) -> None:
    made, _ = running
    other = client(made, TokenScope.READ)
    assert other.get_boolean_details(KEY, True, STAFF).error_code == ErrorCode.GENERAL
    kenya = client(made, TokenScope.FLAGS, "KE")
    assert kenya.get_boolean_value(KEY, False, STAFF)
    assert kenya.get_boolean_details(KEY, True, CUSTOMER).error_code == ErrorCode.GENERAL
