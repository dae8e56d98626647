"""Attachments: what is let in, kept by hash on disk and in an S3-like store, forgotten later."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from changes import policy
from changes.actions.attaching import attach, detach, forget_removed
from changes.attachments import DiskStore, S3Store, Store, store_of
from changes.lifecycle import State
from changes.looks import attachment_store
from changes.queries.attachments import attachments
from changes.rules.kinds import Kind, kind_of
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import (
    BadInput,
    BadSettings,
    Conflict,
    IllegalMove,
    NotAllowed,
    NotFound,
    SsocError,
    TooLarge,
    Unavailable,
)
from ssoc.core.permissions import SYSTEM
from ssoc.core.settings import Settings
from ssoc.core.work import Runtime
from tests.changes.story import RITA, SEES_ONLY, estate, put, raised

KINDS = policy.read().attachments.kinds
PDF = b"%PDF-1.7 a plan"


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as into:
        for name in names:
            into.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(PDF, "pdf", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n...", "png", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0..", "jpeg", id="jpeg"),
        pytest.param(b"GIF89a..", "gif", id="gif"),
        pytest.param("déjà vu\n\tfin".encode(), "text", id="text"),
        pytest.param(archive("[Content_Types].xml", "word/document.xml"), "word", id="word"),
        pytest.param(archive("xl/workbook.xml"), "excel", id="excel"),
        pytest.param(archive("xl/workbook.xml", "xl/vbaProject.bin"), "", id="with macros"),
        pytest.param(archive("evil.exe"), "", id="other zip"),
        pytest.param(b"PK\x03\x04 cut off", "", id="broken zip"),
        pytest.param(b"MZ\x90\x00\x03", "", id="program"),
        pytest.param(b"\x7fELF\x02", "", id="other program"),
        pytest.param(b"text with \0 in it", "", id="NUL"),
        pytest.param(b"\xff\xfet\0e\0x\0t\0", "", id="UTF-16"),
        pytest.param(b"x" * 65_535 + "é".encode(), "text", id="a sign across two parts"),
        pytest.param(b"abc\xc3", "", id="half a sign"),
    ],
)
def test_the_kind_is_told_by_the_content(content: bytes, kind: str) -> None:
    assert kind_of(io.BytesIO(content), KINDS) == kind


@pytest.mark.parametrize("given", [{}, {"begins": ["25"]}, {"begins": ["xy"]}])
def test_kinds_that_would_fit_anything_are_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"begins|hexadecimal"):
        Kind("x/y", **given)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give the address of a real server that speaks S3, on loopback."""
    moto = pytest.importorskip("moto.server")
    from werkzeug.serving import make_server

    made = make_server("127.0.0.1", 0, moto.DomainDispatcherApplication(moto.create_backend_app))
    thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


def s3_settings(address: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SSOC_TEST_ACCESS", "access")
    monkeypatch.setenv("SSOC_TEST_SECRET", "hidden")
    usual = Settings()
    chosen = replace(
        usual.changes,
        attachments="s3://plans/ssoc",
        attachments_endpoint=address,
        attachments_access_key="env:SSOC_TEST_ACCESS",
        attachments_secret_key="env:SSOC_TEST_SECRET",
    )
    return replace(usual, changes=chosen)


@pytest.fixture(params=["disk", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """Give an empty store of each kind."""
    if request.param == "disk":
        yield DiskStore(tmp_path / "kept")
        return
    address = request.getfixturevalue("server")
    made = store_of(s3_settings(address, monkeypatch))
    assert isinstance(made, S3Store)
    made.client.create_bucket(Bucket=made.bucket)
    yield made
    made.client.close()


def test_what_goes_in_comes_out_by_its_hash(store: Store) -> None:
    content = os.urandom(200_000)
    kept = store.put(io.BytesIO(content), 1_000_000)
    assert (kept.digest, kept.size) == (hashlib.sha256(content).hexdigest(), 200_000)
    with store.open(kept.digest) as file:
        assert file.read() == content
    assert store.put(io.BytesIO(content), 1_000_000) == kept, "again changes nothing"
    store.delete(kept.digest)
    store.delete(kept.digest)
    with pytest.raises(NotFound, match="restore it from a backup"):
        store.open(kept.digest)


def test_the_limit_holds_while_it_streams(store: Store) -> None:
    class Endless(io.RawIOBase):
        sent = 0

        def read(self, size: int = -1) -> bytes:
            self.sent += size
            assert self.sent < 1_000_000, "read on after the limit"
            return b"x" * size

    with pytest.raises(TooLarge, match="100,000 bytes"):
        store.put(Endless(), 100_000)  # type: ignore[arg-type]


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "ab/" + "a" * 61])
def test_only_a_hash_leads_anywhere(store: Store, digest: str) -> None:
    with pytest.raises(NotFound):
        store.open(digest)
    with pytest.raises(NotFound):
        store.delete(digest)


def test_half_a_file_is_never_seen(tmp_path: Path) -> None:
    class Broken(io.RawIOBase):
        def read(self, _size: int = -1) -> bytes:
            raise RuntimeError("the line went")

    with pytest.raises(RuntimeError):
        DiskStore(tmp_path).put(Broken(), 100)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_away_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("boto3")
    away = store_of(s3_settings("http://127.0.0.1:9", monkeypatch))
    with pytest.raises(Unavailable, match="cannot be reached to keep"):
        away.put(io.BytesIO(b"x"), 10)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be written"):
        DiskStore(tmp_path / "file" / "sub").put(io.BytesIO(b"x"), 10)


def test_a_missing_bucket_is_named(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = s3_settings(server, monkeypatch)
    other = replace(settings, changes=replace(settings.changes, attachments="s3://nowhere"))
    with pytest.raises(Unavailable, match="the store nowhere did not keep"):
        store_of(other).put(io.BytesIO(b"x"), 10)
    nameless = replace(settings, changes=replace(settings.changes, attachments="s3://"))
    with pytest.raises(BadSettings, match="names no bucket"):
        store_of(nameless)


@pytest.fixture
def house(runtime: Runtime, tmp_path: Path) -> Runtime:
    estate(runtime)
    return replace(runtime, settings=replace(runtime.settings, folder=str(tmp_path)))


def put_in(house: Runtime, number: int, name: str = "plan.pdf", content: bytes = PDF) -> int:
    return attach(house, RITA, number, name, io.BytesIO(content))


def names(house: Runtime, number: int) -> list[str]:
    with house.view(SYSTEM) as work:
        return [each.name for each in attachments(work, number)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plan.pdf", "plan.pdf"),
        ("/etc/passwd", "passwd"),
        ("C:\\plans\\night.pdf", "night.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("خطة.pdf", "خطة.pdf"),
        ("a\nb\u202e.pdf", "ab.pdf"),
    ],
)
def test_of_a_name_only_its_last_part_is_kept(house: Runtime, given: str, kept: str) -> None:
    number = raised(house)
    put_in(house, number, given)
    assert names(house, number) == [kept]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("x" * 256, PDF, BadInput),
        ("..", PDF, BadInput),
        ("", PDF, BadInput),
        ("plan.pdf", b"", BadInput),
        ("plan.pdf", b"MZ\x90\x00", BadInput),
        ("plan.pdf", PDF + b"x" * 10_485_760, TooLarge),
    ],
)
def test_nothing_of_a_refused_file_is_kept(
    house: Runtime, tmp_path: Path, name: str, content: bytes, error: type[SsocError]
) -> None:
    number = raised(house)
    with pytest.raises(error):
        put_in(house, number, name, content)
    assert names(house, number) == []
    assert not (tmp_path / "attachments").exists()


