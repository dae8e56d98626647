"""Statements compiled once for the whole run: each test has an engine of its own.

SQLAlchemy keeps what it compiled, and what it knows of every type, by the engine's dialect. A new
engine for each test compiles everything anew, and its mappers keep what nobody asks for again.
"""

from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache

_first: dict[str, tuple[Dialect, LRUCache[object, object]]] = {}


def share(engine: Engine) -> Engine:
    """Let the engine speak as the first of its kind did, with the statements that one compiled.

    Its connections, what listens to it, and its options stay its own.
    """
    if engine.dialect.name not in _first:
        with engine.connect():  # the dialect asks the server what it can do
            _first[engine.dialect.name] = engine.dialect, LRUCache(2_000)
    engine.dialect, kept = _first[engine.dialect.name]
    engine.update_execution_options(compiled_cache=kept)
    return engine
