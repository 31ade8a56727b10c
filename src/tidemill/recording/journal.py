"""A journal: an append-only file of one run and process, on the local disk, from which what was logged is sent.

The file is mapped into memory and an entry is copied into the map by the thread that logs: once the call has returned
the entry is the kernel's, so nothing is lost when the process is killed. A thread of the recorder calls `sync` now and
then, so that a power cut takes the last seconds at most. Space is reserved before it is mapped: a disk that is full is
an error of reserving, not of a copy. What comes then is held in memory, up to a limit, until there is space again.
"""

from __future__ import annotations

import mmap
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from tidemill.core import make_private_folder
from tidemill.recording.entries import HEADER, MOST_FRAME_BYTES, POINT, POINT_BODY, body_of
from tidemill.recording.frames import HEAD, MARK, frame
from tidemill.recording.journal_seal import JournalSeal, pieces_of

ENDING = ".journal"
FILES_ENDING = ".files"
MOST_JOURNAL_BYTES = 8 << 30
MOST_HELD_BYTES = 16 << 20
_FIRST_BYTES, _NEXT_BYTES = 1 << 16, 1 << 22
_POINT_BYTES = POINT_BODY.size


class Journal:
    """Writes one journal. Thread-safe, and safe in a signal's handler; of the process that made it alone.

    say: is told, in one line and once for each kind, what goes wrong; nothing here raises once the file is open.
    seal: of an encrypted store; then the header alone is in clear. Raises OSError when it cannot be made.
    """

    def __init__(
        self, folder: Path, header: dict[str, Any], say: Callable[[str], None], seal: JournalSeal | None = None
    ) -> None:
        make_private_folder(folder)
        self._seal = seal
        self.path = folder / f"{header['name']}{ENDING}"
        self._say = say
        self._lock = threading.RLock()
        self._held: list[bytes] = []
        self._n_held_bytes = self.n_lost = 0
        self._closed = False
        # Of the part that is mapped: where it begins in the file, and its size.
        self._base = self._size = self._at = 0
        self._map: mmap.mmap | None = None
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            self._reserve(_FIRST_BYTES)
        except OSError:
            os.close(self._descriptor)
            self.path.unlink(missing_ok=True)
            raise
        self.append(HEADER, header)

    @property
    def files(self) -> Path:
        """The folder of the files that entries name."""
        return self.path.with_suffix(FILES_ENDING)

    @property
    def written(self) -> int:
        """How far the file is written."""
        with self._lock:
            return self._base + self._at

    @property
    def is_held_up(self) -> bool:
        """Whether something is in memory that the disk has no space for."""
        return bool(self._held)

    def point(self, key: bytes, step: int, value: float, at: int) -> None:
        """Append a point of a metric; at: milliseconds since 1970."""
        body = POINT_BODY.pack(POINT, step, value, at) + key
        if self._seal is not None:
            body = self._seal.seal(body)
        entry = HEAD.pack(MARK, len(body), crc32(body)) + body
        with self._lock:
            start = self._at
            end = start + len(entry)
            if end > self._size or self._held or self._map is None:
                self._append_slowly(entry)
                return
            self._at = end
            self._map[start:end] = entry

    def append(self, kind: int, content: Any) -> None:
        """Append another entry. Raises ValueError for one that is too large."""
        body = body_of(kind, content)
        if self._seal is not None and kind != HEADER:
            body = self._seal.seal(body)
        if len(body) > MOST_FRAME_BYTES:
            raise ValueError(f"an entry of {len(body):,} bytes is larger than a journal takes ({MOST_FRAME_BYTES:,})")
        with self._lock:
            self._append_slowly(frame(body))

    def keep(self, name: str, content: bytes | Path) -> None:
        """Keep bytes, or a copy of a file, beside the journal, under a name that is new. Raises OSError."""
        self.files.mkdir(mode=0o700, exist_ok=True)
        file = self.files / name
        try:
            if self._seal is not None:
                self._seal.write(file, (content,) if isinstance(content, bytes) else pieces_of(content))
            elif isinstance(content, bytes):
                file.write_bytes(content)
            else:
                shutil.copyfile(content, file)
        except BaseException:
            file.unlink(missing_ok=True)
            raise

    def relieve(self) -> None:
        """Write what is held in memory, if there is space for it now."""
        if not self._held:
            return
        with self._lock:
            held, self._held, self._n_held_bytes = self._held, [], 0
            for number, entry in enumerate(held):
                if not self._fits(entry):
                    self._held = held[number:]
                    self._n_held_bytes = sum(map(len, self._held))
                    return
                self._put(entry)
        lost = f"; {self.n_lost:,} entries were lost" if self.n_lost else ", and nothing was lost"
        self._say(f"there is space for {self.path} again{lost}")
        self.n_lost = 0

    def sync(self) -> None:
        """Bring what is written to the disk, safe from a power cut."""
        with suppress(OSError):
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Cut the file to what is written and close it; nothing can be appended afterwards."""
        with self._lock:
            if self._closed:
                return
            self.relieve()
            if self._held:
                self._lose(len(self._held))
                self._held = []
            self._closed = True
            self._unmap()
            with suppress(OSError):
                os.ftruncate(self._descriptor, self.written)
            with suppress(OSError):
                os.close(self._descriptor)

    def leave(self) -> None:
        """Let go of what a forked child has inherited; the file is its parent's."""
        self._lock = threading.RLock()
        self._closed = True
        self._unmap()
        with suppress(OSError):
            os.close(self._descriptor)

    def _append_slowly(self, entry: bytes) -> None:
        if self._closed:
            self._lose(1)
        elif not self._held and self._fits(entry):
            self._put(entry)
        elif self._n_held_bytes + len(entry) <= MOST_HELD_BYTES:
            self._held.append(entry)
            self._n_held_bytes += len(entry)
        else:
            self._lose(1)

    def _put(self, entry: bytes) -> None:
        start = self._at
        self._at = end = start + len(entry)
        if self._map is not None:
            self._map[start:end] = entry

    def _fits(self, entry: bytes) -> bool:
        """Tell whether there is space for an entry, reserving more when there is none."""
        if self._at + len(entry) <= self._size:
            return True
        if self._base + self._size + len(entry) > MOST_JOURNAL_BYTES:
            return False
        try:
            self._reserve(max(_NEXT_BYTES, len(entry)))
        except (OSError, ValueError) as error:
            if not self._held:
                why = getattr(error, "strerror", None) or error
                self._say(
                    f"{self.path} cannot be written ({why}); up to {MOST_HELD_BYTES >> 20} MiB are held in memory"
                )
            return False
        return True

    def _reserve(self, n_bytes: int) -> None:
        """Map the next part of the file. Raises OSError when the disk has no space for it."""
        grain = mmap.ALLOCATIONGRANULARITY
        base = self._base + self._size
        size = -(-n_bytes // grain) * grain
        _reserve_space(self._descriptor, base, size)
        mapped = mmap.mmap(self._descriptor, size, offset=base)
        self._unmap()
        self._map, self._base, self._size, self._at = mapped, base, size, 0

    def _unmap(self) -> None:
        if self._map is not None:
            with suppress(BufferError, ValueError):
                self._map.close()
            self._map = None

    def _lose(self, n: int) -> None:
        if not self.n_lost:
            full = "it has ended" if self._closed else "the disk is full, or the journal has reached its limit"
            self._say(f"entries of {self.path} are lost from now on: {full}")
        self.n_lost += n


def _reserve_space(descriptor: int, start: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, start, size)
        return
    os.lseek(descriptor, start, os.SEEK_SET)
    zeros = bytes(1 << 16)
    for _ in range(0, size, len(zeros)):
        os.write(descriptor, zeros)


def now_ms() -> int:
    """Return the instant in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
