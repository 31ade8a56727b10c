"""Blobs: uploaded in pieces, downloaded as streams, by the project that they were uploaded to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, NamedTuple, Protocol

from fastapi import Depends, Request, Response
from starlette.responses import StreamingResponse

from tidemill.core import ConflictError, Event, NotFoundError, UsageError, digest_bytes
from tidemill.server.answers import Json, json_body
from tidemill.server.byte_ranges import Part, Stretch, stretch_of
from tidemill.server.media_types import OCTETS
from tidemill.server.roles import Call, Editor, Viewer
from tidemill.server.routes.route import Route
from tidemill.storage import is_digest
from tidemill.storage.blobs.uploads import MOST_PIECE_BYTES, Uploads
from tidemill.storage.events import EventQuery
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import UPLOADED

_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True)
class BeginAsked:
    """Nothing: where the bytes go is not the caller's to say."""


@dataclass(frozen=True)
class FinishAsked:
    """The SHA-256 digest that all pieces together must have, as 64 hex digits."""

    digest: str


class HasBytes(Protocol):
    """What is known of bytes that are stored."""

    @property
    def digest(self) -> str:
        """Of all of them."""
        ...

    @property
    def size(self) -> int:
        """How many they are."""
        ...


class Whole(NamedTuple):
    """A blob: its digest and size."""

    digest: str
    size: int


async def piece_body(call: Editor) -> AsyncIterator[bytes]:
    """Read a piece once its sender is known and has a slot, which it keeps until it is answered."""
    caller, slots = call.caller, call.request.app.state.slots
    with slots.taken(f"{caller.project}/{caller.name}"):
        yield await call.request.body()


def begin_upload(call: Editor, _asked: Annotated[BeginAsked, json_body(BeginAsked)]) -> Json:
    """Begin an upload; it takes pieces of at most `piece_bytes`."""
    return Json({"upload_id": _uploads(call).begin(call.caller.project), "piece_bytes": MOST_PIECE_BYTES}, 201)


def get_upload(call: Editor, upload_id: str) -> Json:
    """Return where an upload stands."""
    return Json({"upload_id": upload_id, "offset": _uploads(call).offset(call.caller.project, upload_id)})


def put_piece(
    call: Editor, upload_id: str, body: Annotated[bytes, Depends(piece_body)], offset: int = -1, digest: str = ""
) -> Json:
    """Keep one piece, durably, when its digest is right and the upload stands at its offset."""
    uploads, project = _uploads(call), call.caller.project
    stands = uploads.offset(project, upload_id)
    if digest_bytes(body) != digest:
        raise UsageError("the piece does not have the digest that was sent with it; send it again")
    if offset != stands:
        raise ConflictError(f"the upload stands at {stands}, not at {offset}; go on from there")
    return Json({"upload_id": upload_id, "offset": uploads.append(project, upload_id, offset, body)})


def finish_upload(call: Editor, upload_id: str, asked: Annotated[FinishAsked, json_body(FinishAsked)]) -> Json:
    """Make a blob of the pieces, once their digest was found right."""
    caller = call.caller
    with call.rooms.in_flight.mark():
        kept = _uploads(call).finish(caller.project, upload_id, asked.digest)

        def tell(tx: Transaction) -> None:
            tx.emit(caller.name, caller.project, Event("blob.uploaded", kept.digest, {"size": kept.size}))

        call.rooms.database.write(tell)
    return Json({"digest": kept.digest, "size": kept.size}, 201)


def abandon_upload(call: Editor, upload_id: str) -> Response:
    """Forget an upload."""
    _uploads(call).abandon(call.caller.project, upload_id)
    return Response(status_code=204)


def get_blob(call: Viewer, digest: str) -> Response:
    """Return a blob's bytes as a stream; one range of bytes may be asked for, to go on where a download broke."""
    size = _size_of(call, digest)
    return ranged(call.request, Whole(digest, size), lambda: call.rooms.blobs.open(digest), {"content-type": OCTETS})


def ranged(request: Request, file: HasBytes, open_file: Callable[[], BinaryIO], headers: dict[str, str]) -> Response:
    """Return the answer that streams a file, or the one range of it that a request asks for."""
    stretch = stretch_of(request.headers.get("range", ""), file.size)
    start, end = stretch or (0, file.size)
    headers |= {"content-length": str(end - start), "accept-ranges": "bytes", "etag": f'"{file.digest}"'}
    if stretch:
        headers["content-range"] = stretch.told(file.size)
    status = 206 if stretch else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_pieces(Part(open_file(), Stretch(start, end))), status, headers)


def _pieces(part: Part) -> Iterator[bytes]:
    try:
        while chunk := part.read(_CHUNK_BYTES):
            yield chunk
    finally:
        part.close()


def _size_of(call: Call, digest: str) -> int:
    """Return the size of a blob of the caller's project. Blobs of others are not there."""
    if is_digest(digest):
        query = EventQuery(limit=1, subject=digest, kind_prefix=UPLOADED)
        for event in call.rooms.audit.list(call.caller, query):
            size: Any = event.data["size"]
            return int(size)
    raise NotFoundError("there is no blob of this digest that was uploaded to this project")


def _uploads(call: Call) -> Uploads:
    return Uploads(call.rooms.home / "uploads", call.rooms.blobs)


ROUTES = (
    Route("POST", "/api/uploads", begin_upload),
    Route("GET", "/api/uploads/{upload_id}", get_upload),
    Route("PUT", "/api/uploads/{upload_id}", put_piece),
    Route("POST", "/api/uploads/{upload_id}/finish", finish_upload),
    Route("DELETE", "/api/uploads/{upload_id}", abandon_upload),
    Route("GET", "/api/blobs/{digest}", get_blob),
)
