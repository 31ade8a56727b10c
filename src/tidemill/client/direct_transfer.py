"""Files straight into a server's bucket, by a URL that the server signs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tidemill.client.blob_transfer import ask_again
from tidemill.core import ConflictError, DamagedError, NotFoundError, digest_file

_MOST_BYTES = 5 << 30
_CONNECT_S, _PATIENCE_S = 5.0, 600.0


def send_directly(call: Callable[..., Any], path: Path) -> str | None:
    """Send a file straight into the bucket and return its digest; None when there is no such way, or it failed.

    Raises what the server names, OSError.
    """
    size = path.stat().st_size
    if size > _MOST_BYTES:
        return None
    digest = digest_file(path)
    try:
        begun = ask_again(partial(call, "POST", "/api/direct-uploads", json={}))
    except (ConflictError, NotFoundError):  # there is no bucket, or an older server
        return None
    try:
        with path.open("rb") as file:
            timeout = httpx.Timeout(_PATIENCE_S, connect=_CONNECT_S)
            # Its own connection: no token of the server goes to the bucket.
            answer = httpx.put(begun["url"], content=file, headers={"Content-Length": str(size)}, timeout=timeout)
    except httpx.HTTPError:
        return None
    if not answer.is_success:
        return None
    finish = partial(call, "POST", f"/api/direct-uploads/{begun['upload_id']}/finish", json={"digest": digest})
    try:
        ask_again(partial(finish, timeout=_PATIENCE_S))
    except (NotFoundError, DamagedError):  # what came is gone, or not what was sent
        return None
    return digest
