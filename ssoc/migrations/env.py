"""Run by Alembic: one transaction per migration, checked against the models of all modules."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection, Engine

from ssoc import modules
from ssoc.core.database import Base, UtcDateTime, is_sqlite


def plain_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render our types as stock ones, so old migrations never import today's code."""
    is_ours = kind == "type" and isinstance(item, UtcDateTime)
    return "sa.DateTime(timezone=True)" if is_ours else False


LOCK = 0x55_0D  # two hosts that upgrade at once take turns


def sqlite_foreign_keys(connection: Connection, state: str) -> None:
    """Switch the check off while batch mode rebuilds tables; only works between transactions."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA foreign_keys = {state}")  # type: ignore[union-attr]


modules.load()
engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    sqlite_foreign_keys(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain_types,
        transaction_per_migration=True,
    )
    if not is_sqlite(engine):
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
        connection.commit()
    with context.begin_transaction():
        context.run_migrations()
    if not is_sqlite(engine):
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")
        connection.commit()
    sqlite_foreign_keys(connection, "ON")
