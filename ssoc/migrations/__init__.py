"""Alembic: one history for all tables, numbered from 0001.

Every process asks which schema is there; Alembic itself is loaded only where one is made.
"""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from ssoc.core.database import READ_ONLY
from ssoc.core.errors import Conflict
from ssoc.core.work import translated

if TYPE_CHECKING:
    from alembic.config import Config


def configuration(engine: Engine) -> "Config":
    """Return Alembic's configuration for ``engine``; there is no alembic.ini to go stale."""
    from alembic.config import Config

    config = Config(attributes={"engine": engine})
    config.set_main_option("script_location", "ssoc:migrations")
    return config


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema."""
    from alembic import command

    with translated():
        command.upgrade(configuration(engine), "head")


def status(engine: Engine) -> tuple[str | None, str, bool]:
    """Return the database's schema, ours, and whether we know the database's."""
    ours = _ours()
    with translated(), engine.execution_options(**READ_ONLY).connect() as connection:
        current = _revision(connection)
    return current, ours[-1], current is None or current in ours


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


@cache
def _ours() -> tuple[str, ...]:
    """Return our revisions, oldest first: the numbers that the files begin with."""
    names = [each.name for each in files("ssoc.migrations.versions").iterdir()]
    return tuple(sorted(name.partition("_")[0] for name in names if name[:1].isdigit()))


def require_current(engine: Engine) -> None:
    """Raise Conflict with the cure unless the database has exactly our schema."""
    current, head, known = status(engine)
    if not known:
        raise Conflict(
            f"the database has schema {current}, newer than this release knows ({head}): "
            "install the newer release, or restore a backup from before its upgrade"
        )
    if current != head:
        raise Conflict(
            f"the database has schema {current or 'none'}, this release needs {head}: "
            "run ssoc db upgrade"
        )
