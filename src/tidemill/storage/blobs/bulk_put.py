"""Taking many files at a time: they are copied side by side, and one sync stands for all of them."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import secrets
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tidemill.core import sync_folder
from tidemill.storage.blobs.port import PIECE_BYTES

#: Hashing and writing leave the interpreter alone; a few more than there are cores keep disk and cores busy.
_WORKERS = min(16, 2 + 2 * (os.cpu_count() or 1))
_SYNCERS = 16
#: From this many files on one sync of the whole file system costs less than one for each.
_MANY = 8
_FICLONE = 0x40049409
_CANNOT_CLONE = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.EXDEV, errno.ENOSYS, errno.EPERM, errno.EBADF}


class TakenFile(NamedTuple):
    """A copy on its way to becoming a blob: where it is, its digest and its size."""

    temporary: Path
    digest: str
    size: int


def take_files(paths: Sequence[Path], folder: Path) -> Iterator[TakenFile]:
    """Copy files to unpredictable names in a folder, several at a time, and yield the copies in order.

    The digest is that of the copy, so it holds for what is kept whatever happens to the file meanwhile. When one fails
    the copies that were not yielded are removed. Raises OSError.
    """
    if len(paths) == 1:
        yield _take(paths[0], folder)
        return
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="put-files") as workers:
        waiting = [workers.submit(_take, path, folder) for path in paths]
        n_yielded = 0
        try:
            for each in waiting:
                taken = each.result()
                n_yielded += 1
                yield taken
        finally:
            for each in waiting[n_yielded:]:
                if not each.cancel() and each.exception() is None:
                    each.result().temporary.unlink(missing_ok=True)


def sync_files(files: Sequence[Path], folder: Path) -> None:
    """Make the bytes of files in a folder durable. Raises OSError."""
    if len(files) >= _MANY and _synced_whole(folder):
        return
    _in_threads(_sync_file, files)


def sync_entries(folders: Collection[Path], root: Path) -> None:
    """Make the names in folders of a root, and theirs in it, durable. Raises OSError."""
    if len(folders) >= _MANY and _synced_whole(root):
        return
    _in_threads(sync_folder, list(folders))
    if folders:
        sync_folder(root)


def copy_between(source: int, target: int) -> int:
    """Copy an open file's bytes to another, shared or by the kernel where the file system can; return how many.

    Raises OSError.
    """
    if _cloned(source, target):
        return os.fstat(target).st_size
    return _copied(source, target)


def _take(path: Path, folder: Path) -> TakenFile:
    temporary = folder / f".{secrets.token_hex(16)}.part"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        target = os.open(temporary, flags, 0o400)
        try:
            digest, size = _kept(source, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(target)
    finally:
        os.close(source)
    return TakenFile(temporary, digest, size)


def _kept(source: int, target: int) -> tuple[str, int]:
    """Copy, and return digest and size of the copy."""
    if _cloned(source, target):
        return _digest_of(target)
    hashed, size, piece = hashlib.sha256(), 0, bytearray(min(PIECE_BYTES, os.fstat(source).st_size + 1))
    view = memoryview(piece)
    while n_read := os.readv(source, [piece]):
        hashed.update(view[:n_read])
        left = view[:n_read]
        while left:
            left = left[os.write(target, left) :]
        size += n_read
    return hashed.hexdigest(), size


def _digest_of(descriptor: int) -> tuple[str, int]:
    hashed, size, piece = hashlib.sha256(), 0, bytearray(PIECE_BYTES)
    while n_read := os.preadv(descriptor, [piece], size):
        hashed.update(memoryview(piece)[:n_read])
        size += n_read
    return hashed.hexdigest(), size


def _cloned(source: int, target: int) -> bool:
    """Share the source's blocks with the target, where the file system can; both may be changed apart afterwards."""
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _CANNOT_CLONE:
            return False
        raise
    return True


def _copied(source: int, target: int) -> int:
    size, piece = 0, bytearray(PIECE_BYTES)
    while n_read := os.readv(source, [piece]):
        left = memoryview(piece)[:n_read]
        while left:
            left = left[os.write(target, left) :]
        size += n_read
    return size


def _sync_file(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _in_threads(work: Callable[[Path], None], paths: Sequence[Path]) -> None:
    if len(paths) < 2:
        for path in paths:
            work(path)
        return
    with ThreadPoolExecutor(min(_SYNCERS, len(paths)), thread_name_prefix="sync") as workers:
        list(workers.map(work, paths))


def _synced_whole(folder: Path) -> bool:
    """Sync the file system of a folder by one call; False where there is none. Raises OSError."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    sync: Callable[[int], int] | None = getattr(library, "syncfs", None)
    if sync is None:
        return False
    descriptor = -1
    with suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if descriptor < 0:
        return False
    try:
        if sync(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(descriptor)
    return True
