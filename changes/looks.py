"""What ``ssoc doctor`` looks at for changes: the store of attachments."""

from collections.abc import Iterator
from io import BytesIO
from uuid import uuid4

from changes import attachments
from ssoc.core.errors import SsocError
from ssoc.core.module import Finding
from ssoc.core.work import Runtime


def attachment_store(runtime: Runtime) -> Iterator[Finding]:
    """Yield whether content can be kept, read again and forgotten; what is written is unique."""
    named = runtime.settings.changes.attachments
    content = f"written by ssoc doctor, {uuid4()}".encode()
    try:
        store = attachments.store_of(runtime.settings)
        kept = store.put(BytesIO(content), len(content))
        with store.open(kept.digest) as file:
            is_same = file.read() == content
        store.delete(kept.digest)
    except SsocError as error:
        cure = "correct [changes] attachments and its keys, or make room there"
        yield Finding("attachments", "bad", f"{named}: {error}", cure)
        return
    if is_same:
        yield Finding("attachments", "good", f"{named} keeps files and gives them back")
    else:
        cure = "no attachment there can be trusted: choose another store"
        yield Finding("attachments", "bad", f"{named} gives back something else than it got", cure)
