"""Routes that take files: only there may a body be as large as an attachment."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request, session

from ssoc.core.work import Runtime

View = TypeVar("View", bound=Callable[..., object])
AROUND = 262_144  # the other fields of a form, and what separates them


def takes_files(view: View) -> View:
    """Let a view receive a body as large as the setting for attachments allows."""
    view.most_bytes = "most_attachment_bytes"  # type: ignore[attr-defined]
    return view


def takes_imports(view: View) -> View:
    """Let a view receive a body as large as the setting for imports of changes allows."""
    view.most_bytes = "most_import_bytes"  # type: ignore[attr-defined]
    return view


def takes_extracts(view: View) -> View:
    """Let a view receive bodies as large as the setting for extracts to reconcile allows."""
    view.most_bytes = "most_extract_bytes"  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Lift the limit before anything reads the body; strangers are not waited for."""
    app.before_request(_lift)


def _lift() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    setting = getattr(view, "most_bytes", "")
    if not setting:
        return
    given = request.authorization
    if "person" in session or (given is not None and given.type == "bearer"):
        runtime: Runtime = current_app.extensions["ssoc"]
        request.max_content_length = getattr(runtime.settings.changes, setting) + AROUND
