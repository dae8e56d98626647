"""Addresses of the files of the console: each holds a hash of what is in it.

An upgrade changes the address, so that no browser shows a new page with an old style sheet,
and what an address gave once may be kept for a year.
"""

from functools import lru_cache
from hashlib import blake2s
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

KEPT = "public, max-age=31536000, immutable"


def install(app: Flask) -> None:
    """Give templates ``asset('ssoc.css')`` and let browsers keep what it names."""
    app.jinja_env.globals.update(asset=asset, assets_version=lambda: together())
    app.after_request(_keep)


def asset(name: str) -> str:
    """Return the address of a file of ``web/static`` with the version of its content."""
    return url_for("static", filename=name, v=version(name))


def together() -> str:
    """Return one version for all files of the console, which an upgrade changes."""
    return _hash_of_all(Path(str(current_app.static_folder)))


def version(name: str) -> str:
    """Return ten hex digits of the file's content."""
    return _hash(Path(str(current_app.static_folder)) / name)


@lru_cache(maxsize=64)
def _hash(path: Path) -> str:
    return blake2s(path.read_bytes(), digest_size=5).hexdigest()


@lru_cache(maxsize=8)
def _hash_of_all(folder: Path) -> str:
    every = "".join(_hash(each) for each in sorted(folder.iterdir()) if each.is_file())
    return blake2s(every.encode(), digest_size=5).hexdigest()


def _keep(response: Response) -> Response:
    """Let what has the right version be kept; everything else is asked for again."""
    name = (request.view_args or {}).get("filename", "")
    if request.endpoint == "static" and response.status_code in {200, 304}:
        is_current = request.args.get("v") == version(name)
        response.headers["Cache-Control"] = KEPT if is_current else "no-cache"
    return response
