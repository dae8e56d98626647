"""Runbooks: what to do when an alert of ours fires, shipped with the console and shown in it.

The files are those of ``docs/runbooks``; an installed console carries them as package data.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = Path(__file__).parent / "runbooks"
INDEX = "README"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_ANOTHER = re.compile(r"([A-Za-z][A-Za-z0-9]*)\.md")


@dataclass(frozen=True)
class Book:
    """One runbook, ready to be shown; ``body`` is HTML that holds no markup of the text's own."""

    name: str
    title: str
    body: str


@dataclass(frozen=True)
class BookLink:
    """A runbook by its address; no address when it is only a name to people."""

    label: str
    href: str = ""


@cache
def alerts() -> Mapping[str, str]:
    """Return which runbook is that of an alert, by the alert's name."""
    found = {}
    for path in sorted(FOLDER.glob("*.md")):
        if path.stem != INDEX:
            heading = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            found.update({name.strip(): path.stem for name in heading.split(",")})
    return found


def names() -> list[str]:
    """Return the runbooks there are."""
    return sorted(set(alerts().values()))


def book(name: str) -> Book | None:
    """Return a runbook by its name or by that of one of its alerts; None when there is none."""
    path = FOLDER / f"{alerts().get(name, name)}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    return rendered(path.stem, path.read_text(encoding="utf-8"))


def rendered(name: str, text: str) -> Book:
    """Return a text in Markdown as HTML; markup in it is shown as text, never obeyed."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    title = name
    if len(tokens) > 2 and tokens[0].tag == "h1":
        title, tokens = tokens[1].content, tokens[3:]
    for token in tokens:
        if token.children:
            token.children = _linked(token.children)
        if token.type == "table_open":
            token.attrSet("class", "bare")
    return Book(name, title, markdown.renderer.render(tokens, markdown.options, {}))


def _linked(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with links that lead somewhere here; of others the words stay."""
    kept, open_links = [], []
    for token in tokens:
        if token.type == "link_open":
            href = _address(str(token.attrGet("href") or ""))
            open_links.append(bool(href))
            token.attrs = {"href": href, "rel": "noreferrer"}
            if not href:
                continue
        elif token.type == "link_close" and not open_links.pop():
            continue
        elif token.type == "image":
            token = Token("text", "", 0, content=token.content)  # noqa: PLW2901
        kept.append(token)
    return kept


def _address(href: str) -> str:
    if href.startswith(("https://", "http://")):
        return href
    another = _ANOTHER.fullmatch(href)
    if another is None or not (FOLDER / href).is_file():
        return ""
    if another[1] == INDEX:
        return url_for("noc.runbooks")
    return url_for("noc.runbook", book=another[1])


def link_of(text: str) -> BookLink | None:
    """Return where a runbook that a component or an alert names is; None when it names none."""
    named = text.strip()
    if named.startswith(("https://", "http://")):
        return BookLink(named, named)
    known = alerts().get(named.removesuffix(".md").rpartition("/")[2])
    if known:
        return BookLink(known, url_for("noc.runbook", book=known))
    return BookLink(named) if named else None


def link_of_alert(name: str) -> BookLink | None:
    """Return the runbook of an alert that ssoc raises itself."""
    known = alerts().get(name)
    return BookLink(known, url_for("noc.runbook", book=known)) if known else None
