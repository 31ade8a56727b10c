"""Bringing a folder to a version: only what differs is moved, each file whole, and no link is followed on the way."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO

from tidemill.core import DamagedError, UnavailableError, UsageError
from tidemill.data.checkout_plan import CheckoutPlan, Present, parents
from tidemill.data.errors import LocalChangeError
from tidemill.data.file_manifest import FileEntry
from tidemill.data.folder_scan import Stamp, stamp_from, stamp_of
from tidemill.storage import BlobStore
from tidemill.storage.blobs.bulk_put import copy_between, sync_files
from tidemill.storage.blobs.port import PIECE_BYTES, pieces_of
from tidemill.storage.confined import folder_below
from tidemill.storage.home_files import Told

_WORKERS = min(16, 2 + (os.cpu_count() or 1))
_BATCH = 256


@dataclass(frozen=True)
class _Target:
    """An opened folder that is being written to: its descriptor, what lay in it, and the modes of new files."""

    root: int
    present: Present
    umask: int

    def mode(self, entry: FileEntry) -> int:
        return (0o777 if entry.executable else 0o666) & ~self.umask


def carry_out(plan: CheckoutPlan, present: Present, blobs: BlobStore, told: Told) -> dict[str, Stamp]:
    """Do what the plan says, and return the stamps of what was written, by path.

    File by file, each there whole or as it was; killed anywhere, it can be done again.

    Raises UsageError for a link in the way, LocalChangeError for what changed meanwhile, DamagedError for a blob that
    is, UnavailableError for what the disk refuses.
    """
    root = os.open(present.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    target = _Target(root, present, _umask())
    try:
        with _writing(present.folder):
            for path in present.scan.parts:
                _unlink(root, path)
            for path in plan.delete:
                _require_same(present, path)
                _unlink(root, path)
            _tidy(root, plan, set(present.scan.folders))
            _make_folders(root, plan.folders)
            written = _write_all(target, plan.write, blobs, told)
            written.update((entry.path, _set_mode(target, entry)) for entry in plan.modes)
            sync_files([present.folder / path for path in written], present.folder)
            return written
    finally:
        os.close(root)


def _write_all(target: _Target, entries: Sequence[FileEntry], blobs: BlobStore, told: Told) -> dict[str, Stamp]:
    total, done = sum(entry.size for entry in entries), 0
    written: dict[str, Stamp] = {}
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="check-out") as workers:
        for start in range(0, len(entries), _BATCH):
            told("writing", done, total)
            batch = entries[start : start + _BATCH]
            stamps = workers.map(lambda entry: _write(target, entry, blobs), batch)
            written.update(zip((entry.path for entry in batch), stamps, strict=True))
            done += sum(entry.size for entry in batch)
    return written


def _write(target: _Target, entry: FileEntry, blobs: BlobStore) -> Stamp:
    *parts, name = _checked(entry.path)
    temporary = f".tidemill-{secrets.token_hex(16)}.part"
    with folder_below(target.root, tuple(parts)) as folder, _opened(entry, blobs) as source:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, 0o600, dir_fd=folder)
        try:
            _fill(source, descriptor, entry)
            os.fchmod(descriptor, target.mode(entry))
            _require_same(target.present, entry.path)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            return stamp_from(os.fstat(descriptor))
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
        finally:
            os.close(descriptor)


def _opened(entry: FileEntry, blobs: BlobStore) -> BinaryIO:
    """Open a file's bytes, checked. Those of a small one are read once for both, and kept until they are written."""
    return BytesIO(blobs.get(entry.digest)) if entry.size <= PIECE_BYTES else blobs.open(entry.digest)


def _fill(source: BinaryIO, descriptor: int, entry: FileEntry) -> None:
    if isinstance(source, BufferedReader) and isinstance(source.raw, FileIO):
        size = copy_between(source.fileno(), descriptor)
    else:
        size = 0
        for piece in pieces_of(source):
            left = memoryview(piece)
            while left:
                left = left[os.write(descriptor, left) :]
            size += len(piece)
    if size != entry.size:
        raise DamagedError(f"{entry.path} has {size:,} bytes instead of {entry.size:,}; restore the store from a copy")


def _require_same(present: Present, path: str) -> None:
    """Raise LocalChangeError when a file is not any more what was looked at."""
    if path in present.scan.irregular:
        return
    if stamp_of(f"{present.folder}/{path}") != present.scan.files.get(path):
        raise LocalChangeError(
            f"{path} in {present.folder} changed during the checkout and was left as it is; let whoever writes there "
            "finish, then check out again: it goes on where it was"
        )


def _unlink(root: int, path: str) -> None:
    *inner, name = _checked(path)
    with folder_below(root, tuple(inner)) as folder, suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _tidy(root: int, plan: CheckoutPlan, empty: set[str]) -> None:
    """Remove folders that have nothing in them: of the version before, left by deleted files, or where a file comes."""
    files = {entry.path for entry in plan.write}
    folders = {parent for path in plan.delete for parent in parents(path)} | set(plan.stale)
    for path in empty:
        above = [path, *parents(path)]
        if not files.isdisjoint(above):
            folders.update(above)
    for path in sorted(folders, reverse=True):
        *inner, name = _checked(path)
        with suppress(OSError, UsageError), folder_below(root, tuple(inner)) as folder:
            os.rmdir(name, dir_fd=folder)


def _make_folders(root: int, folders: Iterable[str]) -> None:
    for path in folders:
        *inner, name = _checked(path)
        with folder_below(root, tuple(inner)) as folder, suppress(FileExistsError):
            os.mkdir(name, 0o777, dir_fd=folder)


def _set_mode(target: _Target, entry: FileEntry) -> Stamp:
    *inner, name = _checked(entry.path)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with folder_below(target.root, tuple(inner)) as folder:
        descriptor = os.open(name, flags, dir_fd=folder)
        try:
            os.fchmod(descriptor, target.mode(entry))
            return stamp_from(os.fstat(descriptor))
        finally:
            os.close(descriptor)


def _checked(path: str) -> list[str]:
    """Return the parts of a path. Raises DamagedError for one that no commit can have made."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} or part.casefold() == ".git" or "\0" in part for part in parts):
        raise DamagedError(f"the manifest names {path!r}, which no commit writes; nothing is written there")
    return parts


def _umask() -> int:
    """Return the umask without changing it, where the system tells; else the most private one."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        return int(next(line for line in lines if line.startswith("Umask:")).split()[1], 8)
    return 0o077


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise UsageError(f"a file of the version cannot be written in {folder}: {error}") from error
    except OSError as error:
        raise UnavailableError(
            f"the checkout to {folder} was not finished: {error.strerror or error}; see to the disk and its rights, "
            "then run it again: it goes on where it was"
        ) from error
