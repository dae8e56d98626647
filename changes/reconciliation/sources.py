"""Where extracts come from when nobody brings them: a folder, or a database that is only read."""

import re
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from sqlalchemy import make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from changes.reconciliation.reading import MOST_LINES
from changes.reconciliation.values import Source, SourceKind
from ssoc.core.calendar import Span
from ssoc.core.database import foreign_engine
from ssoc.core.errors import BadInput, BadSettings, TooLarge
from ssoc.core.settings import Settings, secret

_AT_ONCE = 20_000
_SELECT = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|drop|alter|create|truncate|grant|call|copy|into)\b",
    re.IGNORECASE,
)
_TOO_LONG = "the database took longer than extract_seconds in [changes] allows"
_ELSEWHERE = frozenset({"hostaddr", "service", "servicefile", "unix_socket", "odbc_connect", "dsn"})
_REFERENCE = re.compile(r"(env|file):\S+")


def check_source(settings: Settings, source: Source, definitions: Collection[str]) -> None:
    """Refuse a source that could never give an extract, with the cure."""
    if source.definition not in definitions:
        raise BadInput(
            f"there is no definition {source.definition[:64]!r} of how an extract is read; make it "
            "first, under reconciliation, extracts"
        )
    if source.kind is SourceKind.FOLDER:
        path_of(settings, source, date(2026, 3, 2))
    elif source.kind is SourceKind.SQL:
        _check_query(source.query)
        if not _REFERENCE.fullmatch(source.url):
            raise BadInput("name the address of the database as env:NAME or file:PATH")


def _check_query(query: str) -> None:
    if not _SELECT.match(query) or ";" in query or _WRITES.search(query):
        raise BadInput("the query must be one SELECT that writes nothing, without a semicolon")


def path_of(settings: Settings, source: Source, day: date) -> Path:
    """Return the file of a day; it lies below the folder of the setting, or BadInput."""
    root = settings.changes.extract_folder
    if not root:
        raise BadInput("no folder of extracts is set; set extract_folder in [changes]")
    base = (Path(settings.folder) / root).resolve()
    named = source.path.replace("{day}", day.isoformat()).replace("{yyyymmdd}", f"{day:%Y%m%d}")
    if named == source.path or "\x00" in named:
        raise BadInput("the path must hold {day} or {yyyymmdd}, such as old/{day}.csv")
    found = (base / named).resolve()
    if not found.is_relative_to(base):
        raise BadInput(f"{named[:100]} is not below the folder of extracts")
    return found


@contextmanager
def file_of(settings: Settings, source: Source, day: date) -> Iterator[BinaryIO]:
    """Open the file of a day."""
    path = path_of(settings, source, day)
    try:
        size = path.stat().st_size
        if size > settings.changes.most_extract_bytes:
            raise TooLarge(f"{path.name} is larger than most_extract_bytes in [changes] allows")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise BadInput(f"there is no {path.name} in the folder of extracts yet") from None
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}") from error


@contextmanager
def rows_of(
    settings: Settings, source: Source, span: Span
) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """Give the columns and rows of a query, streamed, inside a transaction that only reads.

    ``:since`` and ``:until`` are a day before and after the business day, so that counterparts of
    neighbouring days are seen.
    """
    _check_query(source.query)
    seconds = settings.changes.extract_seconds
    engine = foreign_engine(_allowed(settings, source), seconds)
    until = monotonic() + seconds
    length = span.until - span.since
    given = {"since": span.since - length, "until": span.until + length, "site": source.site}
    statement = text(source.query)
    known = {name: given[name] for name in statement.compile().params if name in given}
    try:
        with engine.connect() as connection:
            streamed = connection.execution_options(stream_results=True, yield_per=_AT_ONCE)
            with closing(streamed.execute(statement, _bound(known))) as result:
                yield list(result.keys()), _texts(result, until)
    except SQLAlchemyError as error:
        raise BadInput(_refused(error, monotonic() > until)) from error
    finally:
        engine.dispose()


def _refused(error: SQLAlchemyError, is_late: bool) -> str:
    said = str(getattr(error, "orig", "") or error).strip().partition("\n")[0]
    if is_late or "statement timeout" in said:
        return f"{_TOO_LONG} ({said[:200]})"
    return f"the database of the extract refused: {said[:300]}"


def _bound(known: dict[str, Any]) -> dict[str, Any]:
    """Return parameters; instants as texts, which every database compares with its own."""
    return {
        name: f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value
        for name, value in known.items()
    }


def _allowed(settings: Settings, source: Source) -> URL:
    """Return the address behind the reference when its host may be asked."""
    try:
        url = make_url(secret(source.url))
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ImportError, BadSettings) as error:
        raise BadInput(f"{source.url} holds no address of a database that can be asked") from error
    if url.get_backend_name() != "sqlite":
        return _at_allowed_host(settings, url)
    base = (Path(settings.folder) / settings.changes.extract_folder).resolve()
    name = (url.database or "").removeprefix("file:")
    is_below = settings.changes.extract_folder and Path(name).resolve().is_relative_to(base)
    is_read = (url.query.get("mode"), url.query.get("uri")) == ("ro", "true")
    if not name or "%" in name or not is_below or not is_read:
        raise BadInput(
            "a database without a host must be a file below extract_folder of [changes], opened "
            "with mode=ro: sqlite:///file:/path/x.db?mode=ro&uri=true"
        )
    return url


def _at_allowed_host(settings: Settings, url: URL) -> URL:
    """Return the address when all it says of where to go is allowed; a socket is its folder."""
    if strange := sorted(_ELSEWHERE & set(url.query)):
        raise BadInput(f"the address says {', '.join(strange)}; name the host alone")
    asked = url.query.get("host", ())
    hosts = [url.host or "", *([asked] if isinstance(asked, str) else asked)]
    hosts = [each for given in hosts for each in given.split(",") if each]
    allowed = [each.lower() for each in settings.changes.extract_hosts]
    for host in hosts:
        if not any(fnmatchcase(host.lower(), each) for each in allowed):
            raise BadInput(f"{host} is not in extract_hosts of [changes]; an admin can add it")
    if not hosts:
        raise BadInput("the address of the database names no host")
    return url


def _texts(result: Any, until: float) -> Iterator[list[str]]:  # noqa: ANN401 (a result)
    for number, row in enumerate(result):
        if number % _AT_ONCE == 0 and monotonic() > until:
            raise BadInput(_TOO_LONG)
        if number > MOST_LINES:
            raise TooLarge(f"the query gives more than {MOST_LINES} rows")
        yield [_cell(each) for each in row]


def _cell(value: Any) -> str:  # noqa: ANN401 (whatever a driver gives)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
