"""Send the content of an attachment: always as a download, of a kind no browser runs."""

from collections.abc import Iterator
from typing import BinaryIO

from flask import Response
from werkzeug.datastructures import Headers

from changes.attachments import Store
from changes.queries.attachments import AttachedFile

_STEP = 65_536


def downloaded(store: Store, found: AttachedFile) -> Response:
    """Return the content as a stream, to be kept under its name."""
    content = store.open(found.digest)  # a missing one is refused before the answer begins
    headers = Headers()
    headers.set("Content-Disposition", "attachment", filename=found.name)
    headers.set("Content-Length", str(found.size))
    headers.set("X-Content-Type-Options", "nosniff")
    headers.set("ETag", f'"{found.digest}"')
    return Response(_parts(content), headers=headers, content_type=found.content_type)


def _parts(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while part := content.read(_STEP):
            yield part
