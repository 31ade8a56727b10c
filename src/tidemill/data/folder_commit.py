"""From a folder to the manifest of its files: what is known by heart costs a stat, the rest is hashed and stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tidemill.core import UsageError
from tidemill.data.file_manifest import FileEntry, Manifest, edit_manifest
from tidemill.data.folder_hashing import hash_files, store_files
from tidemill.data.folder_index import FolderIndex, settled
from tidemill.data.folder_scan import Scan
from tidemill.storage import BlobStore
from tidemill.storage.home_files import Told

_SAVED_EVERY_S = 5.0


@dataclass(frozen=True)
class Looked:
    """A folder as it was looked at: what lies in it, when, and what of it was known by heart."""

    folder: Path
    scan: Scan
    at_ns: int
    index: FolderIndex

    @property
    def is_known(self) -> bool:
        """Tell whether all is as in the version that it was last committed as or brought to."""
        index, scan = self.index, self.scan
        return index.whole and index.stamps == scan.files and index.folders == sorted(scan.folders)

    def known(self) -> dict[str, str]:
        """Return the digests of the files that are known as they are now, by path."""
        stamps, digests = self.index.stamps, self.before
        return {path: digests[path] for path, at in self.scan.files.items() if stamps.get(path) == at}

    @cached_property
    def before(self) -> dict[str, str]:
        """Return the digests of the files as they were when they were last hashed, by path."""
        return self.index.by_path()


def require_regular(scan: Scan, folder: Path) -> None:
    """Raise UsageError when there is something that is no file: it would be lost without a word."""
    if scan.irregular:
        path, kind = min(scan.irregular.items())
        more = f", and {len(scan.irregular) - 1:,} more like it" if len(scan.irregular) > 1 else ""
        raise UsageError(
            f"{path} in {folder} is {kind}{more}: a version holds files; replace it by what it stands for, or leave "
            "such things out with skip_irregular=True (--skip-irregular)"
        )


class FolderCommit:
    """One commit of a folder. What was hashed and stored is known by heart from then on, however it ends.

    parent: the manifest of the version that the index stands for, None when there is none any more. save: keeps the
    index; it is called every few seconds, and when anything breaks the commit off.
    """

    def __init__(self, looked: Looked, blobs: BlobStore, parent: Manifest | None, save: Callable[[], None]) -> None:
        self._looked, self._blobs, self._save = looked, blobs, save
        index = looked.index
        self._parent = parent if index.whole else None
        self._before = looked.before
        self._stamps_before = index.stamps
        self._digests = looked.known()
        self._saved_at = time.monotonic()

    def store(self, told: Told) -> Manifest:
        """Store what is not stored yet, and return the manifest of the folder as it was looked at.

        Raises UnavailableError, FolderChangedError.
        """
        files = self._looked.scan.files
        if self._parent is None:  # what the index knows was perhaps never committed, and collected
            self._digests = {path: digest for path, digest in self._digests.items() if self._blobs.has(digest)}
        try:
            touched = [path for path in files if path not in self._digests and self._is_touched(path)]
            hash_files(self._looked.folder, files, touched, (self._keep_stored, told))
            new = [path for path in files if path not in self._digests]
            store_files(self._looked.folder, files, new, self._blobs, (self._keep, told))
        except BaseException:
            self._remember()
            raise
        return self._manifest()

    def remember_as(self, root: str) -> None:
        """Keep what is known of the folder: it is as in the version of this digest."""
        index = self._looked.index
        index.root, index.going_to, index.whole = root, "", True
        index.folders = sorted(self._looked.scan.folders)
        index.know(settled(self._looked.scan.files, self._looked.at_ns), self._digests)
        self._save()

    def _is_touched(self, path: str) -> bool:
        """Tell whether a file may have its old bytes and new times: reading it is less than storing it again."""
        before = self._stamps_before.get(path)
        return before is not None and before.size == self._looked.scan.files[path].size

    def _keep_stored(self, found: Mapping[str, str]) -> None:
        safe = self._before if self._parent is not None else {}
        self._keep({p: d for p, d in found.items() if safe.get(p) == d or self._blobs.has(d)})

    def _keep(self, found: Mapping[str, str]) -> None:
        self._digests.update(found)
        if time.monotonic() - self._saved_at > _SAVED_EVERY_S:
            self._remember()

    def _remember(self) -> None:
        index = self._looked.index
        index.whole = False
        index.know(settled(self._looked.scan.files, self._looked.at_ns), self._digests)
        self._save()
        self._saved_at = time.monotonic()

    def _manifest(self) -> Manifest:
        files, digests = self._looked.scan.files, self._digests
        # The index may have been kept meanwhile: what counts is how it was at the beginning.
        before = self._stamps_before if self._parent is not None else {}
        edits: dict[str, FileEntry | None] = {
            path: FileEntry(path, at.size, at.executable, digests[path])
            for path, at in files.items()
            if before.get(path) != at
        }
        edits.update((path, None) for path in before if path not in files)
        return edit_manifest(self._blobs, self._parent or Manifest(), edits, self._looked.scan.folders)
