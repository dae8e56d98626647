"""The table of adapters: complete, documented, and never raising."""

import importlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import ask


def test_the_eight_ways_of_asking() -> None:
    wanted = "alertmanager files gsma health http metrics net promql"
    assert sorted(ADAPTERS) == wanted.split()


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_setting_is_documented_where_people_look(name: str) -> None:
    doc = importlib.import_module(f"ssoc.monitoring.adapters.{name}").__doc__
    assert doc is not None
    undocumented = [setting for setting in ADAPTERS[name].settings if f"``{setting}``" not in doc]
    assert undocumented == []
    assert all(ADAPTERS[name].settings.values())


@pytest.mark.parametrize("name", ADAPTERS)
def test_settings_are_optional_only_when_the_adapter_can_do_without(name: str) -> None:
    reading = ask(name, {})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.CONFIGURATION)
    assert "is missing" in reading.message


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(some.sampled_from(sorted(ADAPTERS)), some.data())
def test_whatever_stands_in_the_settings_nothing_is_raised(name: str, data: Any) -> None:
    names = some.sampled_from(sorted(ADAPTERS[name].settings))
    chosen = data.draw(some.dictionaries(names, JSON, max_size=4))
    for needed in ("url", "base", "pattern", "host"):
        chosen.pop(needed, None)  # nothing shall really be asked
    assert ADAPTERS[name].faults(chosen)
    assert ask(name, chosen).reason is Reason.CONFIGURATION


NOBODY = {"url": "http://127.0.0.1:1/", "base": "http://127.0.0.1:1/", "query": "up"}


@settings(max_examples=150, deadline=None)
@given(
    some.sampled_from(["alertmanager", "gsma", "health", "http", "metrics", "promql"]), some.data()
)
def test_whatever_else_stands_there_the_question_ends(name: str, data: Any) -> None:
    known = ADAPTERS[name].settings
    names = some.sampled_from(sorted(set(known) - {"ca", "certificate", "certificate_key"}))
    chosen = data.draw(some.dictionaries(names, JSON, max_size=3))
    chosen |= {each: value for each, value in NOBODY.items() if each in known}
    expected = {Reason.CONFIGURATION} if ADAPTERS[name].faults(chosen) else set()
    reading = ask(name, chosen)
    assert reading.reason in expected | {Reason.UNREACHABLE, Reason.CONFIGURATION}
    assert reading.health is Health.UNKNOWN
