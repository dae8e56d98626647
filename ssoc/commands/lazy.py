"""The runtime, made at its first use: --help and init need no settings and no database."""

import os
from pathlib import Path

from ssoc import migrations, modules
from ssoc.core import settings
from ssoc.core.database import make_engine
from ssoc.core.work import Runtime
from ssoc.demo.start import FOLDER


class LazyRuntime:
    """What commands are given; calling it returns the runtime on a database with our schema."""

    def __init__(self, made: Runtime | None = None) -> None:
        self._made = made

    def __call__(self) -> Runtime:
        """Return the runtime, or raise Conflict with the cure when the schema is not ours."""
        runtime = self.unchecked()
        migrations.require_current(runtime.engine)
        return runtime

    def unchecked(self) -> Runtime:
        """Return the runtime whatever schema the database has; wire it when asked for first."""
        if self._made is None:
            chosen = settings.load(path=demo_settings())
            engine = make_engine(chosen.database.url, chosen.database.pool_size)
            self._made = modules.wire(engine, settings=chosen)
        return self._made


def demo_settings() -> Path | None:
    """Return the demo's settings in a folder where only the demo was ever started.

    So a second terminal talks to the demo without being told where it lives.
    """
    demo = Path(FOLDER) / settings.FILE
    alone = not os.environ.get("SSOC_CONFIG") and not Path(settings.FILE).exists()
    return demo if alone and demo.exists() else None
