"""A real SSH server on loopback that lists one folder as /out."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko


class Gate(paramiko.ServerInterface):  # type: ignore[misc]
    """Lets one user in."""

    def check_auth_password(self, username: str, password: str) -> int:
        """Compare user and password."""
        is_known = (username, password) == ("ssoc", "open-sesame")
        return int(paramiko.AUTH_SUCCESSFUL if is_known else paramiko.AUTH_FAILED)

    def check_channel_request(self, *_: Any) -> int:
        """Open any channel."""
        return int(paramiko.OPEN_SUCCEEDED)


class Listing(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """Lists ``folder``."""

    folder = Path()

    def list_folder(self, path: str) -> Any:
        """Return the files, or that there is no such folder."""
        if path != "/out":
            return paramiko.SFTP_NO_SUCH_FILE
        found = []
        for each in self.folder.iterdir():
            entry = paramiko.SFTPAttributes.from_stat(each.stat())
            entry.filename = each.name
            found.append(entry)
        return found


@contextmanager
def sftp_server(folder: Path) -> Iterator[tuple[int, str]]:
    """Yield port and host key of a running server."""
    key = paramiko.RSAKey.generate(2048)
    listing = type("OurListing", (Listing,), {"folder": folder})
    transports: list[Any] = []

    def serve() -> None:
        while True:
            try:
                link, _ = door.accept()
            except OSError:
                return
            transport = paramiko.Transport(link)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, listing)
            transports.append(transport)
            transport.start_server(server=Gate(), event=threading.Event())

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1], f"{key.get_name()} {key.get_base64()}"
        door.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)
        for transport in transports:
            transport.close()
