"""The service for folders of files: images, audio, text. A folder in, immutable versions out, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, Event, UnavailableError, UsageError, check_name, digest_bytes, not_found
from tidemill.data import _repository as repository
from tidemill.data.checkout_plan import Base, Present, plan_checkout
from tidemill.data.dataset_version import version_number
from tidemill.data.file_manifest import Difference, FileEntry, Manifest, difference, entries_of, load_manifest
from tidemill.data.file_set_version import FileSetVersion
from tidemill.data.folder_checkout import carry_out
from tidemill.data.folder_commit import FolderCommit, Looked, require_regular
from tidemill.data.folder_hashing import hash_files
from tidemill.data.folder_index import FolderIndex, FolderIndexes, now_ns, settled
from tidemill.data.folder_scan import scan_folder
from tidemill.data.store_folders import StoreFolders
from tidemill.storage import BlobStore, InFlight
from tidemill.storage.home_files import Told, untold
from tidemill.storage.records import Database, Transaction


class FileSets:
    """Versions of folders in the caller's project. Thread-safe."""

    def __init__(self, database: Database, blobs: BlobStore, clock: Clock, own: Iterable[Path] = ()) -> None:
        """Open the file sets of a store. own: its folders outside of the one that its database lies in."""
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._indexes = FolderIndexes(database.folder)
        self._in_flight = InFlight(database.folder / "in_flight")
        self._own = StoreFolders((database.folder, *own))

    def commit(
        self, caller: Caller, name: str, folder: Path, *, skip_irregular: bool = False, told: Told = untold
    ) -> FileSetVersion:
        """Store a folder's files, and return the version that holds exactly them.

        A file that is as it was when it was last hashed costs a stat. Content that the name has a version of already
        gives that version, with `created` false. Broken off at any point, it goes on where it was.

        skip_irregular: leave out what is no file (links that lead to none, sockets, FIFOs, devices), instead of
        refusing it. Links that lead to a file are committed as that file. `.git` folders are left out.

        Raises NotFoundError for a folder that is not there, UsageError for what cannot be in a version,
        FolderChangedError for a file that changes while it is read, UnavailableError for one that cannot be read,
        ConflictError for the name of a dataset, ForbiddenError below the editor's role.
        """
        require(caller, Role.EDITOR)
        check_name("file set", name)
        self._own.require_outside(folder)
        with self._in_flight.mark(), self._indexes.locked(folder):
            looked = self._look(caller, folder)
            if not skip_irregular:
                require_regular(looked.scan, folder)
            index = looked.index
            base = self._database.read(lambda tx: _of_digest(tx, caller.project, index.root))
            if base is not None and looked.is_known:
                return base if base.name == name else self._keep(caller, name, base.digest)
            parent = load_manifest(self._blobs, base.digest) if base is not None else None
            commit = FolderCommit(
                looked, self._blobs, parent, lambda: self._indexes.save(caller.project, folder, index)
            )
            digest = digest_bytes(commit.store(told).to_bytes())
            version = self._keep(caller, name, digest)
            commit.remember_as(digest)
        return version

    def status(
        self, caller: Caller, reference: str, folder: Path, *, told: Told = untold
    ) -> tuple[FileSetVersion, Difference]:
        """Return a version, the latest for a bare name, and how the folder differs from it now. Stores nothing.

        Raises as `get` and `commit`.
        """
        version = self.get(caller, reference)
        looked = self._look(caller, folder)
        if looked.is_known and looked.index.root == version.digest:
            return version, Difference()
        files, digests = looked.scan.files, looked.known()
        wanted = {entry.path: entry for entry in self.files(version)}
        # A file of another size is another file.
        asked = [p for p in files if p not in digests and p in wanted and wanted[p].size == files[p].size]
        hash_files(folder, files, asked, (digests.update, told))
        now = {path: FileEntry(path, at.size, at.executable, digests.get(path, "")) for path, at in files.items()}
        added, removed = sorted(now.keys() - wanted.keys()), sorted(wanted.keys() - now.keys())
        changed = sorted(path for path in now.keys() & wanted.keys() if now[path] != wanted[path])
        return version, Difference(tuple(added), tuple(changed), tuple(removed))

    def checkout(
        self, caller: Caller, reference: str, folder: Path, *, force: bool = False, told: Told = untold
    ) -> FileSetVersion:
        """Make a folder's files those of a version, and return it. Only what differs is written or deleted.

        Files that belong to no version stay, unless they are in the way. Each file is there whole or as it was; killed
        at any point, it can be run again. Files are copies, shared with the store only where the file system keeps
        them apart when one is changed.

        force: overwrite what was changed in the folder and committed nowhere.

        Raises LocalChangeError for such changes, and then changes nothing; NotFoundError, UsageError for a link on the
        way to a file, DamagedError for a blob that is, UnavailableError for what the disk refuses.
        """
        version = self.get(caller, reference)
        self._make(folder)
        with self._in_flight.mark(), self._indexes.locked(folder):
            looked = self._look(caller, folder)
            index = looked.index
            if looked.is_known and index.root == version.digest:
                return version
            manifest = load_manifest(self._blobs, version.digest)
            wanted = self._files_of(manifest)
            present = Present(folder, looked.scan, looked.known())
            self._own.require_outside(folder, wanted.files, wanted.folders)
            plan = plan_checkout(present, wanted, self._bases(caller, index), told, force=force)
            index.going_to, index.whole = version.digest, False
            kept = settled(looked.scan.files, looked.at_ns)
            index.know(kept, present.digests)
            self._indexes.save(caller.project, folder, index)
            written = carry_out(plan, present, self._blobs, told)
            after = FolderIndex(version.digest, whole=True, folders=list(manifest.folders))
            stamps = {path: at for path, at in kept.items() if path in wanted.files} | settled(written, now_ns())
            after.know(stamps, {entry.path: entry.digest for entry in wanted.files.values()})
            self._indexes.save(caller.project, folder, after)
        return version

    def diff(self, caller: Caller, old: str, new: str) -> Difference:
        """Return how one version differs from another, reading little of their manifests. Raises as `get`."""
        before, after = (load_manifest(self._blobs, self.get(caller, each).digest) for each in (old, new))
        return difference(self._blobs, before, after)

    def get(self, caller: Caller, reference: str) -> FileSetVersion:
        """Return a version by ``images@3``, ``images@latest`` or ``images``.

        Raises NotFoundError, with the names or numbers that there are; UsageError for a malformed reference.
        """
        require(caller, Role.VIEWER)
        name, _, number = reference.partition("@")
        if number not in {"", "latest"} and not (number.isascii() and number.isdigit()):
            raise UsageError(f"{reference!r} names no version of a file set; write {name}@3 or {name}@latest")
        where = {} if number in {"", "latest"} else {"version": version_number(number)}
        found = self._database.read(lambda tx: repository.find_file_set(tx, caller.project, name=name, **where))
        if found is not None:
            return found
        known = self.list(caller)
        if name not in {version.name for version in known}:
            raise not_found("file set", name, {version.name for version in known})
        raise not_found("file set version", reference, [each.reference for each in known if each.name == name])

    def list(self, caller: Caller, name: str | None = None) -> tuple[FileSetVersion, ...]:
        """Return the project's versions, or those of one file set, by name and number."""
        require(caller, Role.VIEWER)
        where = {} if name is None else {"name": name}
        return tuple(self._database.read(lambda tx: repository.file_sets(tx, caller.project, **where)))

    def files(self, version: FileSetVersion, after: str = "") -> Iterator[FileEntry]:
        """Yield a version's files in the order of their paths, from the one after `after` on.

        Raises NotFoundError or DamagedError when the manifest is missing or altered.
        """
        leaves = load_manifest(self._blobs, version.digest).leaves
        start = max((at for at, leaf in enumerate(leaves) if leaf.first <= after), default=0)
        return (entry for entry in entries_of(self._blobs, leaves[start:]) if not after or entry.path > after)

    def open(self, entry: FileEntry) -> BinaryIO:
        """Return a checked stream of a file's bytes that the caller closes. Raises NotFoundError, DamagedError."""
        return self._blobs.open(entry.digest)

    def _look(self, caller: Caller, folder: Path) -> Looked:
        self._own.require_outside(folder)
        index = self._indexes.load(caller.project, folder)
        at_ns = now_ns()
        return Looked(folder, scan_folder(folder, self._own), at_ns, index)

    def _make(self, folder: Path) -> None:
        self._own.require_outside(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError, ValueError) as error:
            raise UsageError(f"{folder} cannot be a folder of files; name one that is, or that is not there") from error
        except OSError as error:
            raise UnavailableError(f"{folder} cannot be made: {error.strerror or error}; see to its rights") from error

    def _files_of(self, manifest: Manifest) -> Base:
        return Base({entry.path: entry for entry in entries_of(self._blobs, manifest.leaves)}, manifest.folders)

    def _bases(self, caller: Caller, index: FolderIndex) -> Sequence[Base]:
        """Return the versions that the folder was brought to, or was on its way to, as far as they are still there."""
        digests = {digest for digest in (index.root, index.going_to) if digest}
        found = self._database.read(lambda tx: [d for d in digests if _of_digest(tx, caller.project, d)])
        return [self._files_of(load_manifest(self._blobs, digest)) for digest in found]

    def _keep(self, caller: Caller, name: str, digest: str) -> FileSetVersion:
        manifest = load_manifest(self._blobs, digest)
        draft = FileSetVersion(
            name, 0, digest, manifest.n_files, manifest.n_bytes, self._clock.now(), caller.name, created=True
        )
        return self._database.write(lambda tx: _commit(tx, caller, draft))


def _of_digest(tx: Transaction, project: str, digest: str) -> FileSetVersion | None:
    return repository.find_file_set(tx, project, digest=digest) if digest else None


def _commit(tx: Transaction, caller: Caller, draft: FileSetVersion) -> FileSetVersion:
    """Keep the version unless its content is there already."""
    found = repository.find_file_set(tx, caller.project, name=draft.name, digest=draft.digest)
    if found is not None:
        return found
    newest = repository.find_file_set(tx, caller.project, name=draft.name)
    if newest is None:
        repository.require_free_name(tx, caller.project, draft.name, of="file set")
    version = replace(draft, version=newest.version + 1 if newest else 1)
    repository.add_file_set(tx, caller.project, version)
    data = {"digest": version.digest, "n_files": version.n_files, "n_bytes": version.n_bytes}
    tx.emit(caller.name, caller.project, Event("file_set.committed", version.reference, data))
    return version
