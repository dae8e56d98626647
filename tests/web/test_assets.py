"""Files of the console: their address changes with their content, and may then be kept."""

import re
from hashlib import blake2s
from pathlib import Path

import pytest
from flask import Flask

import web
from tests.web import people
from tests.web.conftest import SignIn

STATIC = Path(web.__file__).parent / "static"


@pytest.mark.parametrize("path", ["/triage", "/wall", "/alerts", "/account"])
def test_every_file_is_named_with_the_hash_of_its_content(as_person: SignIn, path: str) -> None:
    client = as_person(people.OPERATOR)
    named = re.findall(r'"(/static/[^"]+)"', client.get(path).text)
    assert len(named) >= 3
    for address in named:
        name, _, version = address.removeprefix("/static/").partition("?v=")
        content = (STATIC / name).read_bytes()
        assert version == blake2s(content, digest_size=5).hexdigest()
        with client.get(address) as answer:
            assert answer.data == content
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789"])
def test_an_old_address_is_asked_for_again(app: Flask, query: str) -> None:
    with app.test_client().get(f"/static/ssoc.css{query}") as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["ETag"]


def test_what_does_not_exist_is_not_kept(app: Flask) -> None:
    answer = app.test_client().get("/static/none.css?v=1")
    assert answer.status_code == 404
    assert "max-age" not in answer.headers.get("Cache-Control", "")
