"""Uploads past the server: it signs a URL of the bucket, the client sends to it, the server checks what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from tidemill.core import ConflictError, Event
from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Call, Editor
from tidemill.server.routes.blobs import BeginAsked, FinishAsked
from tidemill.server.routes.route import Route
from tidemill.storage import DirectUrls, direct_urls
from tidemill.storage.records import Transaction

_VALID_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class DirectBegun:
    """What a client sends to, by one PUT within the hour."""

    upload_id: str
    url: str


def begin_direct(call: Editor, _asked: Annotated[BeginAsked, json_body(BeginAsked)]) -> Json:
    """Return a URL that takes one PUT of up to 5 GiB, straight into the bucket; 409 where blobs are in no bucket."""
    upload = _urls(call).write_url(_VALID_FOR)
    return Json(DirectBegun(upload.upload_id, upload.url), 201)


def finish_direct(call: Editor, upload_id: str, asked: Annotated[FinishAsked, json_body(FinishAsked)]) -> Json:
    """Make a blob of what was sent to the URL, once its digest was found right. It is read for that, not kept."""
    caller, urls = call.caller, _urls(call)
    with call.rooms.in_flight.mark():
        kept = urls.take_in(upload_id, asked.digest)

        def tell(tx: Transaction) -> None:
            tx.emit(caller.name, caller.project, Event("blob.uploaded", kept.digest, {"size": kept.size}))

        call.rooms.database.write(tell)
    return Json({"digest": kept.digest, "size": kept.size}, 201)


def _urls(call: Call) -> DirectUrls:
    urls = direct_urls(call.rooms.blobs)
    if urls is None:
        raise ConflictError("the blobs of this server are in no bucket; send the pieces to /api/uploads")
    return urls


ROUTES = (
    Route("POST", "/api/direct-uploads", begin_direct),
    Route("POST", "/api/direct-uploads/{upload_id}/finish", finish_direct),
)
