"""The stat index of a folder: what its files were when they were last hashed. One file each, in the store's cache.

It says nothing that cannot be found out again by reading the files: without it a commit hashes everything once.
"""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from tidemill.core import make_private_folder, new_id
from tidemill.data.folder_scan import Stamp
from tidemill.storage import FileLock

_FORMAT = 2
_CHECKSUM_BYTES = 4
_DIGEST_BYTES = 32
#: A file that was changed so shortly before it was looked at could change again without its times telling: the kernel's
#: clock for files ticks every 1 to 10 ms, and some file systems know only seconds.
_FINE_NS, _COARSE_NS, _COARSE_TICK_NS = 50_000_000, 2_500_000_000, 10_000_000


class FolderIndex(msgspec.Struct):
    """What is known of a folder's files by heart.

    root: the version, by its digest, that the folder was last committed as or brought to; empty for none.
    whole: whether the stamps are those of exactly that version's files.
    going_to: the version that a checkout under way, or killed, brings it to; empty for none.
    stamps, digests: the files' stamps by path, and their digests in the same order.
    """

    root: str = ""
    whole: bool = False
    going_to: str = ""
    folders: list[str] = msgspec.field(default_factory=list)
    stamps: dict[str, Stamp] = msgspec.field(default_factory=dict)
    digests: bytes = b""
    format: int = _FORMAT

    def by_path(self) -> dict[str, str]:
        """Return the digests by path."""
        text, width = self.digests.hex(), 2 * _DIGEST_BYTES
        return {path: text[at : at + width] for path, at in zip(self.stamps, range(0, len(text), width), strict=True)}

    def know(self, stamps: dict[str, Stamp], digests: dict[str, str]) -> None:
        """Take the stamps, settled, and the digests of those that have one for what is known."""
        self.stamps = {path: at for path, at in stamps.items() if path in digests}
        self.digests = bytes.fromhex("".join([digests[path] for path in self.stamps]))


class FolderIndexes:
    """The indexes of folders, each a file in the store's cache. Safe between processes: the last one stays."""

    def __init__(self, home: Path) -> None:
        self._root = home / "cache" / "folders"

    def load(self, project: str, folder: Path) -> FolderIndex:
        """Return what is known of a folder; nothing when that cannot be read."""
        try:
            data = memoryview(self._file(project, folder).read_bytes())
            if zlib.crc32(data[_CHECKSUM_BYTES:]) != int.from_bytes(data[:_CHECKSUM_BYTES], "big"):
                return FolderIndex()
            found = msgspec.msgpack.decode(data[_CHECKSUM_BYTES:], type=FolderIndex)
        except (OSError, msgspec.MsgspecError):
            return FolderIndex()
        fits = found.format == _FORMAT and len(found.digests) == _DIGEST_BYTES * len(found.stamps)
        return found if fits else FolderIndex()

    def save(self, project: str, folder: Path, index: FolderIndex) -> None:
        """Keep what is known of a folder, whole or not at all; not where the disk refuses: files are read again."""
        data, file = msgspec.msgpack.encode(index), self._file(project, folder)
        # Not synced, since it can be found out again: after a power cut its checksum tells.
        temporary = file.with_name(f".{new_id()}.part")
        with suppress(OSError):
            make_private_folder(self._root)
            try:
                with temporary.open("xb") as written:
                    os.fchmod(written.fileno(), 0o600)
                    written.write(zlib.crc32(data).to_bytes(_CHECKSUM_BYTES, "big"))
                    written.write(data)
                temporary.replace(file)
            finally:
                temporary.unlink(missing_ok=True)

    @contextmanager
    def locked(self, folder: Path) -> Iterator[None]:
        """Let commits and checkouts of one folder take turns: none sees, or keeps, what another is half done with.

        Raises UnavailableError.
        """
        named = os.path.realpath(folder).encode("utf-8", "surrogateescape")
        lock = FileLock(self._root / f"{hashlib.sha256(named).hexdigest()}.lock")
        try:
            with lock:
                yield
        finally:
            lock.close()

    def _file(self, project: str, folder: Path) -> Path:
        named = f"{project}\0{os.path.realpath(folder)}".encode("utf-8", "surrogateescape")
        return self._root / f"{hashlib.sha256(named).hexdigest()}.index"


def now_ns() -> int:
    """Return the machine's time, by which file systems stamp files."""
    return time.time_ns()


def settled(stamps: Mapping[str, Stamp], looked_at_ns: int) -> dict[str, Stamp]:
    """Return stamps that can be trusted: one that is too new becomes one that no file has, so that it is read again.

    looked_at_ns: when the files were looked at, before they were read; or the end of their writing.
    """
    found, newest = dict(stamps), looked_at_ns - _COARSE_NS
    for path, at in stamps.items():
        ctime_ns = at.ctime_ns
        if ctime_ns > newest and (ctime_ns > looked_at_ns - _FINE_NS or not ctime_ns % _COARSE_TICK_NS):
            found[path] = msgspec.structs.replace(at, ctime_ns=0)
    return found
