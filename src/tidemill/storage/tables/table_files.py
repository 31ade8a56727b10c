"""The files of tables: the few operations from which changes are made, and those of a local folder.

Durable when they return: a local file is synced before it has its name, and the folder after. A file is never changed,
but for `_last_checkpoint`, which is only a hint.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from tidemill.core import UnavailableError, make_private_folder, new_id, sync_folder, write_atomically
from tidemill.storage.filelock import FileLock

LOG = "_delta_log"


class TableFile(NamedTuple):
    """A file of a table: its name below the table's folder, its size, and when it was stored."""

    name: str
    size: int
    stored_at: datetime


class TableFiles(Protocol):
    """Files of tables by folder and name. Safe between threads and processes. Raises UnavailableError, and
    FileNotFoundError for a file that is not there.
    """

    def uri(self, folder: str) -> str:
        """Return what the libraries that read tables take for a folder."""
        ...

    def options(self) -> dict[str, str] | None:
        """Return how these libraries reach it, credentials aside; None for a folder of this machine."""
        ...

    def folders(self) -> Sequence[str]:
        """Return the names of the folders."""
        ...

    def list(self, folder: str, below: str = "") -> Sequence[TableFile]:
        """Return the files of a folder, in no order. below: a folder in it."""
        ...

    def read(self, folder: str, name: str) -> bytes:
        """Return the bytes of a small file."""
        ...

    def open(self, folder: str, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file in pieces."""
        ...

    def create(self, folder: str, name: str, data: bytes) -> bool:
        """Store a small file; False when there is one of that name with other bytes."""
        ...

    def replace(self, folder: str, name: str, data: bytes) -> None:
        """Store a small file in the place of another."""
        ...

    def writing(self, folder: str, name: str) -> Any:
        """Return a context that gives a binary file to write; broken off, nothing that counts is left."""
        ...

    def delete(self, folder: str, names: Iterable[str]) -> None:
        """Delete files; those that are not there are no error."""
        ...

    def drop(self, folder: str) -> None:
        """Delete a folder and what is in it."""
        ...

    def locked(self, folder: str) -> Any:
        """Return a context that keeps others from changing a table; no lock in a bucket, which has none."""
        ...


class LocalTableFiles:
    """Files of tables below a folder of this machine. See `TableFiles`."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, FileLock]] = {}
        self._failed = False

    def uri(self, folder: str) -> str:
        """Return a folder's path."""
        return str(self._root / folder)

    def options(self) -> dict[str, str] | None:
        """Return None: nothing is needed."""
        return None

    def folders(self) -> Sequence[str]:
        """Return what is there, but for what is hidden."""
        if not self._root.is_dir():
            return []
        return [each.name for each in os.scandir(self._root) if each.is_dir() and not each.name.startswith(".")]

    def list(self, folder: str, below: str = "") -> Sequence[TableFile]:
        """Return the files."""
        root = self._root / folder
        found = []
        for where, _, names in os.walk(root / below):
            for name in names:
                path = Path(where) / name
                with suppress(FileNotFoundError):
                    at = path.stat()
                    stored_at = datetime.fromtimestamp(at.st_mtime, UTC)
                    found.append(TableFile(path.relative_to(root).as_posix(), at.st_size, stored_at))
        return [each for each in found if not each.name.rpartition("/")[2].startswith(".")]

    def read(self, folder: str, name: str) -> bytes:
        """Return a file's bytes."""
        return (self._root / folder / name).read_bytes()

    def open(self, folder: str, name: str) -> Iterator[bytes]:
        """Yield a file's bytes."""
        with (self._root / folder / name).open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece

    def create(self, folder: str, name: str, data: bytes) -> bool:
        """Store by a private name, fsync, link, fsync of the folder."""
        target = self._root / folder / name
        with self._refusing(target):
            make_private_folder(target.parent)
            temporary = target.with_name(f".{new_id()}.part")
            try:
                with temporary.open("xb") as file:
                    os.fchmod(file.fileno(), 0o600)
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(temporary, target)
            except FileExistsError:
                return target.read_bytes() == data
            finally:
                temporary.unlink(missing_ok=True)
            sync_folder(target.parent)
        return True

    def replace(self, folder: str, name: str, data: bytes) -> None:
        """Store by a private name and rename."""
        target = self._root / folder / name
        with self._refusing(target):
            write_atomically(target, data)

    @contextmanager
    def writing(self, folder: str, name: str) -> Iterator[BinaryIO]:
        """Give a file that is synced, and its folder with it, before the block is left."""
        target = self._root / folder / name
        with self._refusing(target):
            make_private_folder(target.parent)
            try:
                with target.open("xb") as file:
                    os.fchmod(file.fileno(), 0o600)
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                sync_folder(target.parent)
            except BaseException:
                target.unlink(missing_ok=True)
                raise

    def delete(self, folder: str, names: Iterable[str]) -> None:
        """Delete files."""
        with self._refusing(self._root / folder):
            for name in names:
                (self._root / folder / name).unlink(missing_ok=True)
            for where in {self._root / folder, self._root / folder / LOG}:
                if where.is_dir():
                    sync_folder(where)

    def drop(self, folder: str) -> None:
        """Take the folder out of sight, then delete it."""
        hidden = self._root / f".dropped-{new_id()}"
        with self._refusing(hidden):
            (self._root / folder).rename(hidden)
            sync_folder(self._root)
            for each in self._root.glob(".dropped-*"):
                shutil.rmtree(each, ignore_errors=True)

    @contextmanager
    def locked(self, folder: str) -> Iterator[None]:
        """Hold the table's lock, which threads and processes share."""
        with self._guard:
            if folder not in self._locks:
                self._locks[folder] = (threading.Lock(), FileLock(self._root / ".locks" / f"{folder}.lock"))
            thread, process = self._locks[folder]
        with thread, process:
            yield

    @contextmanager
    def _refusing(self, path: Path) -> Iterator[None]:
        """Tell in one line what a disk says. After it failed nobody knows what is on it: nothing is written then."""
        if self._failed:
            raise UnavailableError(f"{self._root} is not written to: its disk failed; see to it, then start again")
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            self._failed = error.errno == errno.EIO
            raise UnavailableError(
                f"{path.parent} cannot be written ({error.strerror or error}); see to its rights and its disk"
            ) from error
