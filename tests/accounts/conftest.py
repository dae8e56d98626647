"""A runtime with a signing key, and accounts that are made fast."""

import pytest

from ssoc.core.work import Runtime
from tests.web import people


@pytest.fixture
def keyed(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    return people.with_key(runtime, monkeypatch)


@pytest.fixture
def peopled(keyed: Runtime) -> Runtime:
    people.add_people(keyed)
    return keyed
