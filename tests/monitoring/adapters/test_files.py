"""Files that have to arrive, here and by SFTP."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.adapters.files import still
from ssoc.monitoring.adapters.found import Found
from ssoc.monitoring.reading import Health, Reading, Reason
from tests.monitoring.adapters.cases import AT, ask

HALF = timedelta(seconds=30)


def _write(path: Path, size: int, at: datetime) -> None:
    path.write_bytes(b"x" * size)
    os.utime(path, (at.timestamp(), at.timestamp()))


def _look(folder: Path, client: Client, at: datetime, **more: Any) -> Reading:
    return ask("files", {"pattern": f"{folder}/*.csv", **more}, client, at=at)


def test_a_file_counts_once_its_size_stands_still(tmp_path: Path, client: Client) -> None:
    assert _look(tmp_path, client, AT).reason is Reason.NO_DATA, "never seen"
    _write(tmp_path / "a.csv", 10, AT)
    first = _look(tmp_path, client, AT + HALF)
    assert (first.reason, "1 still growing" in first.message) == (Reason.NO_DATA, True)
    _write(tmp_path / "a.csv", 20, AT + HALF)
    assert _look(tmp_path, client, AT + 2 * HALF).reason is Reason.NO_DATA, "it grew"
    reading = _look(tmp_path, client, AT + 3 * HALF)
    assert (reading.health, reading.reason) == (Health.OK, Reason.NONE)
    assert {s.name: s.value for s in reading.samples} == {
        "newest_at": (AT + HALF).timestamp(),
        "newest_bytes": 20.0,
        "files": 1.0,
    }


def test_after_a_start_an_old_file_counts_at_once(tmp_path: Path, client: Client) -> None:
    _write(tmp_path / "old.csv", 10, AT - timedelta(hours=5))
    _write(tmp_path / "new.csv", 10, AT)
    _write(tmp_path / "other.txt", 10, AT)
    (tmp_path / "folder.csv").mkdir()
    reading = _look(tmp_path, client, AT)
    assert "old.csv" in reading.message
    assert "1 still growing" in reading.message


def test_a_small_file_is_degraded(tmp_path: Path, client: Client) -> None:
    _write(tmp_path / "a.csv", 10, AT - timedelta(hours=1))
    reading = _look(tmp_path, client, AT, least_bytes=11)
    assert (reading.health, "fewer than 11" in reading.message) == (Health.DEGRADED, True)


def test_standing_still_means_same_size_and_same_time() -> None:
    now, then = Found("/a", 1, AT), Found("/a", 1, AT - HALF)
    assert still([now], {"/a": now}, AT - HALF) == [now]
    assert still([now], {"/a": then}, AT - HALF) == []
    assert still([now], {}, AT + HALF) == [], "a poll before has looked: a new file must wait"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"pattern": "relative/*.csv"},
        {"pattern": "/in/*.csv", "host": "h"},
        {"pattern": "/in/*", "host": "h", "user": "u", "password": "secret", "host_key": "a b"},
    ],
)
def test_bad_settings(settings: dict[str, Any]) -> None:
    assert ADAPTERS["files"].faults(settings)
    assert ask("files", settings).reason is Reason.CONFIGURATION


class TestSftp:
    """A real SSH server on loopback."""

    @pytest.fixture
    def bank(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
        """Give the settings of a check on a bank's server that holds two files."""
        pytest.importorskip("paramiko")
        from tests.monitoring.adapters.sftp_server import sftp_server

        monkeypatch.setenv("LAB_SFTP", "open-sesame")
        _write(tmp_path / "settled.csv", 7, AT - timedelta(hours=3))
        _write(tmp_path / "notes.txt", 7, AT)
        with sftp_server(tmp_path) as (port, host_key):
            yield {
                "pattern": "/out/*.csv",
                "host": "127.0.0.1",
                "port": port,
                "user": "ssoc",
                "password": "env:LAB_SFTP",
                "host_key": host_key,
            }

    def test_files_are_found(self, bank: dict[str, Any]) -> None:
        reading = ask("files", bank)
        assert reading.health is Health.OK, reading.message
        assert "settled.csv" in reading.message
        assert {s.name: s.value for s in reading.samples}["files"] == 1

    def test_a_wrong_password_is_refused_and_not_shown(
        self, bank: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LAB_SFTP", "guessed-wrong")
        reading = ask("files", bank)
        assert reading.reason is Reason.REFUSED
        assert "guessed" not in reading.message

    def test_another_server_key_is_not_trusted(self, bank: dict[str, Any]) -> None:
        reading = ask("files", bank | {"host_key": "ssh-ed25519 AAAA"})
        assert reading.reason is Reason.UNREACHABLE
        assert "not the one we know" in reading.message

    def test_a_missing_folder_is_our_own_fault(self, bank: dict[str, Any]) -> None:
        assert ask("files", bank | {"pattern": "/nowhere/*"}).reason is Reason.CONFIGURATION

    def test_nobody_there(self, bank: dict[str, Any]) -> None:
        assert ask("files", bank | {"port": 1}).reason is Reason.UNREACHABLE
