"""Base of all tables, and an engine that behaves alike on SQLite and PostgreSQL."""

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    NullPool,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from ssoc.core.errors import Unavailable

READ_ONLY = {"ssoc_read_only": True, "postgresql_readonly": True}
_POSTGRES = (
    "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=30s"
    " -c idle_in_transaction_session_timeout=60s"
)
_STEPS = 100_000  # of SQLite's machine, between two looks at the clock
BUSY_SECONDS = 5  # how long an SQLite writer queues before the caller hears 503
JOB_SECONDS = 12  # a job has nobody who waits for it: it queues longer, and loses no turn
PATIENCE_MS = "ssoc_patience_ms"  # execution option: queue no longer than this instead


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out, on SQLite too; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive datetimes, store the rest as UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: take it from work.now")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back what was stored, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """Read what SQLite keeps as text in one step: lists of thousands of instants are usual."""
        if dialect.name == "sqlite":
            return _read_text
        return super().result_processor(dialect, coltype)


def _read_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


Id = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)]
JSON_TYPE = JSON().with_variant(JSONB(), "postgresql")
Json = Annotated[dict[str, Any], mapped_column(JSON_TYPE)]


class Base(DeclarativeBase):
    """Base of every mapped class in every package."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            length=32,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        ),
    }


def driver_failures(engine: Engine) -> type[Exception]:
    """Return what the driver itself raises, for whoever asks it without SQLAlchemy around."""
    found: type[Exception] = engine.dialect.loaded_dbapi.Error
    return found


def make_engine(url: str, pool_size: int = 5) -> Engine:
    """Return an engine whose writers never wait for ever and whose readers cannot write."""
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            connect_args={"options": _POSTGRES, "connect_timeout": 5},
        )
        event.listen(engine, "begin", _begin_postgres)
        return engine
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        connect_args={"timeout": BUSY_SECONDS},
    )
    event.listen(engine, "do_connect", _require_folder)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def foreign_engine(url: URL, seconds: int) -> Engine:
    """Return an engine for a database of others: it reads alone, in UTC, and gives up in time.

    Other databases than these two have no limit of their own here: what they give is bounded by
    the reader, and their account must be one that only reads.
    """
    given: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        limits = f"-c statement_timeout={seconds}s -c lock_timeout=5s -c timezone=UTC"
        options = f"{limits} -c default_transaction_read_only=on"
        given = {"options": options, "connect_timeout": 10}
    engine = create_engine(url, poolclass=NullPool, connect_args=given, execution_options=READ_ONLY)
    if url.get_backend_name() == "sqlite":

        def limit(connection: Any, _record: object) -> None:  # noqa: ANN401 (a driver's own)
            until = monotonic() + seconds
            connection.set_progress_handler(lambda: monotonic() > until, _STEPS)

        event.listen(engine, "connect", limit)
    return engine


def is_sqlite(engine: Engine) -> bool:
    """Tell whether the database is the embedded one."""
    return engine.dialect.name == "sqlite"


def for_jobs(engine: Engine) -> Engine:
    """Return the engine for what runs by the clock; PostgreSQL locks rows, where waits are short.

    SQLite lets one write at a time, in no order: who has waited longest may wait again.
    """
    if not is_sqlite(engine):
        return engine
    return engine.execution_options(**{PATIENCE_MS: JOB_SECONDS * 1000})


def _require_folder(_dialect: object, _record: object, given: list[Any], _more: object) -> None:
    """Say which folder is missing; SQLite itself only says that it cannot open the file."""
    name = str(given[0]) if given else ":memory:"
    folder = Path(name).parent
    if not name.startswith((":", "file:")) and not folder.is_dir():
        raise Unavailable(
            f"the folder {folder} of the database {name} is missing; make it, or correct "
            "[database] url"
        )


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 (driver's own)
    connection.isolation_level = None  # we say BEGIN ourselves, see below
    # FULL: accepted means committed, a power cut included (NORMAL syncs at checkpoints only)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Queue writers at BEGIN, where waiting is safe, instead of failing at the first write."""
    chosen = connection.get_execution_options()
    read_only = chosen.get("ssoc_read_only", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(read_only)}")
    patience = int(chosen.get(PATIENCE_MS, BUSY_SECONDS * 1000))
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    """Let a transaction that is in a hurry give up sooner than others."""
    patience = connection.get_execution_options().get(PATIENCE_MS)
    if patience is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience)}")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {2 * int(patience)}")
