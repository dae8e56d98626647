"""Listing files by SFTP, with the optional library of the extra ``sftp``."""

import base64
import binascii
import math
import posixpath
import stat
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any

from ssoc.core.errors import BadSettings
from ssoc.monitoring.adapters.answer import Failure, one_line
from ssoc.monitoring.adapters.failures import failure_of
from ssoc.monitoring.adapters.found import Found
from ssoc.monitoring.adapters.line import Line
from ssoc.monitoring.reading import Reason


@dataclass(frozen=True)
class Place:
    """An SFTP server, who we are there, and by which key it proves who it is."""

    host: str
    port: int
    user: str
    password: str
    key: str
    host_key: str


def listing(place: Place, pattern: str, line: Line) -> list[Found] | Failure:
    """Return the files like ``pattern`` whose folder holds no wildcard, or why not."""
    library = _library()
    folder, wanted = posixpath.split(pattern)
    where = f"{place.host}:{place.port}"
    transport = guard = None
    try:
        transport = library.Transport(line.connect(place.host, place.port))
        guard = threading.Timer(line.patience(math.inf), transport.close)  # ends one that drips
        guard.start()
        transport.banner_timeout = transport.auth_timeout = line.patience(line.read_seconds)
        _sign_in(library, transport, place, line)
        entries = _entries(library, transport, folder, line)
    except library.AuthenticationException:
        return Failure(Reason.REFUSED, f"{where} refuses user {place.user}")
    except FileNotFoundError:
        return Failure(Reason.CONFIGURATION, f"{where} has no folder {folder}: check the pattern")
    except PermissionError:
        return Failure(Reason.REFUSED, f"{where} does not let us read {folder}")
    except (OSError, EOFError, library.SSHException) as error:
        if isinstance(error, library.SSHException):
            return Failure(Reason.UNREACHABLE, f"{where}: SSH: {one_line(str(error), 200)}")
        return failure_of(error, where)
    finally:
        if guard is not None:
            guard.cancel()
        if transport is not None:
            transport.close()
    return [_found(folder, each) for each in entries if _is_meant(each, wanted)]


def _sign_in(library: ModuleType, transport: Any, place: Place, line: Line) -> None:  # noqa: ANN401
    transport.start_client(timeout=line.patience(line.read_seconds))
    shown = transport.get_remote_server_key()
    if f"{shown.get_name()} {shown.get_base64()}" != _expected(place.host_key):
        raise library.SSHException("the server's key is not the one we know")
    if place.key:
        transport.auth_publickey(place.user, _private_key(library, place.key))
    else:
        transport.auth_password(place.user, place.password, fallback=False)


def _entries(library: ModuleType, transport: Any, folder: str, line: Line) -> list[Any]:  # noqa: ANN401
    channel = transport.open_session(timeout=line.patience(line.read_seconds))
    channel.settimeout(line.patience(line.read_seconds))
    channel.invoke_subsystem("sftp")
    with library.SFTPClient(channel) as client:
        return list(client.listdir_attr(folder))


def _is_meant(entry: Any, wanted: str) -> bool:  # noqa: ANN401
    return stat.S_ISREG(entry.st_mode or 0) and fnmatchcase(entry.filename, wanted)


def _found(folder: str, entry: Any) -> Found:  # noqa: ANN401
    changed_at = datetime.fromtimestamp(entry.st_mtime or 0, UTC)
    return Found(posixpath.join(folder, entry.filename), entry.st_size or 0, changed_at)


def _expected(host_key: str) -> str:
    words = host_key.split()
    try:
        base64.b64decode(words[1], validate=True)
    except (IndexError, binascii.Error):
        raise BadSettings("host_key is no key: give type and base64 as in a .pub file") from None
    return f"{words[0]} {words[1]}"


def _private_key(library: ModuleType, path: str) -> Any:  # noqa: ANN401
    try:
        return library.PKey.from_path(path)
    except (OSError, ValueError, library.SSHException):
        raise BadSettings(f"cannot read the private key {path}: check path and rights") from None


def _library() -> ModuleType:
    try:
        import paramiko
    except ImportError:
        raise BadSettings('files by SFTP need a library: pip install "ssoc[sftp]"') from None
    return paramiko  # type: ignore[no-any-return]
