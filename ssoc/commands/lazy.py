"""The runtime, made at its first use: --help and init need no settings and no database."""

from ssoc import modules
from ssoc.core import settings
from ssoc.core.database import make_engine
from ssoc.core.work import Runtime


class LazyRuntime:
    """What commands are given; calling it returns the runtime."""

    def __init__(self, made: Runtime | None = None) -> None:
        self._made = made

    def __call__(self) -> Runtime:
        """Return the runtime, wiring it when it is asked for first."""
        if self._made is None:
            chosen = settings.load()
            engine = make_engine(chosen.database.url, chosen.database.pool_size)
            self._made = modules.wire(engine, settings=chosen)
        return self._made
