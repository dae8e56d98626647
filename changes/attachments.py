"""Where the content of attachments is kept: a folder, or an S3-like store, by its hash.

The same content is kept once, whatever it is called and however many changes have it.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from ssoc.core.errors import BadSettings, NotFound, TooLarge, Unavailable
from ssoc.core.settings import Settings, secret

_STEP = 65_536
_IN_MEMORY = 1_048_576


@dataclass(frozen=True)
class StoredFile:
    """Content as it is kept: its SHA-256 in hex, and how many bytes it has."""

    digest: str
    size: int


class Store(Protocol):
    """The small interface behind which content is kept."""

    def put(self, stream: BinaryIO, most: int) -> StoredFile:
        """Keep what ``stream`` gives; TooLarge as soon as it is more than ``most`` bytes."""

    def open(self, digest: str) -> BinaryIO:
        """Return the content to be read, or raise NotFound."""

    def delete(self, digest: str) -> None:
        """Forget content; when there is none, nothing is to be done."""


def store_of(settings: Settings) -> Store:
    """Return the store that ``[changes] attachments`` names."""
    named = settings.changes.attachments
    if not named.startswith("s3://"):
        return DiskStore(Path(settings.folder) / named)
    bucket, _, prefix = named.removeprefix("s3://").partition("/")
    if not bucket:
        raise BadSettings("changes.attachments names no bucket; write s3://bucket/prefix")
    return S3Store(_client(settings), bucket, prefix.strip("/"))


@contextmanager
def received(stream: BinaryIO, most: int) -> Iterator[tuple[BinaryIO, StoredFile]]:
    """Give what ``stream`` holds as a file that can be read twice, with its hash and size."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spooled:
        file = cast("BinaryIO", spooled)
        kept = _copy(stream, file, most)
        file.seek(0)
        yield file, kept


def _copy(stream: BinaryIO, into: BinaryIO, most: int) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    while part := stream.read(_STEP):
        size += len(part)
        if size > most:
            raise TooLarge(
                f"the file is larger than {most:,} bytes, which changes.most_attachment_bytes "
                "allows; nothing was kept; make it smaller, or link to it"
            )
        digest.update(part)
        into.write(part)
    return StoredFile(digest.hexdigest(), size)


class DiskStore:
    """Files in a folder: ``ab/cd/abcd…``; each appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, stream: BinaryIO, most: int) -> StoredFile:
        """Write beside, then rename: a crash leaves no half file under a hash."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as part:
                return self._settle(stream, part, most)
        except OSError as error:
            raise Unavailable(
                f"the folder of attachments {self.folder} cannot be written: {error.strerror}; "
                "nothing was kept"
            ) from error

    def _settle(self, stream: BinaryIO, part: Any, most: int) -> StoredFile:  # noqa: ANN401
        path = Path(part.name)
        try:
            kept = _copy(stream, part, most)
            part.flush()
            os.fsync(part.fileno())
            target = self._path(kept.digest)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(target)
            return kept
        finally:
            path.unlink(missing_ok=True)

    def open(self, digest: str) -> BinaryIO:
        """Open the file of a hash."""
        try:
            return self._path(digest).open("rb")
        except FileNotFoundError:
            raise _gone(digest) from None
        except OSError as error:
            raise Unavailable(f"attachment {digest[:12]}: {error.strerror}") from error

    def delete(self, digest: str) -> None:
        """Remove the file of a hash."""
        try:
            self._path(digest).unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"attachment {digest[:12]}: {error.strerror}") from error

    def _path(self, digest: str) -> Path:
        return self.folder / _checked(digest)[:2] / digest[2:4] / digest


class S3Store:
    """Objects in a bucket of Amazon S3 or a store that speaks like it; key: prefix and hash."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:  # noqa: ANN401
        self.client, self.bucket, self.prefix = client, bucket, prefix

    def put(self, stream: BinaryIO, most: int) -> StoredFile:
        """Hash and measure first, since an object's key is its hash."""
        with received(stream, most) as (file, kept), self._answering("keep"):
            self.client.put_object(
                Bucket=self.bucket,
                Key=self._key(kept.digest),
                Body=file,
                ContentLength=kept.size,
                ContentType="application/octet-stream",
            )
        return kept

    def open(self, digest: str) -> BinaryIO:
        """Return the object's content as a stream."""
        with self._answering("read", digest):
            found = self.client.get_object(Bucket=self.bucket, Key=self._key(digest))
            return cast("BinaryIO", found["Body"])

    def delete(self, digest: str) -> None:
        """Remove the object."""
        with self._answering("forget", digest):
            self.client.delete_object(Bucket=self.bucket, Key=self._key(digest))

    def _key(self, digest: str) -> str:
        return "/".join(filter(None, (self.prefix, _checked(digest))))

    @contextmanager
    def _answering(self, what: str, digest: str = "") -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if code in {"NoSuchKey", "404"}:
                raise _gone(digest) from None
            raise Unavailable(
                f"the store {self.bucket} did not {what} the attachment: {code[:64]}; check "
                "[changes] attachments and its keys"
            ) from error
        except BotoCoreError as error:
            raise Unavailable(
                f"the store {self.bucket} cannot be reached to {what} the attachment "
                f"({type(error).__name__}); try again shortly"
            ) from error


def _client(settings: Settings) -> Any:  # noqa: ANN401 (boto3 makes its classes at run time)
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise BadSettings(
            "changes.attachments names an S3-like store, and its library is missing: install "
            "ssoc[s3], or name a folder"
        ) from None
    chosen = settings.changes
    keys = [chosen.attachments_access_key, chosen.attachments_secret_key]
    access, hidden = (secret(each) if each else None for each in keys)
    return boto3.client(
        "s3",
        endpoint_url=chosen.attachments_endpoint or None,
        aws_access_key_id=access,
        aws_secret_access_key=hidden,
        region_name=os.environ.get("AWS_REGION", "us-east-1"),
        config=Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"max_attempts": 2},
            request_checksum_calculation="when_required",  # other makers' stores lack the newest
            response_checksum_validation="when_required",
        ),
    )


def _checked(digest: str) -> str:
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise NotFound("no content has such a hash")
    return digest


def _gone(digest: str) -> NotFound:
    return NotFound(
        f"the content of this attachment ({digest[:12]}…) is not in the store; restore it from a "
        "backup of [changes] attachments"
    )
