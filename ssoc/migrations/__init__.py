"""Alembic: one history for all tables, numbered from 0001."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from ssoc.core.database import READ_ONLY
from ssoc.core.errors import Conflict
from ssoc.core.work import translated


def configuration(engine: Engine) -> Config:
    """Return Alembic's configuration for ``engine``; there is no alembic.ini to go stale."""
    config = Config(attributes={"engine": engine})
    config.set_main_option("script_location", "ssoc:migrations")
    return config


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema."""
    with translated():
        command.upgrade(configuration(engine), "head")


def status(engine: Engine) -> tuple[str | None, str, bool]:
    """Return the database's schema, ours, and whether we know the database's."""
    head, revisions = _ours()
    with translated(), engine.execution_options(**READ_ONLY).connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, head, current is None or current in revisions


@cache
def _ours() -> tuple[str, frozenset[str]]:
    """Return the newest of our revisions, and all; read once, since health is asked all day."""
    config = Config()
    config.set_main_option("script_location", "ssoc:migrations")
    scripts = ScriptDirectory.from_config(config)
    known = frozenset(each.revision for each in scripts.walk_revisions())
    return scripts.get_current_head() or "", known


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
