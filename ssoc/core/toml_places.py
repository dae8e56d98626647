"""Where in a TOML file something stands, and what is wrong with one that is none."""

import re
from pathlib import Path


def no_toml(file: Path, content: str, said: str) -> str:
    """Return where and why the file is no TOML, and what it should look like."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", said)
    what, line, column = (said[: found.start()], found[1], found[2]) if found else (said, "", "")
    here = line or max(1, len(content.splitlines()))
    at = f" at column {column}" if column else " before its end" if found else ""
    return (
        f"{file}:{here}: {what}{at}; write [section], below it name = value, texts in double "
        "quotes on one line; ssoc init writes an example"
    )


def line_of(content: str, section: str, name: str) -> int:
    """Return the line on which ``name`` stands in ``[section]``, or that of the section."""
    here, at = "", 1
    for number, line in enumerate(content.splitlines(), 1):
        if head := re.match(r"\s*\[([^\]]+)\]", line):
            here = head[1].strip()
            at = number if here == section else at
        elif here == section and re.match(rf"\s*{re.escape(name)}\s*=", line):
            return number
    return at
