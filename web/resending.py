"""What somebody typed, given back ready to send again when it could not be taken.

Nothing is kept on the server: the answer to a refused form is a page with the same fields. When
the session has ended, they pass through the sign-in form. Passwords and codes never come back.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request, request
from werkzeug.exceptions import HTTPException

KEPT = "kept"  # the field of the sign-in form that carries a form through
SECRETS = frozenset({"password", "old", "new", "again", "code", "drop"})
MOST_BYTES = 100_000
_AREAS = frozenset({"text", "reason", "note"})
_LABELS = {
    "text": "Text",
    "reason": "Reason",
    "note": "What is known so far",
    "title": "Title",
    "owner": "Owner",
    "person": "Person",
    "reference": "Reference",
    "starts": "From",
    "ends": "Until",
    "until": "Until",
    "comment": "Why",
    "name": "Name",
    "value": "Value",
    "display_name": "Full name",
}


@dataclass(frozen=True)
class TypedField:
    """One field; without a label it is sent again unseen."""

    name: str
    value: str
    label: str = ""
    is_area: bool = False


@dataclass(frozen=True)
class Typed:
    """A form that was sent: where to, and what stood in it."""

    path: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def fields(self) -> list[TypedField]:
        """Return the fields in their order, those that people write with a label."""
        return [_field(name, value) for name, value in self.pairs]

    @property
    def kept(self) -> str:
        """Return the form as text, for the sign-in form to carry."""
        return json.dumps({"path": self.path, "pairs": self.pairs}, ensure_ascii=False)


def _field(name: str, value: str) -> TypedField:
    label = _LABELS.get(name, "") if value.strip() else ""
    is_area = name in _AREAS or "\n" in value or len(value) > 120
    return TypedField(name, value, label, bool(label) and is_area)


def typed() -> Typed | None:
    """Return what this request's form holds, None when there is nothing to give back.

    A form of another site is never given back, so that nobody can be led to send one that he did
    not write.
    """
    if request.method != "POST" or not _is_ours(request):
        return None
    try:
        given = list(request.form.items(multi=True))
    except HTTPException:  # too large to be read: there is nothing to give back
        return None
    for name, value in given:
        if name == KEPT:
            return carried(value)
    return _of(request.path, ((name, value) for name, value in given if name != "csrf_token"))


def carried(text: str) -> Typed | None:
    """Return the form that the sign-in form carried, None when it is damaged or none."""
    try:
        found = json.loads(text if len(text) <= MOST_BYTES else "{}")
        pairs = [(str(name), str(value)) for name, value in found["pairs"]]
        path = str(found["path"])
    except (ValueError, TypeError, KeyError):
        return None
    parts = urlsplit(path)
    is_local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return _of(path, pairs) if is_local and not parts.netloc and path.isprintable() else None


def _of(path: str, pairs: Iterable[tuple[str, str]]) -> Typed | None:
    found = tuple(pairs)
    size = sum(len(name) + len(value) for name, value in found)
    has_secrets = any(name in SECRETS for name, _ in found)
    is_empty = not any(value.strip() for _, value in found)
    return None if has_secrets or is_empty or size > MOST_BYTES else Typed(path, found)


def _is_ours(asked: Request) -> bool:
    """Tell whether a page of ours sent the form, as far as the browser says."""
    if site := asked.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    sent_from = asked.headers.get("Origin") or asked.headers.get("Referer") or ""
    return urlsplit(sent_from).netloc == asked.host
