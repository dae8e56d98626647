"""Everything in this folder talks to real tools; ``pytest -m peers`` runs it alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.launch import Peers, peers

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.peers)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    """Give the five tools with nobody receiving: what adapters ask."""
    with peers(tmp_path_factory.mktemp("lab"), scrape="1s") as running:
        running.resolve("KE", "TZ")
        yield running
