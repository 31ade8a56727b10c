"""Files of runs, to and from a server: small ones in one request, others in pieces that go on where they broke."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tidemill.client.blob_transfer import Call, ask_again, begin_upload, send_pieces
from tidemill.core import NotFoundError, UsageError, digest_file

_SMALL_BYTES = 1 << 20
_PATIENCE_S = 600.0


def send_artifact(call: Call, run_id: str, path: str, file: Path, upload_id: str | None = None) -> dict[str, Any]:
    """Store a file of this machine as one of a run, and return what the server knows of it then."""
    address = artifact_address(run_id, path)
    headers = {"Content-Type": "application/octet-stream"}
    digest = digest_file(file)
    if upload_id is None and file.stat().st_size <= _SMALL_BYTES:
        put = partial(call, "PUT", address, content=file.read_bytes(), headers=headers, params={"digest": digest})
        return dict(ask_again(put))
    offset = 0 if upload_id is None else None
    upload_id = upload_id or begin_upload(call)
    given: dict[str, Any] = {"params": {"upload_id": upload_id, "digest": digest}, "headers": headers}
    try:
        send_pieces(call, file, upload_id, offset)
        return dict(ask_again(partial(call, "PUT", address, timeout=_PATIENCE_S, **given)))
    except NotFoundError:  # it was stored, and the answer that said so was lost
        found = next((each for each in entries_of(call, run_id, _folder_of(path)) if each["path"] == path), None)
        if found is None or found["size"] != file.stat().st_size:
            raise
        return {**found, "digest": digest}


def entries_of(call: Call, run_id: str, folder: str) -> Iterator[dict[str, Any]]:
    """Yield what is in a folder of a run, page by page."""
    query: dict[str, Any] = {"folder": folder}
    while True:
        page = call("GET", f"/api/runs/{quote(run_id, safe='')}/artifacts", params=query)
        yield from page["entries"]
        if not page["after"]:
            return
        query["after"] = page["after"]


def artifact_address(run_id: str, path: str) -> str:
    """Return the path of a file's route. Raises UsageError for a path that would become another on its way.

    >>> artifact_address("r", "a b/c%.txt")
    '/api/runs/r/artifacts/a%20b/c%25.txt'
    """
    if any(name in {"", ".", ".."} for name in path.split("/")):
        raise UsageError("Invalid path: a path is names between single slashes; none is empty, '.' or '..'")
    return f"/api/runs/{quote(run_id, safe='')}/artifacts/{quote(path, safe='/')}"


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
