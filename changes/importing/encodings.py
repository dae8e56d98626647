"""Which encoding a file is in: found out, or refused with what to do; never guessed in silence."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ssoc.core.errors import BadInput

ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "latin-1")
CHUNK = 1 << 20
SAMPLES = 5
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# UTF-8 that somebody read as cp1252 and wrote as UTF-8 again: Ã© for é, â€™ for ’
_TWICE = re.compile("[\u00c3\u00c2][\u0080-\u00bf\u0152\u0160\u0178\u2020-\u203a]|\u00e2\u20ac")
# symbols where a letter should stand: the file is of cp850, MacRoman or a code page of the East
_ODD = re.compile(
    "[^\\W\\d_][\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u2039\u2022\u02dc\u2122\u203a"
    "\u00a1-\u00a9\u00ab-\u00b1\u00b6\u00b8\u00bb-\u00bf\u00d7\u00f7\u008d\u008e\u017d][a-z]"
    "|[\u00c0-\u024f]{3,}"
)
_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")


@dataclass(frozen=True)
class Encoding:
    """The encoding of a file, how it was found, and words by which people can check it."""

    name: str
    is_declared: bool = False
    samples: tuple[str, ...] = ()


def encoding_of(file: BinaryIO, declared: str = "") -> Encoding:
    """Return the encoding of ``file``, which is read once and stands at its beginning then.

    Raises:
        BadInput: it is in none that we read, in two at once, or looks as if it were read wrongly.

    """
    if declared and declared.lower() not in ENCODINGS:
        raise BadInput(f"{declared[:32]!r} is no encoding; use one of {', '.join(ENCODINGS)}")
    file.seek(0)
    head = file.read(4)
    if head.startswith(_WIDE):
        raise BadInput("the file is UTF-16, as Excel saves Unicode text; save it as CSV UTF-8")
    if declared:
        return Encoding(declared.lower(), True, _checked(file, declared.lower()))
    if head.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8-sig", samples=_checked(file, "utf-8-sig"))
    try:
        return Encoding("utf-8", samples=_checked(file, "utf-8"))
    except _Undecodable as error:
        if error.is_mixed:
            raise BadInput(
                f"the file is UTF-8 up to line {error.line} and something else there; export it "
                "again in one encoding"
            ) from error
    return Encoding("cp1252", samples=_checked(file, "cp1252", guessed=True))


class _Undecodable(BadInput):
    """A byte that the encoding does not have; ``is_mixed``: it was this encoding before."""

    def __init__(self, encoding: str, line: int, is_mixed: bool) -> None:
        super().__init__(
            f"line {line} is not {encoding}; export the file again as UTF-8, or name the encoding: "
            f"{', '.join(ENCODINGS)}"
        )
        self.line, self.is_mixed = line, is_mixed


def _checked(file: BinaryIO, encoding: str, guessed: bool = False) -> tuple[str, ...]:
    """Read the whole file in ``encoding``; return some words beyond ASCII, for people to see."""
    samples: dict[str, None] = {}
    line = 1
    for text in _texts(file, encoding):
        if not text.isascii():
            _refuse_nonsense(text, line, guessed)
            if len(samples) < SAMPLES:
                samples |= dict.fromkeys(_WORD.findall(text)[: SAMPLES * 4])
        if "\x00" in text:
            at = line + text[: text.index("\x00")].count("\n")
            raise BadInput(f"line {at} has a zero byte; this is no CSV, or it is UTF-16")
        line += text.count("\n")
    file.seek(0)
    return tuple(samples)[:SAMPLES]


def _texts(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    line, seen = 1, False
    while True:
        chunk = file.read(CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            file.seek(0)
            good = bytes(error.object[: error.start])
            raise _Undecodable(
                encoding, line + good.count(b"\n"), seen or not good.isascii()
            ) from error
        yield text
        line += text.count("\n")
        seen = seen or not text.isascii()
        if not chunk:
            return


def _refuse_nonsense(text: str, line: int, guessed: bool) -> None:
    if found := _TWICE.search(text):
        at = line + text[: found.start()].count("\n")
        raise BadInput(
            f"line {at} has {_around(text, found)!r}: UTF-8 that was once read in another "
            "encoding; export it again from the tool"
        )
    if guessed and (found := _ODD.search(text) or re.search("[\u0080-\u009f]", text)):
        at = line + text[: found.start()].count("\n")
        raise BadInput(
            f"the file is not UTF-8, and as cp1252 line {at} would read {_around(text, found)!r}; "
            f"export it as UTF-8, or name its encoding: {', '.join(ENCODINGS)}"
        )


def _around(text: str, found: "re.Match[str]") -> str:
    first = text.rfind("\n", 0, found.start()) + 1
    start = max(first, found.start() - 12)
    return text[start : found.end() + 12].strip().partition("\n")[0]
