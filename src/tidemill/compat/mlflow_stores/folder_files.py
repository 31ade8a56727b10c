"""Files that are written into a folder of artifacts, and read back from it."""

from __future__ import annotations

from pathlib import Path

from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.port import Owner
from tidemill.compat.mlflow_stores.records import MovedFile, StoredFile
from tidemill.core import digest_file
from tidemill.storage.blobs.port import pieces_of


def put_file(folder: Path, of: Owner, file: MovedFile, left_out: LeftOut) -> StoredFile | None:
    """Write a file into a folder of artifacts; its digest is that of what can be read there."""
    path = folder / file.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with file.open() as source, path.open("wb") as target:
            for piece in pieces_of(source):
                target.write(piece)
    except OSError as error:
        left_out.add("file", file.path, f"of {of.id}: {error.strerror or error}")
        return None
    return StoredFile(file.path, digest_file(path), path.stat().st_size)


def stored_file(file: MovedFile) -> StoredFile:
    """Return a file that lies here as it lies here."""
    return StoredFile(file.path, digest_file(file.local) if file.local else "", file.size or 0)
