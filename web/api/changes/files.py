"""Files beside a change over the API: the body of the request is the file."""

from typing import BinaryIO, cast

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue

from changes.actions.attaching import attach, detach
from changes.attachments import store_of
from changes.queries import attachments
from changes.queries.attachments import AttachedFile
from ssoc.core.errors import BadInput
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.app import request_runtime, request_view, request_work
from web.downloads import downloaded
from web.uploads import takes_files


@api.get("/changes/<int:number>/files", endpoint="change_files")
def files(number: int) -> ResponseReturnValue:
    """Return the files of a change."""
    asked.parameters()
    with request_view() as work:
        return jsonify(items=[_shape(each) for each in attachments.attachments(work, number)])


@api.post("/changes/<int:number>/files", endpoint="change_file_attach")
@takes_files
def attached(number: int) -> ResponseReturnValue:
    """Put the body beside a change, under the name in the address."""
    name = asked.parameters("name").get("name", "")
    if not name:
        raise BadInput("the parameter name is missing; say what the file is called: ?name=plan.pdf")
    made = attach(request_runtime(), g.actor, number, name, cast("BinaryIO", request.stream))
    with request_view() as work:
        return jsonify(_shape(attachments.attachment(work, number, made))), 201


@api.get("/changes/<int:number>/files/<int:file>", endpoint="change_file")
def sent(number: int, file: int) -> ResponseReturnValue:
    """Return the content of a file, as a download."""
    asked.parameters()
    with request_view() as work:
        found = attachments.attachment(work, number, file)
    return downloaded(store_of(request_runtime().settings), found)


@api.delete("/changes/<int:number>/files/<int:file>", endpoint="change_file_remove")
def removed(number: int, file: int) -> ResponseReturnValue:
    """Take a file away."""
    asked.parameters()
    with request_work() as work:
        detach(work, number, file)
    return "", 204


def _shape(found: AttachedFile) -> Json:
    return {
        "id": found.id,
        "name": found.name,
        "kind": found.kind,
        "content_type": found.content_type,
        "size": found.size,
        "sha256": found.digest,
        "attached_by": found.attached_by,
        "attached_at": instant(found.attached_at),
    }
