"""Bodies of requests: read within limits, inflated within the same limits, parsed or refused."""

import re
import zlib
from typing import Any

import orjson

from ssoc.core.errors import BadInput, TooLarge

_MARK = b"\xef\xbb\xbf"  # some Windows tools begin with it
_ZERO = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")  # no database keeps it in a text
GZIP = 31  # zlib's word for "a gzip header and nothing else"


class Unreadable(BadInput):
    """The body's encoding is none that we read."""

    status = 415


def read(environ: dict[str, Any], most: int) -> bytes:
    """Return the body, inflated when it says that it is compressed.

    Raises:
        TooLarge: it is longer than ``most`` bytes, before or after inflating.
        BadInput: it ends early or is not what it says it is.

    """
    length = _length(environ)
    if length is not None and length > most:
        raise _too_large(most)
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""
    body: bytes = environ["wsgi.input"].read(most + 1 if length is None else length)
    if len(body) > most:
        raise _too_large(most)
    if length is not None and len(body) < length:
        raise BadInput(f"the body ends after {len(body)} of {length} bytes; send it again")
    encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise Unreadable(f"Content-Encoding {encoding[:32]} is not read here; send gzip or none")
    return inflated(body, most)


def _length(environ: dict[str, Any]) -> int | None:
    given = environ.get("CONTENT_LENGTH") or ""
    if not given:
        return None
    if not given.isdecimal() or len(given) > 18:
        raise BadInput("Content-Length is no number")
    return int(given)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"the body is longer than {most} bytes (ingest.most_body_bytes); send less")


def inflated(body: bytes, most: int) -> bytes:
    """Return what gzip packed, never more than ``most`` bytes of it."""
    try:
        engine = zlib.decompressobj(GZIP)
        plain = engine.decompress(body, most + 1)
    except zlib.error as error:
        raise BadInput("the body is not the gzip that Content-Encoding says it is") from error
    if len(plain) > most:
        raise _too_large(most)
    if not engine.eof:
        raise BadInput("the gzip body ends early; send it again")
    return plain


def json_of(body: bytes) -> Any:  # noqa: ANN401 (any JSON)
    """Return what the body says; zero characters, which no database keeps, become U+FFFD."""
    if b"\\u0000" in body:
        body = _ZERO.sub(rb"\1\\ufffd", body)
    try:
        return orjson.loads(body.removeprefix(_MARK))
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is not JSON in UTF-8: {error}") from error
