"""Many files to and from a server: small ones in packs, each pack one request; large ones as uploads of their own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from tidemill.client.blob_transfer import ask_again, download_file, upload_file
from tidemill.core import DamagedError, TidemillError, UnavailableError, digest_bytes, digest_file
from tidemill.storage.blobs.packs import MOST_ENTRIES, MOST_ENTRY_BYTES, MOST_PACK_BYTES, packed, reader_of, unpacked
from tidemill.storage.blobs.port import check_digest

_A_PACK = 500
_ROOM = 256
#: Nothing that a server sends is ever made larger here.
_AS_IS = {"Accept-Encoding": "identity"}
_READ_BYTES = 1 << 18
ErrorOf = Callable[[httpx.Response], TidemillError]


def upload_files(call: Callable[..., Any], paths: Sequence[Path]) -> list[str]:
    """Send files and return their digests in order. Raises what the server names, OSError."""
    digests: dict[int, str] = {}
    for batch in _batches(paths):
        if len(batch) == 1 and paths[batch[0]].stat().st_size > MOST_ENTRY_BYTES:
            digests[batch[0]] = upload_file(call, paths[batch[0]])
            continue
        entries = [(digest_bytes(data), data) for data in (paths[each].read_bytes() for each in batch)]
        body = b"".join(packed(entries))

        def send(body: bytes = body) -> Any:
            return call("PUT", "/api/packs", content=body, headers={"Content-Type": "application/octet-stream"})

        ask_again(send)
        digests.update(zip(batch, (digest for digest, _ in entries), strict=True))
    return [digests[each] for each in range(len(paths))]


def download_files(http: httpx.Client, digests: Sequence[str], folder: Path, error_of: ErrorOf) -> list[Path]:
    """Write blobs to files named by their digests, each checked before its name appears; what is there is checked too.

    Raises what the server names, UsageError for what is no digest, DamagedError, UnavailableError when the connection
    stays broken, OSError.
    """
    wanted = sorted({check_digest(each) for each in digests})
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(wanted), _A_PACK):
        left = {each for each in wanted[start : start + _A_PACK] if not _is_there(folder / each)}
        large: set[str] = set()

        def fetch(left: set[str] = left, large: set[str] = large) -> None:
            if left:
                _receive(http, left, folder, error_of)
            large |= left

        ask_again(fetch)
        for digest in sorted(large):
            download_file(http, digest, folder / digest, error_of)
    return [folder / digest for digest in digests]


def _is_there(file: Path) -> bool:
    """Tell whether a file is what its name says: a power cut may have left another of that name."""
    try:
        return digest_file(file) == file.name
    except FileNotFoundError:
        return False


def _receive(http: httpx.Client, left: set[str], folder: Path, error_of: ErrorOf) -> None:
    """Write what comes, and take it from `left`; what is too large for a pack is left."""
    asked = sorted(left)
    try:
        with http.stream("POST", "/api/packs/read", json={"digests": asked}, headers=_AS_IS) as response:
            if not response.is_success:
                response.read()
                raise error_of(response)
            for entry in unpacked(reader_of(response.iter_raw(_READ_BYTES)), len(asked)):
                if entry.digest not in left:
                    raise DamagedError("the server sent a blob that nobody asked for; see that it is the right one")
                left.discard(entry.digest)
                temporary = folder / f".{secrets.token_hex(16)}.part"
                try:
                    temporary.write_bytes(entry.data)
                    temporary.replace(folder / entry.digest)
                finally:
                    temporary.unlink(missing_ok=True)
    except httpx.HTTPError as error:
        raise UnavailableError(f"{http.base_url} broke off a pack ({error}); try again") from error


def _batches(paths: Sequence[Path]) -> Iterator[list[int]]:
    """Yield the places of files that go together."""
    batch: list[int] = []
    n_bytes = _ROOM
    for number, path in enumerate(paths):
        size = path.stat().st_size
        if size > MOST_ENTRY_BYTES:
            yield [number]
            continue
        if batch and (n_bytes + size + _ROOM > MOST_PACK_BYTES or len(batch) == MOST_ENTRIES):
            yield batch
            batch, n_bytes = [], _ROOM
        batch.append(number)
        n_bytes += size + 40
    if batch:
        yield batch
