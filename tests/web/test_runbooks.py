"""Runbooks in the console: rendered safely, linked from what fires, and shipped in the wheel."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import ingest
from ssoc.monitoring.report import hex_of
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from web import books

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
HOSTILE = """# Bad, Worse

<script>alert(1)</script> and <b onclick="x()">bold</b>, ![a picture](https://evil.example/x.png)

- [run](javascript:alert(1)) [data](data:text/html,x) [out](../estate.md#x) [up](../../etc/passwd)
- [near](NoData.md) [list](README.md) [far](https://wiki.example/a?b=1&c=2) [gone](Nowhere.md)
"""


@pytest.mark.parametrize("path", BOOKS, ids=lambda each: each.stem)
def test_every_runbook_is_shown(as_person: SignIn, path: Path) -> None:
    client = as_person(people.OPERATOR)
    name = "" if path.stem == books.INDEX else f"/{path.stem}"
    page = client.get(f"/runbooks{name}")
    assert page.status_code == 200
    assert page.text.count("<h1>") == 1
    body = page.text.partition("<article")[2].partition("</article>")[0]
    for heading in [line for line in path.read_text().splitlines() if line.startswith("## ")]:
        assert f"<h2>{heading[3:]}</h2>" in body
    for address in set(part.partition('"')[0] for part in body.split('href="')[1:]):
        if address.startswith("/"):
            assert client.get(address).status_code == 200, address


def test_markup_in_a_runbook_is_text(app: Flask) -> None:
    with app.test_request_context():
        book = books.rendered("Bad", HOSTILE)
    assert book.title == "Bad, Worse"
    assert "<script" not in book.body
    assert "<b " not in book.body
    assert "<img" not in book.body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in book.body
    links = [part.partition('"')[0] for part in book.body.split('href="')[1:]]
    assert links == ["/runbooks/NoData", "/runbooks", "https://wiki.example/a?b=1&amp;c=2"]
    assert "gone" in book.body


@pytest.mark.parametrize("name", ["..", "../estate", "Nowhere", "%2e%2e%2fconsole", "README.md"])
def test_what_is_no_runbook_is_not_found(as_person: SignIn, name: str) -> None:
    assert as_person(people.OPERATOR).get(f"/runbooks/{name}").status_code == 404


@pytest.mark.parametrize(
    ("named", "href"),
    [
        ("https://wiki.example/x", "https://wiki.example/x"),
        ("ErrorAnswers", "/runbooks/ErrorAnswers"),
        ("runbooks/UssdSlow.md", None),
        ("FloatShort", "/runbooks/TrustBalanceOff"),
        ("javascript:alert(1)", ""),
        ("call the duty manager", ""),
    ],
)
def test_where_a_component_says_its_runbook_is(app: Flask, named: str, href: str | None) -> None:
    with app.test_request_context():
        found = books.link_of(named)
    assert found is not None
    assert found.href == ("/runbooks/ApiSlow" if href is None else href)


def test_no_runbook_is_no_link(app: Flask) -> None:
    with app.test_request_context():
        assert books.link_of("  ") is None
        assert books.link_of_alert("TheirOwnAlert") is None


def test_alert_and_incident_lead_to_their_runbooks(console: Runtime, as_person: SignIn) -> None:
    own = factories.report(
        name="ErrorAnswers",
        market="KE",
        component="core-ke",
        annotations={"runbook_url": "https://wiki.example/core"},
    )
    with console.work(SYSTEM) as work:
        there = factories.component("core-ke", "KE", runbook="NoData")
        factories.estate(work, "core-ke, core-tz", components=[there])
        ingest(work, [own])
    client = as_person(people.OPERATOR)
    page = client.get(f"/alerts/{hex_of(own.key)}").text
    for href in ("/runbooks/ErrorAnswers", "/runbooks/NoData", "https://wiki.example/core"):
        assert f'href="{href}"' in page, href
    assert 'href="/alerts?component=core-ke"' in page, "the component leads to its alerts"
    assert 'href="/estate/core-ke"' in page


def test_what_is_installed_has_them(tmp_path: Path) -> None:
    """Build what a wheel holds of the web ring, elsewhere, and read a runbook from there."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "docs" / "runbooks", source / "docs" / "runbooks")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "web", source / "web", symlinks=True, ignore=ignored)
    installed = tmp_path / "installed"
    build = [sys.executable, "-c", "from setuptools import setup; setup()", "build"]
    subprocess.run(  # noqa: S603
        [*build, "--build-lib", str(installed)], cwd=source, check=True, capture_output=True
    )
    shipped = {path.stem for path in (installed / "web" / "runbooks").iterdir()}
    assert shipped == {path.stem for path in BOOKS}
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-c", "from web import books; print(books.FOLDER, *books.names())"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    folder, *names = told.stdout.split()
    assert folder.startswith(str(installed))
    assert "ErrorAnswers" in names
