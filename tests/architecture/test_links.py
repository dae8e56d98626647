"""What people read leads somewhere: links, anchors, commands, settings and addresses exist."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
import pytest

from ssoc import modules
from ssoc.cli import ssoc
from ssoc.core.clock import SystemClock
from ssoc.core.database import make_engine
from ssoc.core.settings import Settings
from web.app import create_app
from web.ingest import door, ofrep

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "generated"
PAGES = {
    path.relative_to(ROOT).as_posix(): path
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
WRITTEN = {name: path for name, path in PAGES.items() if GENERATED not in path.parents}

FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
SPAN = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|(?<=[\s`(=]))(?:[\w./-]*/)?ssoc(?= [a-z-])(.*)")


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """Return a page without its code."""
    lines = FENCE.sub("", text_of(path)).splitlines()
    return SPAN.sub("", "\n".join(each for each in lines if not each.startswith("    ")))


def code(path: Path) -> Iterator[tuple[str, bool]]:
    """Give every line of a page's blocks of code, and every span; True for a line."""
    for block in FENCE.findall(text_of(path)):
        yield from ((line, True) for line in block.splitlines()[1:-1])
    rest = FENCE.sub("", text_of(path))
    yield from ((line.strip(), True) for line in rest.splitlines() if line.startswith("    "))
    running = "\n".join(each for each in rest.splitlines() if not each.startswith("    "))
    yield from ((span.strip("`"), False) for span in SPAN.findall(running))


# ---- links


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors that the headings of a page make, as GitHub writes them."""
    found: set[str] = set()
    for line in FENCE.sub("", text_of(path)).splitlines():
        if match := re.match(r"#{1,6} (.*)", line):
            plain = re.sub(r"[^\w\- ]", "", match[1].lower()).strip()
            found.add(plain.replace(" ", "-"))
    return found


def links() -> Iterator[tuple[str, str]]:
    for name, path in PAGES.items():
        for target in LINK.findall(prose(path)):
            if not re.match(r"[a-z]+:", target):
                yield name, target


@pytest.mark.parametrize(("page", "target"), sorted(set(links())))
def test_a_link_leads_to_a_file_and_its_anchor(page: str, target: str) -> None:
    file, _, anchor = target.partition("#")
    path = (PAGES[page].parent / file).resolve() if file else PAGES[page]
    assert path.exists(), f"{page} leads to {file}, which is not there"
    assert not anchor or anchor in anchors(path), f"{page}: {file} has no heading {anchor}"


@pytest.mark.parametrize("name", WRITTEN)
def test_every_written_page_can_be_reached_from_the_readme(name: str) -> None:
    reached, waiting = {ROOT / "README.md"}, [ROOT / "README.md"]
    while waiting:
        here = waiting.pop()
        for target in LINK.findall(prose(here)) if here.suffix == ".md" else ():
            path = (here.parent / target.partition("#")[0]).resolve()
            inside = sorted(path.glob("*.md")) if path.is_dir() else [path]
            new = [each for each in inside if each.is_file() and each not in reached]
            reached.update(new)
            waiting += new
    assert PAGES[name] in reached, f"no page leads to {name}"


# ---- commands


def commands() -> Iterator[tuple[str, str, bool]]:
    """Give page, command and whether it is to be typed as it stands."""
    for name, path in WRITTEN.items():
        for line, is_line in code(path):
            for found in COMMAND.finditer(line):
                words = re.split(r"\s{2,}|[;#`|)]|…| < ", found[1])[0].strip()
                is_typed = is_line and found.start() == 0
                if words and (is_typed or is_command(words)):
                    yield name, words, is_typed


def is_command(words: str) -> bool:
    """Tell whether words that stand in mid-line begin with a command: else they are a sentence."""
    return words.split()[0] in ssoc.commands


def walked(words: str) -> tuple[click.Command, list[str]]:
    """Return the command that ``words`` name, and what is left of them."""
    command: click.Command = ssoc
    left = [each for each in shlex.split(words) if not re.fullmatch(r"\[[A-Z ]+\]", each)]
    while left and isinstance(command, click.Group):
        context = click.Context(command)
        found = command.get_command(context, left[0])
        assert found, f"there is no command ssoc {words}"
        command, left = found, left[1:]
    return command, left


@pytest.mark.parametrize(("page", "words", "is_typed"), sorted(set(commands())))
def test_a_command_is_real_with_its_options(page: str, words: str, is_typed: bool) -> None:
    command, left = walked(words)
    known = {option for each in command.params for option in each.opts}
    strange = [each for each in left if each.startswith("--") and each.split("=")[0] not in known]
    assert strange in ([], ["--help"]), f"{page}: ssoc {words} has no {', '.join(strange)}"
    if is_typed and left and not isinstance(command, click.Group):
        with command.make_context(words, list(left)):
            pass  # values and arguments are taken as they stand


def test_commands_are_really_found() -> None:
    found = {words for _, words, is_typed in commands() if is_typed}
    assert {"init", "demo fault KE core-db --for 5m"} <= found


@pytest.mark.parametrize(
    "words", ["nonsense", "db nonsense", "token create --name x --scope nonsense", "up --nonsense"]
)
def test_a_wrong_command_would_be_noticed(words: str) -> None:
    with pytest.raises((AssertionError, click.UsageError)):
        test_a_command_is_real_with_its_options("a page", words, is_typed=True)


# ---- settings and addresses


def settings() -> Iterator[tuple[str, str, str]]:
    for name, path in WRITTEN.items():
        for span, _ in code(path):
            if match := re.match(r"\[(\w+)\] (\w+)", span):
                yield name, match[1], match[2]


@pytest.mark.parametrize(("page", "section", "setting"), sorted(set(settings())))
def test_a_setting_is_real(page: str, section: str, setting: str) -> None:
    table = getattr(Settings(), section, None)
    assert table is not None, f"{page}: there is no section [{section}]"
    assert setting in {each.name for each in fields(table)}, f"{page}: [{section}] {setting}"


def addresses() -> Iterator[tuple[str, str]]:
    """Give page and every path of the console and API that stands in a span of its own."""
    for name, path in WRITTEN.items():
        for span, is_line in code(path):
            match = re.fullmatch(r"(?:(?:GET|POST|PUT|DELETE) )?(/[a-z][\w/-]*)(?:\?.*)?", span)
            if match and not is_line:
                yield name, match[1]


@pytest.fixture(scope="module")
def known_addresses(tmp_path_factory: pytest.TempPathFactory) -> list[re.Pattern[str]]:
    """Return the shape of every address that is answered, the machine doors included."""
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('links')}/empty.db")
    rules = create_app(modules.wire(engine, SystemClock()), key=b"x" * 32).url_map.iter_rules()
    engine.dispose()
    shapes = {re.sub(r"<[^>]+>", r"[^/]+", each.rule) for each in rules} | set(door.FIXED)
    alertmanager = {"(/am)?/api/v[12]/[a-z/]+", "(/am)?/-/healthy", "(/am)?", "(/am)?/api/v2/"}
    shapes |= alertmanager | {"/api/v1", "/ping/TOKEN(/start|/fail|/STATUS)?"}
    shapes.add(f"{ofrep.PATH}(/[^/]+)?")
    return [re.compile(shape) for shape in sorted(shapes)]


@pytest.mark.parametrize(("page", "address"), sorted(set(addresses())))
def test_an_address_is_answered(
    page: str, address: str, known_addresses: list[re.Pattern[str]]
) -> None:
    assert any(each.fullmatch(address) for each in known_addresses), f"{page}: {address}"
