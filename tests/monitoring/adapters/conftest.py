"""Servers and a private CA for the tests of adapters."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssoc.monitoring.adapters.client import Client
from tests.monitoring.adapters.servers import Authority, Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Make a CA, a server certificate of 30 days and a client certificate with openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("authority")
    new = ["-newkey", "rsa:2048", "-nodes"]
    _openssl(folder, "req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem",
             "-subj", "/CN=lab-ca", "-days", "400")  # fmt: skip
    for name, days in (("server", "30"), ("client", "30"), ("short", "5")):
        _openssl(folder, "req", *new, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                 "-subj", f"/CN={name}")  # fmt: skip
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                 "-CAcreateserial", "-out", f"{name}.pem", "-days", days,
                 "-extfile", "names")  # fmt: skip
    return Authority(folder)


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)
