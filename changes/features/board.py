"""All flags in memory, read anew whenever the revision of the console has risen.

Asking for the revision is one small read; a pause of a wave or a kill raises it in its own
transaction, and so is in the next answer. While the database is away nothing can be paused or
forced off either, so what was known last is still told, for as long as the setting
``[ingest] keep_flags`` allows: after that the code's default is the safer answer.
"""

from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, select

from changes.features.queries import flags
from changes.features.queries.flags import FlagTable
from ssoc.core.database import READ_ONLY, driver_failures
from ssoc.core.errors import Unavailable
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import CONSOLE, Revision
from ssoc.core.work import Runtime, translated

_NUMBER = select(Revision.number).where(Revision.name == CONSOLE)


class FlagBoard:
    """The newest flags of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._engine: Engine = runtime.engine.execution_options(**READ_ONLY)
        self._text = str(_NUMBER.compile(self._engine, compile_kwargs={"literal_binds": True}))
        self._failures = driver_failures(self._engine)
        self._table: FlagTable | None = None
        self._seen_at: datetime | None = None  # when the database said last that it is the newest
        self._lock = Lock()

    def known(self, at_most: timedelta) -> tuple[FlagTable, timedelta]:
        """Return the flags as they are now and no age; what was known last while nobody can tell.

        Raises:
            Unavailable: the database is away, and what is known is older than ``at_most``.

        """
        try:
            return self.newest(), timedelta()
        except Unavailable:
            known, seen_at = self._table, self._seen_at
            if known is None or seen_at is None:
                raise
            age = max(timedelta(), self._runtime.clock.now() - seen_at)
            if age > at_most:
                raise
            return known, age

    def newest(self) -> FlagTable:
        """Return the flags as they are now."""
        found = self._newest()
        self._seen_at = self._runtime.clock.now()
        return found

    def _newest(self) -> FlagTable:
        number, known = self._number(), self._table
        if known is not None and known.number == number:
            return known
        with self._lock:
            known = self._table
            if known is None or known.number < number:
                with self._runtime.view(SYSTEM) as work:
                    known = flags.table(work)
                self._table = known
            return known

    def _number(self) -> int:
        """Return the revision; the driver is asked itself, which halves the price of an answer."""
        with translated(writes=False):
            try:
                return self._fast()
            except self._failures:  # a connection that was lost meanwhile
                with self._engine.connect() as connection:
                    return connection.execute(_NUMBER).scalar() or 0

    def _fast(self) -> int:
        borrowed = self._engine.raw_connection()
        try:
            cursor = borrowed.cursor()
            cursor.execute(self._text)
            found = cursor.fetchone()
            cursor.close()
        except self._failures:
            borrowed.invalidate()
            raise
        finally:
            borrowed.close()
        return int(found[0]) if found else 0
