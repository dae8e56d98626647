"""Keeps SQLite's write-ahead log short while alerts pour in; nothing to do elsewhere.

A log that is copied back only by other connections never ends while the writer goes on. So the
writer itself, between two commits, copies what is left and begins the log again. Somebody who
reads for long holds the log; then the writer goes on and tries again later.
"""

import os
import sqlite3
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine

from ssoc.core.database import BUSY_SECONDS, is_sqlite

LONG_BYTES = 16 * 1024 * 1024
WAIT_MILLISECONDS = 100  # for readers to finish
AGAIN_SECONDS = 2.0  # after one of them did not


class WriteAheadLog:
    """The log beside an SQLite file, watched by its size."""

    def __init__(self, engine: Engine) -> None:
        path = engine.url.database if is_sqlite(engine) else None
        self._path = f"{path}-wal" if path else ""
        self._not_before = 0.0

    def adopt(self, connection: Connection) -> None:
        """Take the checkpoints of ``connection`` over from SQLite, and let it remember pages."""
        if self._path:
            driver: Any = connection.connection
            driver.execute("PRAGMA cache_size = -32768")
            driver.execute("PRAGMA wal_autocheckpoint = 0")

    def keep_short(self, connection: Connection) -> None:
        """Copy the log back and begin it again if it has grown; call between transactions."""
        if not self._path or self._size() < LONG_BYTES or monotonic() < self._not_before:
            return
        if not _begun_again(connection.connection):
            self._not_before = monotonic() + AGAIN_SECONDS

    def _size(self) -> int:
        try:
            return os.stat(self._path).st_size
        except OSError:
            return 0


def _begun_again(driver: Any) -> bool:  # noqa: ANN401 (the pool's wrapper of sqlite3)
    """Tell whether the whole log was copied back and cut off."""
    try:
        driver.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        (is_busy, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    except sqlite3.OperationalError:  # what was committed stays committed
        return False
    return not is_busy
