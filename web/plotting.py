"""plotly's own script, from its package on this machine: packed once, kept by browsers for a year.

The policy of a page with a chart allows one thing more: the empty style element that plotly fills.
"""

import gzip
import re
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from flask import Flask, Response, abort, g, request, url_for
from werkzeug.http import generate_etag

from web.assets import KEPT

ADDRESS = "/static/plotly.js"
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"  # of the empty text

_MAP_STYLES = re.compile(rb'document\.getElementById\("([0-9a-f]{64})"\)')


def install(app: Flask) -> None:
    """Serve plotly's script, and give templates its address."""
    app.add_url_rule(ADDRESS, "plotly.static", script)  # public like every file of the console
    app.jinja_env.globals.update(
        plotly_address=address, plotly_reserved=reserved, plotly_awaited=awaited
    )


def address() -> str:
    """Return where the script of this version is, and let the page that asks hold a chart."""
    g.has_chart = True
    return url_for("plotly.static", v=release())


def awaited() -> str:
    """Let the page in hand hold charts, also those that its live refresh brings later."""
    g.has_chart = True
    return ""


def policy(strict: str) -> str:
    """Return the policy for the answer in hand."""
    if not g.get("has_chart", False):
        return strict
    return strict.replace("style-src 'self'", f"style-src 'self' {EMPTY_STYLE}")


def script() -> Response:
    """Return the script, packed for whoever can unpack it."""
    path = script_path()
    if path is None:
        abort(404)
    is_packed = request.accept_encodings["gzip"] > 0
    answer = Response(_packed(path) if is_packed else path.read_bytes())
    answer.headers["Content-Type"] = "text/javascript; charset=utf-8"
    answer.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    is_current = request.args.get("v") == release()
    answer.headers["Cache-Control"] = KEPT if is_current else "no-cache"
    answer.set_etag(generate_etag(f"{release()}{is_packed}".encode()))
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=1)
def release() -> str:
    """Return the version of plotly, which its address holds."""
    return version("plotly")


def script_path() -> Path | None:
    """Return where the package keeps its script; the package itself is not imported."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return path if path.exists() else None


@lru_cache(maxsize=1)
def reserved() -> str:
    """Return the names of the style sheets plotly would put in for maps, which we never draw.

    It leaves them out where an element of that name stands: the policy would refuse them.
    """
    path = script_path()
    names = _MAP_STYLES.findall(path.read_bytes()) if path else []
    return " ".join(sorted({name.decode() for name in names}))


@lru_cache(maxsize=1)
def _packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6, mtime=0)
