"""What a backup says of itself: each file with its digest, the rows of each table, the head of the chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tidemill.core import DamagedError, UsageError, digest_json, write_atomically
from tidemill.storage.home_files import Stored

FORMAT = 1
NAME = "backup.json"
#: The listing of the blobs, a digest and a size a line; of encrypted ones a name, a size and the digest of the file.
LISTING = "blobs.txt"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    id: made with the backup, so that ids sort by when. origin: the hash of the store's first event, by which backups
    of one store know each other; empty for a store without events. tables: rows of each table. files: size and digest
    of each file but the blobs, by its path; the blobs are in a listing of their own, which is one of these files.
    """

    id: str
    made_at: str
    schema: str
    origin: str
    position: int
    hash: str
    tables: Mapping[str, int]
    files: Mapping[str, Stored]
    n_blobs: int
    blob_bytes: int
    format: int = FORMAT


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a backup's manifest, with its own digest. Raises OSError."""
    told = asdict(replace(manifest, files={name: list(stored) for name, stored in manifest.files.items()}))  # type: ignore[misc]
    text = json.dumps(told | {"digest": digest_json(told)}, indent=1)
    write_atomically(folder / NAME, text.encode("utf-8"))


def read_manifest(folder: Path) -> Manifest:
    """Read a backup's manifest. Raises UsageError for a folder that is no backup, DamagedError."""
    try:
        told: dict[str, Any] = json.loads((folder / NAME).read_bytes())
        digest = told.pop("digest")
        if told.get("format") != FORMAT:
            raise UsageError(
                f"{folder} is a backup of format {told.get('format')}; this Tidemill reads {FORMAT}: "
                "upgrade with 'pip install -U tidemill'"
            )
        if digest_json(told) != digest:
            raise ValueError("its digest is another")
        told["files"] = {name: Stored(*stored) for name, stored in told["files"].items()}
        return Manifest(**told)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{folder} is not a backup: it holds no {NAME}; 'tidemill backup' makes one") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError(f"{folder / NAME} is damaged ({error}); take another backup") from error


def is_backup(folder: Path) -> bool:
    """Tell whether a folder is one finished backup."""
    return (folder / NAME).is_file()


def backups_in(folder: Path) -> list[Path]:
    """Return the finished backups in a folder, oldest first. Raises DamagedError."""
    found = [each for each in sorted(folder.iterdir()) if is_backup(each) and not each.name.startswith(".")]
    return sorted(found, key=lambda each: read_manifest(each).id)


def find_backup(place: Path) -> Path:
    """Return a backup: the folder itself, or the newest in it. Raises UsageError."""
    if is_backup(place):
        return place
    found = backups_in(place) if place.is_dir() else []
    if not found:
        raise UsageError(f"{place} is not a backup and holds none that was finished; 'tidemill backup' makes one")
    return found[-1]


def write_listing(folder: Path, blobs: Mapping[str, Stored]) -> None:
    """Write the listing of a backup's blobs. Raises OSError."""
    lines = (_line(name, stored) for name, stored in sorted(blobs.items()))
    write_atomically(folder / LISTING, "".join(lines).encode("ascii"))


def read_listing(folder: Path) -> dict[str, Stored]:
    """Return size and digest of the files of a backup's blobs, by their names. Raises DamagedError, OSError."""
    try:
        lines = (line.split(" ") for line in (folder / LISTING).read_text("ascii").splitlines())
        return {name: Stored(int(size), digest[0] if digest else name) for name, size, *digest in lines}
    except ValueError as error:
        raise DamagedError(f"{folder / LISTING} is damaged ({error}); take another backup") from error


def _line(name: str, stored: Stored) -> str:
    return f"{name} {stored.size}\n" if stored.digest == name else f"{name} {stored.size} {stored.digest}\n"
