"""Files of runs, on a server."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tidemill.client.artifact_transfer import artifact_address, entries_of, send_artifact
from tidemill.client.blob_transfer import Call, ask_again, begin_upload, download_from
from tidemill.core import TidemillError


class RunFiles:
    """What `Client.artifacts` gives. Thread-safe; every method raises the error that the server names.

    Files of any size are sent and got in bounded memory, and go on where the connection broke.
    """

    def __init__(self, call: Call, http: httpx.Client, error_of: Callable[[httpx.Response], TidemillError]) -> None:
        self._call = call
        self._http = http
        self._error_of = error_of

    def begin(self) -> str:
        """Begin an upload and return its id: kept somewhere, `put` goes on with it after this process was killed."""
        return begin_upload(self._call)

    def put(self, run_id: str, path: str, file: Path, *, upload_id: str | None = None) -> dict[str, Any]:
        """Store a file of this machine as one of a run, instead of one of this path; return `path`, `size`, `digest`.

        upload_id: of an upload that was begun; only what it lacks is sent. Raises NotFoundError for an unknown run,
        UsageError for a path that cannot be, ConflictError for one that is a folder, UnavailableError, OSError.
        """
        return send_artifact(self._call, run_id, path, file, upload_id)

    def list(self, run_id: str, folder: str = "") -> list[dict[str, Any]]:
        """Return what is in a folder: `name`, `path`, whether it is a `folder`, and its `size` in bytes."""
        return list(entries_of(self._call, run_id, folder))

    def get(self, run_id: str, path: str, to: Path) -> None:
        """Write a file of a run to one of this machine, which appears whole and checked or not at all.

        Raises NotFoundError, DamagedError, UnavailableError, OSError.
        """
        download_from(self._http, (artifact_address(run_id, path), ""), to, self._error_of)

    def delete(self, run_id: str, path: str) -> int:
        """Delete a file, or a folder with all in it; return how many files went. Raises NotFoundError."""
        return int(ask_again(partial(self._call, "DELETE", artifact_address(run_id, path)))["n_files"])
