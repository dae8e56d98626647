"""What kind of file it is, told by its content, never by its name. Pure."""

import codecs
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

HEAD = 4_096
_STEP = 65_536
_CONTROL = bytes(range(9)) + bytes(range(14, 27)) + bytes(range(28, 32))


@dataclass(frozen=True)
class Kind:
    """One kind of file that may be attached.

    ``begins`` are the first bytes in hex, one of which must fit. ``holds`` is a file that a ZIP
    archive of this kind holds, ``never_holds`` one that it must not. ``is_text`` asks for UTF-8
    without control signs.
    """

    content_type: str
    begins: Sequence[str] = ()
    holds: str = ""
    never_holds: str = ""
    is_text: bool = False

    def __post_init__(self) -> None:
        """Refuse a kind that nothing, or everything, would fit."""
        if not self.begins and not self.is_text:
            raise ValueError("begins is missing; give the first bytes in hex, or is_text: true")
        for each in self.begins:
            if len(bytes.fromhex(each)) < 2:
                raise ValueError(f"begins holds {each!r}; give at least two bytes in hex")


@dataclass(frozen=True)
class AttachmentPolicy:
    """The kinds of files that may stand beside a change; the first that fits is the kind."""

    kinds: Mapping[str, Kind]
    most_per_change: int = 50


def kind_of(file: BinaryIO, known: Mapping[str, Kind]) -> str:
    """Return the name of the kind whose content ``file`` has, empty when none fits."""
    file.seek(0)
    head = file.read(HEAD)
    found = next((name for name, each in known.items() if _fits(file, head, each)), "")
    file.seek(0)
    return found


def _fits(file: BinaryIO, head: bytes, kind: Kind) -> bool:
    if kind.begins and not head.startswith(tuple(bytes.fromhex(each) for each in kind.begins)):
        return False
    if kind.holds and not _holds(file, kind):
        return False
    return not kind.is_text or _is_text(file)


def _holds(file: BinaryIO, kind: Kind) -> bool:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return kind.holds in names and not any(
        kind.never_holds and each.endswith(kind.never_holds) for each in names
    )


def _is_text(file: BinaryIO) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while part := file.read(_STEP):
            decoder.decode(part)
            if part.translate(None, _CONTROL) != part:
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
