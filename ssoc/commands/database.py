"""``ssoc db``: bring the schema up to date, back the database up, put a backup back."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import click
from sqlalchemy import URL

from ssoc import migrations
from ssoc.commands.lazy import LazyRuntime
from ssoc.commands.printing import as_json, emit
from ssoc.core.database import is_sqlite
from ssoc.core.errors import Conflict, NotFound, SsocError, Unavailable
from ssoc.core.leader import lock_for
from ssoc.core.work import Runtime, is_no_database


@click.group("db")
def database() -> None:
    """Keep the database: schema, backup and restore."""


@database.command()
@click.pass_obj
def upgrade(obj: LazyRuntime) -> None:
    """Bring the database to the schema of this release; safe to run twice or on two hosts."""
    runtime = obj.unchecked()
    current, head, known = migrations.status(runtime.engine)
    if not known:
        migrations.require_current(runtime.engine)
    if current == head:
        click.echo(f"schema {head} is already there")
        return
    migrations.upgrade(runtime.engine)
    click.echo(f"schema {current or 'none'} -> {head}")


@database.command()
@as_json
@click.pass_obj
def status(obj: LazyRuntime, as_json: bool) -> None:
    """Say which schema the database has and which this release needs; exit 1 if they differ."""
    runtime = obj.unchecked()
    current, head, known = migrations.status(runtime.engine)
    verdict = "current" if current == head else "needs ssoc db upgrade" if known else "is newer"
    emit(
        {"schema": current, "needed": head, "verdict": verdict},
        [f"schema {current or 'none'}, this release needs {head}: {verdict}"],
        as_json,
    )
    if current != head:
        raise click.exceptions.Exit(1)


@database.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(obj: LazyRuntime, file: Path) -> None:
    """Write a consistent copy of the database to FILE while ssoc goes on working."""
    runtime = obj.unchecked()
    if file.exists():
        raise Conflict(f"{file} exists; name a new file, a backup never overwrites another")
    if is_sqlite(runtime.engine):
        _copy_sqlite(runtime, file)
    else:
        _run("pg_dump", "--format=custom", f"--file={file}", url=runtime.engine.url)
    os.chmod(file, 0o600)
    click.echo(f"{file}: {file.stat().st_size} bytes")


@database.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Replace what the database holds now.")
@click.pass_obj
def restore(obj: LazyRuntime, file: Path, yes: bool) -> None:
    """Put the backup FILE in place of the database; stop ssoc first."""
    runtime = obj.unchecked()
    if not file.is_file():
        raise NotFound(f"no file {file}; ssoc db backup writes one")
    is_empty = _is_empty(runtime)  # asked first: a database that is away says so itself
    lock = lock_for(runtime.engine)
    if not lock.acquire():
        raise Conflict("a scheduler is running on this database; stop ssoc, then restore")
    try:
        if not yes and not is_empty:
            raise Conflict("the database is not empty; add --yes to replace what it holds")
        if is_sqlite(runtime.engine):
            _put_sqlite(runtime, file)
        else:
            _run(
                "pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner",
                f"--dbname={_plain(runtime.engine.url)}", str(file), url=runtime.engine.url,
            )  # fmt: skip
    finally:
        lock.release()
    runtime.engine.dispose()  # what it knew of the database is of the time before
    current, head, _ = migrations.status(runtime.engine)
    note = "" if current == head else f"; it has schema {current}: run ssoc db upgrade"
    click.echo(f"{file} restored{note}")


def _is_empty(runtime: Runtime) -> bool:
    try:
        current, _, _ = migrations.status(runtime.engine)
    except Unavailable as error:
        if is_sqlite(runtime.engine) and is_no_database(error.__cause__ or error):
            return False  # what is damaged is replaced as anything else is: with --yes
        raise
    return current is None


def _copy_sqlite(runtime: Runtime, file: Path) -> None:
    source = str(runtime.engine.url.database)
    if not Path(source).exists():
        raise NotFound(f"no database {source} yet; ssoc db upgrade makes it")
    partial = file.with_name(file.name + ".partial")
    try:
        with (
            closing(sqlite3.connect(source)) as live,
            closing(sqlite3.connect(partial)) as copy,
        ):
            live.backup(copy)
        partial.replace(file)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise Unavailable(
            f"no backup was made of {source} into {file}: {error}; name a file in a folder you may "
            "write to, with room on its disk"
        ) from error


def _put_sqlite(runtime: Runtime, file: Path) -> None:
    """Check the backup first, then swap it in; the database in place is kept beside it."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as given:
            verdict = given.execute("PRAGMA integrity_check").fetchone()[0]
            ours = given.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Conflict(f"{file} is no SQLite database: {error}; choose another backup") from error
    if verdict != "ok":
        raise Conflict(f"{file} is damaged ({verdict}); nothing was changed, choose another backup")
    if not ours:
        raise Conflict(f"{file} is no backup of ssoc; nothing was changed, choose another file")
    target = Path(str(runtime.engine.url.database))
    runtime.engine.dispose()
    if target.exists():
        _checkpoint(target)
        target.replace(target.with_name(target.name + ".before-restore"))
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    shutil.copy(file, target)


def _checkpoint(target: Path) -> None:
    """Bring what the log holds into the file; a damaged one is kept as it is."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(target)) as live:
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _plain(url: URL) -> str:
    """Return the address as PostgreSQL's own programs read it, without the password."""
    return url.set(drivername="postgresql", password=None).render_as_string()


def _run(program: str, *arguments: str, url: URL) -> None:
    found = shutil.which(program)
    if found is None:
        raise Unavailable(f"{program} is not installed; install PostgreSQL's client programs")
    command = [found, *arguments]
    if program == "pg_dump":
        command.append(f"--dbname={_plain(url)}")
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 (a fixed program, no shell)
        command, capture_output=True, text=True, check=False, env={**os.environ, **secret}
    )
    if done.returncode:
        raise SsocError(f"{program} failed: {done.stderr.strip()[-400:]}")
