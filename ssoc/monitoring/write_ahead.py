"""Keeps SQLite's write-ahead log short while alerts pour in; nothing to do elsewhere.

A log that is copied back only by other connections never ends while the writer goes on. So the
writer itself, between two commits, copies what is left and begins the log again.
"""

import os

from sqlalchemy import Connection, Engine

from ssoc.core.database import is_sqlite

LONG_BYTES = 16 * 1024 * 1024


class WriteAheadLog:
    """The log beside an SQLite file, watched by its size."""

    def __init__(self, engine: Engine) -> None:
        path = engine.url.database if is_sqlite(engine) else None
        self._path = f"{path}-wal" if path else ""

    def adopt(self, connection: Connection) -> None:
        """Take the checkpoints of ``connection`` over from SQLite, and let it remember pages."""
        if self._path:
            connection.connection.execute("PRAGMA cache_size = -32768")
            connection.connection.execute("PRAGMA wal_autocheckpoint = 0")

    def keep_short(self, connection: Connection) -> None:
        """Copy the log back and begin it again if it has grown; call between transactions."""
        if not self._path or self._size() < LONG_BYTES:
            return
        driver = connection.connection
        driver.execute("PRAGMA busy_timeout = 200")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        driver.execute("PRAGMA busy_timeout = 5000")

    def _size(self) -> int:
        try:
            return os.stat(self._path).st_size
        except OSError:
            return 0
