"""The files of a store's folder: which of them make up its state, and how they are copied so that none is half there.

    records.db, online.db     SQLite files, copied by SQLite
    blobs/ab/cdef...          never changed once there
    predictions/, serving/    log segments, and what the data plane serves
    tables/                   tables, listed by `table_copies`
    anything else             such as a replay's clock

Left out is what means nothing elsewhere: locks, journals that are being sent, what is half written, what processes
said, copies of older schemas, and the demo's prepared year.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tidemill.core import DamagedError, make_private_folder, new_id, sync_folder

BLOBS = "blobs"
IN_FLIGHT = "in_flight"
RECORDS = "records.db"
TABLES = "tables"
#: Written from the records, and to be copied after them: what was revoked must stay so.
TOKENS = "serving/tokens.json"
#: How the files end that name the snapshot that is served.
POINTER = "/current"
_PASSING_FOLDERS = ("bundles", "cache", IN_FLIGHT, "journals", "logs", "replay", "runs", "workers")
_PASSING_ENDINGS = (".lock", ".part", ".copy", "-wal", "-shm", "-journal")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PIECE_BYTES = 1 << 20

#: What is being done, how much of it is done, and of how much.
Told = Callable[[str, int, int], None]


def untold(_what: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


class Stored(NamedTuple):
    """Size and digest of a file."""

    size: int
    digest: str


def databases_of(home: Path) -> list[str]:
    """Return the names of a store's SQLite files, the records first."""
    return sorted((file.name for file in home.glob("*.db")), key=lambda name: (name != RECORDS, name))


def files_of(home: Path) -> list[str]:
    """Return the paths of a store's other files but blobs and tables, below its folder, sorted."""
    found = set(_walk(home, ""))
    # A file that is renamed while a folder is listed may be passed over: not twice in a row.
    found |= set(_walk(home, ""))
    return sorted(found)


def _walk(home: Path, below: str) -> Iterator[str]:
    with suppress(FileNotFoundError), os.scandir(home / below) as entries:
        for entry in entries:
            name = f"{below}{entry.name}"
            if entry.name.startswith(".") or name.endswith(_PASSING_ENDINGS):
                continue
            if entry.is_dir(follow_symlinks=False):
                if below or entry.name not in (BLOBS, TABLES, *_PASSING_FOLDERS):
                    yield from _walk(home, f"{name}/")
            elif entry.is_file(follow_symlinks=False) and (below or not name.endswith(".db")):
                yield name


def is_served(name: str) -> bool:
    """Tell whether a file is one that the data plane serves from, other than its tokens."""
    return name.startswith("serving/") and name != TOKENS


def digests_of(root: Path) -> Iterator[str]:
    """Yield the digests of the blobs in a local folder, in their order."""
    if not root.is_dir():
        return
    for shelf in sorted(each for each in root.iterdir() if len(each.name) == 2):
        for digest in sorted(shelf.name + file.name for file in shelf.iterdir()):
            if _DIGEST.fullmatch(digest):
                yield digest


def aside_blobs_of(root: Path) -> dict[str, Path]:
    """Return the files of the blobs that a collector has set aside, by digest: a record may name one all the same."""
    return {file.name: file for file in root.glob(".aside/*/*") if _DIGEST.fullmatch(file.name)}


def blob_file(root: Path, digest: str) -> Path:
    """Return where a local folder of blobs has one."""
    return root / digest[:2] / digest[2:]


def copy_file(source: Path, target: Path, digest: str | None = None) -> Stored:
    """Copy a file by a temporary name, synced; the copy has the mode of the file, and its time of change.

    Raises DamagedError when the bytes do not have the digest that they should have; nothing is left then. OSError.
    """
    make_private_folder(target.parent)
    temporary = target.with_name(f".{new_id()}.part")
    hashed, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as reader, temporary.open("xb") as writer:
            while piece := reader.read(_PIECE_BYTES):
                hashed.update(piece)
                writer.write(piece)
                size += len(piece)
            writer.flush()
            about = os.fstat(reader.fileno())
            os.fchmod(writer.fileno(), about.st_mode & 0o777)
            os.utime(writer.fileno(), ns=(about.st_atime_ns, about.st_mtime_ns))
            os.fsync(writer.fileno())
        if digest is not None and hashed.hexdigest() != digest:
            raise DamagedError(f"{source} is damaged: its bytes have another digest; take it from another copy")
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Stored(size, hashed.hexdigest())


def measure(file: Path) -> Stored:
    """Return size and digest of a file. Raises OSError."""
    hashed, size = hashlib.sha256(), 0
    with file.open("rb") as reader:
        while piece := reader.read(_PIECE_BYTES):
            hashed.update(piece)
            size += len(piece)
    return Stored(size, hashed.hexdigest())


def sync_folders(root: Path) -> None:
    """Make the entries of a folder and of all below it durable."""
    for folder, _, _ in os.walk(root):
        sync_folder(Path(folder))
