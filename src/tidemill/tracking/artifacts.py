"""The verbs of artifacts: files that runs, logged models and traces keep, by paths of their own.

The bytes are blobs, so that equal files are stored once and what is read was checked. A file is there whole or not at
all: its bytes are durable before its row is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, NotFoundError, UsageError
from tidemill.storage import BlobStore, InFlight, StoredBlob
from tidemill.storage.blobs.uploads import Uploads
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _artifact_rows as rows
from tidemill.tracking._artifact_rows import ArtifactEntry, ArtifactFile, Owner
from tidemill.tracking.artifact_paths import (
    NOBODY,
    ArtifactPlace,
    address_of,
    check_folder,
    check_path,
    folders_above,
    is_run,
    place_of,
)

MOST_ENTRIES = 10_000


@dataclass(frozen=True)
class ArtifactPage:
    """Some of what is in a folder, in order: a folder's name is put there with a slash at its end.

    after: what gives the next page; empty on the last.
    """

    entries: tuple[ArtifactEntry, ...]
    after: str = ""


class Artifacts:
    """Files of runs and logged models. Thread-safe; files of any size are read and written in bounded memory.

    owner: the id of a run, of a logged model (``m-...``) or of a trace (``tr-...``); empty for files of the project
    that belong to none of them.
    """

    def __init__(self, database: Database, blobs: BlobStore, in_flight: InFlight) -> None:
        self._database = database
        self._blobs = blobs
        self._in_flight = in_flight
        self._uploads = Uploads(database.folder / "uploads", blobs)

    def put(
        self, caller: Caller, owner: str, path: str, source: BinaryIO | Iterable[bytes], digest: str | None = None
    ) -> ArtifactFile:
        """Store what a stream gives as a file, instead of one that has this path. Needs editor.

        digest: what the bytes must have. Raises InvalidPathError, NotFoundError for an unknown owner, ConflictError for
        a path that is a folder or goes through a file, DamagedError for other bytes; what `source` raises is passed on.
        """
        require(caller, Role.EDITOR)
        path = check_path(path)
        self._database.read(lambda tx: _check_place(tx, Owner(caller.project, owner), path))
        with self._in_flight.mark():
            return self._name(caller, owner, path, self._blobs.put_stream(source, digest))

    def put_file(self, caller: Caller, owner: str, path: str, file: Path) -> ArtifactFile:
        """Store a file of this machine. Needs editor. Raises what `put` raises, OSError."""
        with file.open("rb") as source:
            return self.put(caller, owner, path, source)

    def take_upload(self, caller: Caller, owner: str, path: str, upload_id: str, digest: str) -> ArtifactFile:
        """Make a file of an upload in pieces, once its digest was found right. Needs editor.

        Raises what `put` raises, NotFoundError for an unknown upload.
        """
        require(caller, Role.EDITOR)
        path = check_path(path)
        self._database.read(lambda tx: _check_place(tx, Owner(caller.project, owner), path))
        with self._in_flight.mark():
            return self._name(caller, owner, path, self._uploads.finish(caller.project, upload_id, digest))

    def get(self, caller: Caller, owner: str, path: str) -> ArtifactFile:
        """Return what is known of a file. Raises NotFoundError, InvalidPathError."""
        require(caller, Role.VIEWER)
        path = check_path(path)
        found = self._database.read(lambda tx: rows.find(tx, Owner(caller.project, owner), path))
        if found is None:
            raise NotFoundError(f"{_whose(owner)} keeps no file {path!r}; list what is there")
        return found

    def open(self, caller: Caller, owner: str, path: str) -> BinaryIO:
        """Return a file's bytes as a checked stream that the caller closes. Raises NotFoundError, DamagedError."""
        return self.open_blob(self.get(caller, owner, path))

    def open_blob(self, file: ArtifactFile) -> BinaryIO:
        """Return the bytes of a file that was got or listed, as `open` does."""
        return self._blobs.open(file.digest)

    def list(self, caller: Caller, owner: str, folder: str = "", after: str = "", limit: int = 1000) -> ArtifactPage:
        """Return a page of what is in a folder; nothing when it is a file or is not there.

        Raises InvalidPathError, UsageError for a limit or an `after` that cannot be.
        """
        require(caller, Role.VIEWER)
        folder = check_folder(folder)
        if not 1 <= limit <= MOST_ENTRIES:
            raise UsageError(f"the limit is {limit}; it takes 1 to {MOST_ENTRIES:,}")
        if after:
            check_folder(after)
        entries = self._database.read(
            lambda tx: rows.entries_after(tx, Owner(caller.project, owner), folder, after, limit + 1)
        )
        page = tuple(entries[:limit])
        more = len(entries) > limit
        return ArtifactPage(page, page[-1].name + "/" * page[-1].is_folder if more else "")

    def walk(self, caller: Caller, owner: str, folder: str = "") -> Iterator[ArtifactFile]:
        """Yield all files of a folder and of those below, in order of their paths. Raises InvalidPathError."""
        require(caller, Role.VIEWER)
        folder, after = check_folder(folder), ""
        while True:
            page = self._database.read(
                lambda tx, after=after: rows.files_after(tx, Owner(caller.project, owner), folder, after)  # type: ignore[misc]
            )
            yield from page
            if not page:
                return
            after = page[-1].path

    def delete(self, caller: Caller, owner: str, path: str) -> int:
        """Delete a file, or a folder with all that is in it; return how many files went. Needs editor.

        The bytes go with the next collections, unless something else keeps them. Raises NotFoundError,
        InvalidPathError.
        """
        require(caller, Role.EDITOR)
        path = check_folder(path)

        def delete(tx: Transaction) -> int:
            n_files = rows.delete(tx, Owner(caller.project, owner), path)
            if n_files:
                data = {"path": path, "n_files": n_files}
                tx.emit(caller.name, caller.project, Event("artifact.deleted", owner or path, data))
            return n_files

        n_files = self._database.write(delete)
        if not n_files:
            raise NotFoundError(f"{_whose(owner)} keeps no file or folder {path!r}; list what is there")
        return n_files

    def place(self, caller: Caller, path: str) -> ArtifactPlace:
        """Return whose file or folder an address of the whole project is: ``3/RUN/artifacts/a/b`` is a run's ``a/b``.

        That of a run, a logged model or a trace that is not known is nobody's. Raises InvalidPathError.
        """
        require(caller, Role.VIEWER)
        path = check_folder(path)
        place = place_of(path)
        if not self._database.read(lambda tx: rows.knows_owner(tx, Owner(caller.project, place.owner))):
            return ArtifactPlace(NOBODY, path)
        return place

    def address(self, caller: Caller, owner: str) -> str:
        """Return where in the whole project the files of a run, a logged model or a trace are; what `place` reads.

        Raises NotFoundError for an unknown one.
        """
        require(caller, Role.VIEWER)
        number = self._database.read(lambda tx: rows.experiment_number(tx, Owner(caller.project, owner)))
        if number is None:
            raise NotFoundError(f"there is no {_whose(owner)}")
        return address_of(number, owner)

    def _name(self, caller: Caller, owner: str, path: str, stored: StoredBlob) -> ArtifactFile:
        def name(tx: Transaction) -> ArtifactFile:
            _check_place(tx, Owner(caller.project, owner), path)
            data = {"path": path, "digest": stored.digest, "size": stored.size}
            tx.emit(caller.name, caller.project, Event("artifact.stored", owner or path, data))
            return rows.file_at(tx, Owner(caller.project, owner), path, stored.digest, stored.size)

        return self._database.write(name)


def _check_place(tx: Transaction, of: Owner, path: str) -> None:
    if not rows.knows_owner(tx, of):
        raise NotFoundError(f"there is no {_whose(of.id)}")
    if above := rows.files_among(tx, of, folders_above(path)):
        raise ConflictError(f"{above[0]!r} is a file, and no folder for {path!r}; delete it, or use another name")
    if rows.has_folder(tx, of, path):
        raise ConflictError(f"{path!r} is a folder; delete it, or use another name for the file")


def _whose(owner: str) -> str:
    if not owner:
        return "the project"
    return f"run {owner}" if is_run(owner) else owner
