"""Large pages leave packed, where packing tells nothing to who listens.

The length of a packed page tells whether what an address says occurs in it. A page with a secret in
it (each form bears a token) is therefore never packed once its address brings anything of its own:
no query, nothing to guess with. Pages ask for it one by one; the others go as they are.
"""

import gzip

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

LEAST = 32_768  # bytes; below that a telephone gains nothing worth the processor time
LEVEL = 5


def packed(answer: ResponseReturnValue) -> Response:
    """Return the answer packed, where the browser unpacks it and its address asks for nothing."""
    response = make_response(answer)
    response.vary.add("Accept-Encoding")
    if _may_be(response):
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _may_be(response: Response) -> bool:
    return (
        request.method == "GET"
        and not request.query_string
        and response.status_code == 200
        and request.accept_encodings["gzip"] > 0
        and (response.content_length or 0) >= LEAST
    )
