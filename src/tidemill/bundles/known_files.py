"""What is known of a folder's files by heart, so that one that has not changed costs a look. A file in the cache.

It says nothing that cannot be found out again by reading the files.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from tidemill.core import make_private_folder, new_id

_FORMAT = 1
#: A file that was changed so shortly before it was looked at could change again without its times telling.
_TOO_NEW_NS = 2_500_000_000


class KnownFile(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was when it was read: its times and size, its digest, what it declares, whether it holds a key."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    digest: str
    pipelines: tuple[str, ...] = ()
    holds_key: bool = False

    def is_as(self, seen: os.stat_result) -> bool:
        """Tell whether a file is still the one that was read."""
        return (self.size, self.mtime_ns, self.ctime_ns, self.inode) == (
            seen.st_size,
            seen.st_mtime_ns,
            seen.st_ctime_ns,
            seen.st_ino,
        ) and stat.S_ISREG(seen.st_mode)


class KnownFiles:
    """The files of one folder that were read before. `home` None: nothing is known, and nothing kept."""

    def __init__(self, home: Path | None, folder: Path) -> None:
        named = os.path.realpath(folder).encode("utf-8", "surrogateescape")
        there = home is not None and home.is_dir()
        place = home / "cache" / "bundles" if home is not None and there else None
        self._file = place / f"{hashlib.sha256(named).hexdigest()}.index" if place is not None else None
        self._looked_at_ns = time.time_ns()
        self._before = self._load()
        self._now: dict[str, KnownFile] = {}

    def find(self, path: str, seen: os.stat_result) -> KnownFile | None:
        """Return what is known of a file that has not changed, or None."""
        known = self._before.get(path)
        if known is None or not known.is_as(seen):
            return None
        self._now[path] = known
        return known

    def note(self, path: str, known: KnownFile) -> None:
        """Remember a file that was read."""
        self._now[path] = known

    def save(self) -> None:
        """Keep what is known, whole or not at all; not where the disk refuses."""
        sure = {path: each for path, each in self._now.items() if each.ctime_ns < self._looked_at_ns - _TOO_NEW_NS}
        if self._file is None or sure == self._before:
            return
        temporary = self._file.with_name(f".{new_id()}.part")
        with suppress(OSError):
            make_private_folder(self._file.parent)
            try:
                temporary.write_bytes(msgspec.msgpack.encode([_FORMAT, sure]))
                temporary.replace(self._file)
            finally:
                temporary.unlink(missing_ok=True)

    def _load(self) -> dict[str, KnownFile]:
        if self._file is None:
            return {}
        try:
            found = msgspec.msgpack.decode(self._file.read_bytes(), type=tuple[int, dict[str, KnownFile]])
        except (OSError, msgspec.MsgspecError):
            return {}
        return found[1] if found[0] == _FORMAT else {}
