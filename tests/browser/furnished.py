"""Fixtures for pages that need something to show: import ``template`` and ``clock`` from here."""

from pathlib import Path

import pytest

from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from tests.conftest import EIGHT
from tests.web import people, room

_made: dict[str, tuple[Path, FrozenClock]] = {}


def _furnished(folder: Path) -> tuple[Path, FrozenClock]:
    """Return a database with a whole evening in it, made once for the run."""
    if "room" not in _made:
        path, clock = folder / "room.db", FrozenClock(EIGHT)
        engine = make_engine(f"sqlite:///{path}")
        migrations.upgrade(engine)
        runtime = modules.wire(engine, clock)
        people.add_people(runtime)
        room.fill(runtime, clock)
        engine.dispose()
        _made["room"] = path, clock
    return _made["room"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the database of the furnished room."""
    return _furnished(tmp_path_factory.mktemp("room"))[0]


@pytest.fixture
def clock(template: Path) -> FrozenClock:
    """Give a clock that stands at the end of that evening."""
    return FrozenClock(_made["room"][1].now())
