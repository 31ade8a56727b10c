"""Reading the files of a folder that are not known by heart: to hash them, or to store them as well."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tidemill.core import UnavailableError, digest_file
from tidemill.data.errors import FolderChangedError
from tidemill.data.folder_scan import Stamp, stamp_of
from tidemill.storage import BlobStore, BulkPut
from tidemill.storage.home_files import Told

_BATCH_FILES, _BATCH_BYTES = 2048, 128 << 20
_WORKERS = min(16, 2 + 2 * (os.cpu_count() or 1))

#: What is told of each batch: the digests by path.
Kept = Callable[[Mapping[str, str]], None]


def hash_files(folder: Path, stamps: Mapping[str, Stamp], paths: Iterable[str], tell: tuple[Kept, Told]) -> None:
    """Hash files, several at a time.

    Raises UnavailableError for a file that cannot be read, FolderChangedError for one that changes meanwhile.
    """
    kept, told = tell
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="hash") as workers:
        for batch, done, total in _batches(paths, stamps):
            told("hashing", done, total)
            with _reading(folder):
                digests = list(workers.map(digest_file, [folder / path for path in batch]))
            _require_same(folder, stamps, batch)
            kept(dict(zip(batch, digests, strict=True)))


def store_files(
    folder: Path, stamps: Mapping[str, Stamp], paths: Iterable[str], blobs: BlobStore, tell: tuple[Kept, Told]
) -> None:
    """Store files, many at a time, each hashed while it is copied; durable batch by batch.

    Raises as `hash_files`; what was stored until then has been told.
    """
    kept, told = tell
    for batch, done, total in _batches(paths, stamps):
        told("storing", done, total)
        with _reading(folder):
            digests = _put([folder / path for path in batch], blobs)
        _require_same(folder, stamps, batch)
        kept(dict(zip(batch, digests, strict=True)))


def _put(files: Sequence[Path], blobs: BlobStore) -> list[str]:
    if isinstance(blobs, BulkPut):
        return blobs.put_files(files)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="store") as workers:
        return list(workers.map(blobs.put_file, files))


def _batches(paths: Iterable[str], stamps: Mapping[str, Stamp]) -> Iterator[tuple[list[str], int, int]]:
    """Yield paths in batches, with how many bytes came before and how many there are in all."""
    ordered = list(paths)
    total = sum(stamps[path].size for path in ordered)
    batch: list[str] = []
    n_bytes = done = 0
    for path in ordered:
        batch.append(path)
        n_bytes += stamps[path].size
        if len(batch) >= _BATCH_FILES or n_bytes >= _BATCH_BYTES:
            yield batch, done, total
            done, n_bytes, batch = done + n_bytes, 0, []
    if batch:
        yield batch, done, total


def _require_same(folder: Path, stamps: Mapping[str, Stamp], batch: Sequence[str]) -> None:
    for path in batch:
        if stamp_of(f"{folder}/{path}") != stamps[path]:
            raise FolderChangedError(
                f"{path} in {folder} changed while it was read; nothing was committed or changed: let whoever writes "
                "there finish, then run it again, it goes on where it was"
            )


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Say in one line which file could not be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise FolderChangedError(
            f"{error.filename or 'a file'} went away while {folder} was read; nothing was committed or "
            "changed: run it again"
        ) from error
    except OSError as error:
        raise UnavailableError(
            f"{error.filename or folder} cannot be read: {error.strerror or error}; nothing was committed or "
            "changed: see to its rights, or move it out of the folder"
        ) from error
