"""Files that runs keep: put, got as streams, listed, deleted."""

from __future__ import annotations

import io
from typing import Annotated

from fastapi import Depends, Response

from tidemill.server.answers import Json
from tidemill.server.file_heads import file_headers
from tidemill.server.roles import Editor, Viewer
from tidemill.server.routes.blobs import piece_body, ranged
from tidemill.server.routes.route import Limit, Route
from tidemill.tracking import ArtifactEntry

_PATH = "/api/runs/{run_id}/artifacts/{path:path}"


def list_artifacts(call: Viewer, run_id: str, folder: str = "", after: str = "", limit: Limit = 1000) -> Json:
    """Return a page of what is in a folder of a run; `after` gives the next page, null on the last."""
    call.rooms.artifacts.address(call.caller, run_id)
    page = call.rooms.artifacts.list(call.caller, run_id, folder, after, limit)
    entries = [
        {"name": each.name, "path": each.path, "folder": each.is_folder, "size": each.size} for each in page.entries
    ]
    return Json({"entries": entries, "after": page.after or None})


def get_artifact(call: Viewer, run_id: str, path: str) -> Response:
    """Return a file of a run as a stream, to be saved; one range of bytes may be asked for."""
    artifacts = call.rooms.artifacts
    file = artifacts.get(call.caller, run_id, path)
    return ranged(call.request, file, lambda: artifacts.open_blob(file), file_headers(file.path))


def put_artifact(  # noqa: PLR0913, PLR0917 - a route's parameters are its query
    call: Editor,
    run_id: str,
    path: str,
    body: Annotated[bytes, Depends(piece_body)],
    upload_id: str = "",
    digest: str = "",
) -> Json:
    """Store a file of a run: the body, of up to 4 MiB, or what an upload in pieces has brought, of any size."""
    artifacts = call.rooms.artifacts
    if upload_id:
        file = artifacts.take_upload(call.caller, run_id, path, upload_id, digest)
    else:
        file = artifacts.put(call.caller, run_id, path, io.BytesIO(body), digest or None)
    return Json(file, 201)


def delete_artifact(call: Editor, run_id: str, path: str) -> Json:
    """Delete a file of a run, or a folder with all that is in it."""
    return Json({"n_files": call.rooms.artifacts.delete(call.caller, run_id, path)})


def _told(entry: ArtifactEntry) -> dict[str, object]:
    return {"name": entry.name, "path": entry.path, "folder": entry.is_folder, "size": entry.size}


ROUTES = (
    Route("GET", "/api/runs/{run_id}/artifacts", list_artifacts),
    Route("GET", _PATH, get_artifact),
    Route("PUT", _PATH, put_artifact),
    Route("DELETE", _PATH, delete_artifact),
)
