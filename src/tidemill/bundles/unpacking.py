"""Unpacking a bundle: every file under its name in one folder, checked, and the folder there as a whole or not at all.

What a manifest says is not believed: names are taken apart by the rule of `storage.confined`, and opened below a folder
that nobody else can write to.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tidemill.bundles.manifest import BundleFile, check_files
from tidemill.bundles.records import Bundle
from tidemill.core import (
    ConflictError,
    DamagedError,
    NotFoundError,
    UsageError,
    digest_bytes,
    make_private_folder,
    new_id,
)
from tidemill.storage import BlobStore, FileLock
from tidemill.storage.confined import open_below, read_below

_UNFINISHED = ".part"
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def unpack_into(bundle: Bundle, blobs: BlobStore, folder: Path) -> Path:
    """Write a bundle's files into a folder that is missing or empty, all or none.

    Raises UsageError for a folder that holds something, DamagedError for names or bytes that are not to be trusted,
    NotFoundError for bytes that are missing, OSError.
    """
    folder = folder.absolute()
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is no folder; name one that is missing or empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; name a folder that is missing or empty")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _written_beside(bundle, blobs, folder) as part:
        try:
            part.rename(folder)  # on an empty folder too
        except OSError as error:
            raise ConflictError(f"{folder} was filled by somebody else meanwhile; name another folder") from error
    return folder


class UnpackedBundles:
    """Bundles as folders in a store's home, each unpacked once. Safe between threads and processes, and kill -9."""

    def __init__(self, blobs: BlobStore, home: Path) -> None:
        self._blobs = blobs
        self._root = home / "bundles"

    def folder_of(self, bundle: Bundle) -> Path:
        """Return a folder with a bundle's files, each with the bytes it should have. Not to be written to.

        A folder in which a file was changed is set aside and made anew. Raises as `unpack_into`.
        """
        folder = self._root / bundle.digest
        if is_unpacked(bundle, folder):
            return folder
        make_private_folder(self._root)
        lock = FileLock(self._root / ".lock")
        try:
            with lock:
                if is_unpacked(bundle, folder):
                    return folder
                self._sweep()
                if folder.exists() or folder.is_symlink():
                    folder.rename(self._root / f".{new_id()}{_UNFINISHED}")
                return unpack_into(bundle, self._blobs, folder)
        finally:
            lock.close()

    def remove(self, digests: Sequence[str]) -> None:
        """Remove the folders of bundles that are no longer stored; those that are there."""
        there = [self._root / digest for digest in digests if (self._root / digest).is_dir()]
        if not there:
            return
        lock = FileLock(self._root / ".lock")
        try:
            with lock:
                for folder in there:
                    folder.rename(self._root / f".{new_id()}{_UNFINISHED}")
                self._sweep()
        finally:
            lock.close()

    def _sweep(self) -> None:
        """Remove what a killed process left half done: whoever unpacks holds the lock."""
        for left in self._root.glob(f".*{_UNFINISHED}"):
            shutil.rmtree(left, ignore_errors=True)


def is_unpacked(bundle: Bundle, folder: Path) -> bool:
    """Tell whether a folder holds every file of a bundle as it should be; it may hold others."""
    try:
        return all(digest_bytes(read_below(folder, file.path, file.size)) == file.digest for file in bundle.files)
    except (OSError, UsageError, NotFoundError):
        return False


@contextmanager
def _written_beside(bundle: Bundle, blobs: BlobStore, folder: Path) -> Iterator[Path]:
    part = folder.with_name(f".{new_id()}{_UNFINISHED}")
    try:
        check_files(bundle.files)
    except UsageError as error:
        raise DamagedError(f"bundle {bundle.short} cannot be unpacked: {error}") from error
    part.mkdir(mode=0o700)
    try:
        for file in bundle.files:
            _write(part, file, _bytes_of(blobs, file))
        yield part
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(part)


def _write(part: Path, file: BundleFile, data: bytes) -> None:
    descriptor = open_below(part, file.path, _WRITE, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(data)
        os.fchmod(written.fileno(), 0o755 if file.executable else 0o644)


def _bytes_of(blobs: BlobStore, file: BundleFile) -> bytes:
    data = bytearray()
    with blobs.open(file.digest) as source:
        # To the end, where the store checks what it gave; and no further than what was said.
        while len(data) <= file.size and (piece := source.read(file.size + 1 - len(data))):
            data += piece
    if len(data) != file.size or digest_bytes(bytes(data)) != file.digest:
        raise DamagedError(f"{file.path} does not have the {file.size:,} bytes that its bundle says; package it anew")
    return bytes(data)
