"""Packs: many small blobs in one request, up and down."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.responses import StreamingResponse

from tidemill.core import Event, NotFoundError, UsageError
from tidemill.server.answers import Json, json_body
from tidemill.server.media_types import OCTETS
from tidemill.server.roles import Editor, Viewer
from tidemill.server.routes.blobs import piece_body
from tidemill.server.routes.route import Route
from tidemill.storage import is_digest
from tidemill.storage.blobs.packs import MOST_ENTRY_BYTES, MOST_PACK_BYTES, packed, reader_of, unpacked
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import uploaded_sizes

_MOST_ASKED = 1000
_AT_ONCE = 8


@dataclass(frozen=True)
class PackAsked:
    """The digests of blobs that were uploaded to this project, in the order in which they shall come."""

    digests: list[str]


def put_pack(call: Editor, body: Annotated[bytes, Depends(piece_body)]) -> Json:
    """Keep the blobs of a pack, durably, all of them named before any is missed; the whole pack is checked first."""
    entries = list(unpacked(reader_of((body,))))
    caller, rooms = call.caller, call.rooms
    with rooms.in_flight.mark(), ThreadPoolExecutor(_AT_ONCE) as pool:
        sizes = {entry.digest: len(entry.data) for entry in entries}
        list(pool.map(rooms.blobs.put, [entry.data for entry in entries]))

        def tell(tx: Transaction) -> None:
            known = uploaded_sizes(tx, caller.project, list(sizes))
            for digest, size in sizes.items():
                if digest not in known:
                    tx.emit(caller.name, caller.project, Event("blob.uploaded", digest, {"size": size}))

        rooms.database.write(tell)
    return Json({"n_blobs": len(entries), "digests": [entry.digest for entry in entries]}, 201)


def get_pack(call: Viewer, asked: Annotated[PackAsked, json_body(PackAsked)]) -> StreamingResponse:
    """Return those of up to 1,000 blobs that have at most 1 MiB as one stream, a pack; larger ones are left out."""
    digests, blobs = asked.digests, call.rooms.blobs
    if not 0 < len(digests) <= _MOST_ASKED or not all(is_digest(each) for each in digests):
        raise UsageError(
            f"{len(digests):,} digests were asked for; ask for 1 to {_MOST_ASKED:,}, each of 64 hex digits"
        )
    sizes = call.rooms.database.read(lambda tx: uploaded_sizes(tx, call.caller.project, digests))
    for digest in digests:
        if digest not in sizes:
            raise NotFoundError(f"there is no blob {digest[:12]} that was uploaded to this project")
    small = [digest for digest in digests if sizes[digest] <= MOST_ENTRY_BYTES]

    def entries() -> Iterator[tuple[str, bytes]]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for start in range(0, len(small), _AT_ONCE):
                some = small[start : start + _AT_ONCE]
                yield from zip(some, pool.map(blobs.get, some), strict=True)

    return StreamingResponse(packed(entries()), 200, {"x-most-pack-bytes": str(MOST_PACK_BYTES)}, OCTETS)


ROUTES = (
    Route("PUT", "/api/packs", put_pack),
    Route("POST", "/api/packs/read", get_pack),
)
