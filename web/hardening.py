"""Response headers: a strict policy, no sniffing, nothing of a signed-in page kept."""

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSessionInterface

from ssoc.core.errors import BadInput
from web import plotting

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class _Sessions(SecureCookieSessionInterface):
    """Marks the cookie Secure whenever the request came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 (Flask's signature)
        """Tell whether the browser may send the cookie over TLS only."""
        return request.is_secure


def install(app: Flask) -> None:
    """Harden every response."""
    app.session_interface = _Sessions()
    app.before_request(_refuse_nul)
    app.after_request(_harden)


def _refuse_nul() -> None:
    """Refuse the one sign that no field of ours may hold and that databases choke on."""
    given = (*request.args.items(multi=True), *request.form.items(multi=True))
    if "\0" in request.path or any("\0" in name or "\0" in value for name, value in given):
        raise BadInput("the request holds a NUL sign; nothing was changed; send it without")


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.update(HEADERS)
    headers["Content-Security-Policy"] = plotting.policy(POLICY)
    if not _is_static(request):
        headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _is_static(asked: Request) -> bool:
    return (asked.endpoint or "").rpartition(".")[2] == "static"