def test_who_only_looks_attaches_nothing(house: Runtime) -> None:
    number = raised(house)
    with pytest.raises(NotAllowed):
        attach(house, SEES_ONLY, number, "plan.pdf", io.BytesIO(PDF))


def test_files_of_a_closed_change_stay_as_they_are(house: Runtime) -> None:
    number = raised(house)
    file = put_in(house, number)
    put(house, number, State.CLOSED)
    with pytest.raises(IllegalMove, match="stay as they are"):
        put_in(house, number, "late.pdf")
    with house.work(RITA) as work, pytest.raises(IllegalMove):
        detach(work, number, file)


def test_two_changes_share_content_and_the_last_one_takes_it_along(
    house: Runtime, tmp_path: Path, clock: FrozenClock
) -> None:
    one, two = raised(house), raised(house)
    first, second = put_in(house, one), put_in(house, two)
    store = store_of(house.settings)

    def files() -> int:
        return sum(each.is_file() for each in (tmp_path / "attachments").rglob("*"))

    assert files() == 1
    with house.work(RITA) as work:
        detach(work, one, first)
    clock.advance(timedelta(days=2))
    with house.work(SYSTEM) as work:
        assert forget_removed(work, store) == 0
    assert files() == 1, "another change has it"
    with house.work(RITA) as work:
        detach(work, two, second)
    with house.work(SYSTEM) as work:
        assert forget_removed(work, store) == 0, "not before a day has passed"
    clock.advance(timedelta(days=2))
    with house.work(SYSTEM) as work:
        assert forget_removed(work, store) == 1
    assert files() == 0


def test_attached_again_before_it_is_forgotten_it_stays(house: Runtime, clock: FrozenClock) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        detach(work, number, put_in(house, number))
    clock.advance(timedelta(days=2))
    put_in(house, number)
    with house.work(SYSTEM) as work:
        assert forget_removed(work, store_of(house.settings)) == 0
    assert names(house, number) == ["plan.pdf"]


def test_the_same_name_twice_is_refused(house: Runtime) -> None:
    number = raised(house)
    put_in(house, number)
    with pytest.raises(Conflict, match="attached already"):
        put_in(house, number, content=b"another")


@pytest.fixture
def told(runtime: Runtime) -> Callable[[Settings], tuple[str, str]]:
    """Give what the doctor says of the store that settings name: verdict and text."""

    def of(settings: Settings) -> tuple[str, str]:
        [found] = attachment_store(replace(runtime, settings=settings))
        return found.verdict, found.text

    return of


def test_the_doctor_writes_and_reads_a_file(
    told: Callable[[Settings], tuple[str, str]],
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = Settings()
    folder = replace(usual.changes, attachments=str(tmp_path / "files"))
    disk = replace(usual, changes=folder)
    assert told(disk) == ("good", f"{tmp_path / 'files'} keeps files and gives them back")
    assert [each for each in (tmp_path / "files").rglob("*") if each.is_file()] == []
    usual, bucket = s3_settings(server, monkeypatch), f"doctor-{uuid4()}"  # the server remembers
    far = replace(usual, changes=replace(usual.changes, attachments=f"s3://{bucket}/ssoc"))
    verdict, text = told(far)
    assert verdict == "bad"
    assert f"the store {bucket} did not keep the attachment: NoSuchBucket" in text
    made = store_of(far)
    assert isinstance(made, S3Store)
    made.client.create_bucket(Bucket=bucket)
    assert told(far)[0] == "good"
    made.client.close()


def test_the_doctor_says_when_the_folder_cannot_be_written(
    told: Callable[[Settings], tuple[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    usual = Settings()
    chosen = replace(usual.changes, attachments=str(tmp_path / "files"))
    verdict, text = told(replace(usual, changes=chosen))
    assert verdict == "bad"
    assert "cannot be written" in text
