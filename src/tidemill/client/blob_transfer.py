"""Files to and from a server, in pieces, going on where the connection broke."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from tidemill.core import (
    ConflictError,
    DamagedError,
    NotFoundError,
    TidemillError,
    UnavailableError,
    UsageError,
    digest_bytes,
    digest_file,
)
from tidemill.storage.blobs.port import check_digest
from tidemill.storage.blobs.uploads import MOST_PIECE_BYTES

Call = Callable[..., Any]
_READ_BYTES = 1 << 18
_UPLOADS = "/api/uploads"
#: A large file is read whole for its digest before the answer to the last request, or the first byte of a download.
_PATIENCE_S = 600.0
_PAUSES_S = (0.1, 0.5, 2.0, 5.0)


def upload_file(call: Call, path: Path) -> str:
    """Send a file in pieces and return its digest. Raises what the server names, OSError."""
    digest, upload_id = digest_file(path), begin_upload(call)
    send_pieces(call, path, upload_id, offset=0)
    finish = partial(call, "POST", f"{_UPLOADS}/{upload_id}/finish", json={"digest": digest}, timeout=_PATIENCE_S)
    try:
        ask_again(finish)
    except NotFoundError:  # it was finished, and the answer that said so was lost
        ask_again(partial(call, "HEAD", f"/api/blobs/{digest}"))
    return digest


def begin_upload(call: Call) -> str:
    """Begin an upload in pieces and return its id."""
    return str(ask_again(partial(call, "POST", _UPLOADS))["upload_id"])


def send_pieces(call: Call, path: Path, upload_id: str, offset: int | None = None) -> None:
    """Send what an upload lacks of a file; offset: where it stands, when that is known.

    Raises NotFoundError for an upload that is not open.
    """
    address = f"{_UPLOADS}/{upload_id}"
    if offset is None:
        offset = int(ask_again(partial(call, "GET", address))["offset"])
    with path.open("rb") as file:
        while piece := _read_at(file, offset, MOST_PIECE_BYTES):
            offset = _send(call, address, offset, piece)


def ask_again(ask: Callable[[], Any]) -> Any:
    """Ask, and again after a pause when there was no answer."""
    for pause in _PAUSES_S:
        with suppress(UnavailableError):
            return ask()
        time.sleep(pause)
    return ask()


def _read_at(file: BinaryIO, offset: int, n_bytes: int) -> bytes:
    file.seek(offset)
    return file.read(n_bytes)


def _send(call: Call, address: str, offset: int, piece: bytes) -> int:
    """Send one piece, again after a pause when there was no answer, and return where the upload stands then."""
    given: dict[str, Any] = {
        "params": {"offset": offset, "digest": digest_bytes(piece)},
        "content": piece,
        "headers": {"Content-Type": "application/octet-stream"},
    }
    try:
        return int(ask_again(partial(call, "PUT", address, **given))["offset"])
    except ConflictError:  # it had come, and its answer was lost
        return int(ask_again(partial(call, "GET", address))["offset"])


def download_file(
    http: httpx.Client, digest: str, path: Path, error_of: Callable[[httpx.Response], TidemillError]
) -> None:
    """Write a blob to a file, which appears whole and checked or not at all.

    Raises what `download_from` raises, UsageError for what is no digest.
    """
    download_from(http, (f"/api/blobs/{check_digest(digest)}", digest), path, error_of)


def download_from(
    http: httpx.Client, source: tuple[str, str], path: Path, error_of: Callable[[httpx.Response], TidemillError]
) -> None:
    """Write what an address gives to a file. source: the address, and the digest; empty for that which is told there.

    Raises what the server names, DamagedError when other bytes came, UnavailableError when the connection stays broken.
    """
    address, digest = source
    temporary = path.with_name(f".{secrets.token_hex(16)}.part")
    hashed = hashlib.sha256()
    try:
        with temporary.open("xb") as file:
            for pause in (*_PAUSES_S, None):
                try:
                    told = _receive(http, address, (file, hashed), error_of)
                    if (digest := digest or told) != told:
                        raise DamagedError("the file was replaced while it came; download it again")
                    break
                except httpx.HTTPError as error:
                    if pause is None:
                        raise UnavailableError(
                            f"{http.base_url} broke off the download ({error}); try again"
                        ) from error
                    time.sleep(pause)
        if hashed.hexdigest() != digest:
            raise DamagedError(f"what came is not the blob {digest[:12]}; download it again")
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _receive(
    http: httpx.Client, address: str, into: tuple[BinaryIO, Any], error_of: Callable[[httpx.Response], TidemillError]
) -> str:
    """Add what comes to a file and to its hash; return the digest that the server tells."""
    file, hashed = into
    # As it is on the wire: nothing that a server sends is ever made larger here.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={file.tell()}-"} if file.tell() else {})}
    with http.stream("GET", address, headers=headers, timeout=_PATIENCE_S) as response:
        if not response.is_success:
            response.read()
            raise error_of(response)
        if "Range" in headers and response.status_code != 206:
            raise UsageError(f"{http.base_url} does not go on with a download; it is no server of this version")
        for chunk in response.iter_raw(_READ_BYTES):
            file.write(chunk)
            hashed.update(chunk)
    return str(response.headers.get("etag", "")).strip('"')
