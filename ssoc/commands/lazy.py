"""The runtime, made at its first use: --help and init need no settings and no database."""

from typing import TYPE_CHECKING

from ssoc.core import settings
from ssoc.demo.folder import demo_settings

if TYPE_CHECKING:
    from ssoc.core.work import Runtime


class LazyRuntime:
    """What commands are given; calling it returns the runtime on a database with our schema."""

    def __init__(self, made: "Runtime | None" = None) -> None:
        self._made = made

    def __call__(self) -> "Runtime":
        """Return the runtime, or raise Conflict with the cure when the schema is not ours."""
        from ssoc import migrations

        runtime = self.unchecked()
        migrations.require_current(runtime.engine)
        return runtime

    def unchecked(self) -> "Runtime":
        """Return the runtime whatever schema the database has; wire it when asked for first."""
        if self._made is None:
            from ssoc import modules
            from ssoc.core.database import make_engine

            chosen = settings.load(path=demo_settings())
            engine = make_engine(chosen.database.url, chosen.database.pool_size)
            self._made = modules.wire(engine, settings=chosen)
        return self._made
