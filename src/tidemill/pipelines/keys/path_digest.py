"""The digest of a file or folder by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tidemill.core import digest_json

_CHUNK = 1 << 20


def path_digest(path: Path) -> str:
    """Return the digest of a file's bytes, or of the names and bytes of all files in a folder.

    A path where nothing is has a digest too: a step may be about to write there. Raises OSError.

    >>> path_digest(Path("no/such/file")) == path_digest(Path("no/other/file"))
    True
    """
    if path.is_dir():
        return digest_json(["folder", [[name, _digest(file)] for name, file in files_in(path)]])
    return digest_json(["file", _digest(path)]) if path.exists() else digest_json(["nothing"])


def files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of every file below a folder, by name, with slashes in it on every system."""
    found = [(file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file()]
    yield from sorted(found)


def _digest(file: Path) -> str:
    hashed = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()


def paths_in(value: object) -> list[Path]:
    """Return the paths in a value and in its lists, tuples and dictionaries.

    >>> [path.name for path in paths_in({"a": [Path("x"), 1]})]
    ['x']
    """
    if isinstance(value, Path):
        return [value]
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    return [path for item in items for path in paths_in(item)]
