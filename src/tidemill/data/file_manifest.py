"""Manifests of file sets: which files a version holds, as one small root over leaves of about a thousand files.

A leaf is a blob: JSON, an array of [path, size, executable, digest] for each file, in the order of the paths. A path
begins a new leaf when its own checksum says so, whatever else there is: equal files give equal leaves, and a file that
changes, comes or goes rewrites the leaf that it lies in and the root. Both cost kilobytes among 300,000 files.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import msgspec

from tidemill.core import DamagedError, digest_bytes
from tidemill.storage import BlobStore

_FORMAT = "tidemill file set 1"
_PER_LEAF = 1024
#: Each waits for the disk: those that wait together are synced together.
_WORKERS = 8


class FileEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file of a version: its path below the folder, its size in bytes, whether it may be run, and its digest."""

    path: str
    size: int
    executable: bool
    digest: str


class Leaf(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Some files in a row: the first one's path, how many, their bytes, and the digest of the blob that lists them."""

    first: str
    n_files: int
    n_bytes: int
    digest: str


class Manifest(msgspec.Struct, frozen=True):
    """What a version holds: its files by leaf, and the folders that have nothing in them."""

    leaves: tuple[Leaf, ...] = ()
    folders: tuple[str, ...] = ()
    format: str = _FORMAT

    @property
    def n_files(self) -> int:
        """How many files."""
        return sum(leaf.n_files for leaf in self.leaves)

    @property
    def n_bytes(self) -> int:
        """Their bytes."""
        return sum(leaf.n_bytes for leaf in self.leaves)

    def to_bytes(self) -> bytes:
        """Return canonical JSON: equal content gives equal bytes."""
        return msgspec.json.encode(self)


#: What becomes of paths: the file that is there, or None for one that is gone.
Edits = Mapping[str, FileEntry | None]


@dataclass(frozen=True)
class Difference:
    """How one set of files differs from another: paths in order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.added or self.changed or self.removed)


def load_manifest(blobs: BlobStore, digest: str) -> Manifest:
    """Return a version's manifest. Raises NotFoundError, DamagedError."""
    try:
        found = msgspec.json.decode(blobs.get(digest), type=Manifest)
    except msgspec.MsgspecError as error:
        raise DamagedError(f"the blob {digest[:12]} is no manifest of files: {error}") from error
    if found.format != _FORMAT:
        raise DamagedError(f"the manifest {digest[:12]} is a {found.format[:40]!r}; a newer Tidemill reads it")
    return found


def entries_of(blobs: BlobStore, leaves: Iterable[Leaf]) -> Iterator[FileEntry]:
    """Yield the files of leaves. Raises NotFoundError, DamagedError."""
    decoder = msgspec.json.Decoder(list[FileEntry])
    for leaf in leaves:
        try:
            yield from decoder.decode(blobs.get(leaf.digest))
        except msgspec.MsgspecError as error:
            raise DamagedError(f"the blob {leaf.digest[:12]} lists no files: {error}") from error


def edit_manifest(blobs: BlobStore, manifest: Manifest, edits: Edits, folders: Sequence[str]) -> Manifest:
    """Return the manifest after the edits, it and its new leaves stored; only leaves that an edit falls into are read.

    folders: those that have nothing in them now. The result is the same as that of a manifest made anew.
    """
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="manifest") as workers:
        puts: list[Future[str]] = []

        def put(data: bytes) -> str:
            puts.append(workers.submit(blobs.put, data))
            return digest_bytes(data)

        edited = Manifest(tuple(_edited(blobs, manifest, edits, put)), tuple(sorted(folders)))
        put(edited.to_bytes())
        for each in puts:
            each.result()
    return edited


def _edited(blobs: BlobStore, manifest: Manifest, edits: Edits, put: Callable[[bytes], str]) -> list[Leaf]:
    firsts = [leaf.first for leaf in manifest.leaves]
    edits_of: dict[int, list[str]] = {}
    for path, entry in edits.items():
        place = max(bisect_right(firsts, path) - 1, 0)
        edits_of.setdefault(place, []).append(path)
        if entry is None and place and path == firsts[place]:
            # What is left of this leaf belongs to the one before.
            edits_of.setdefault(place - 1, [])
    leaves: list[Leaf] = []
    places = range(max(1, len(manifest.leaves)))
    for is_edited, run in groupby(places, key=edits_of.__contains__):
        old = manifest.leaves[(indexes := list(run))[0] : indexes[-1] + 1]
        if not is_edited:
            leaves += old
            continue
        files = {entry.path: entry for entry in entries_of(blobs, old)}
        for place in indexes:
            for path in edits_of[place]:
                entry = edits[path]
                if entry is None:
                    files.pop(path, None)
                else:
                    files[path] = entry
        leaves += _stored(put, [files[path] for path in sorted(files)])
    return leaves


def difference(blobs: BlobStore, old: Manifest, new: Manifest) -> Difference:
    """Return how the second differs from the first, reading only the leaves that the other has not."""
    before = _entries_not_in(blobs, old, new)
    after = _entries_not_in(blobs, new, old)
    return compare(before, after)


def compare(before: Mapping[str, FileEntry], after: Mapping[str, FileEntry]) -> Difference:
    """Return how files differ from what they were, by path."""
    return Difference(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(path for path in after.keys() & before.keys() if after[path] != before[path])),
        tuple(sorted(before.keys() - after.keys())),
    )


def _entries_not_in(blobs: BlobStore, manifest: Manifest, other: Manifest) -> dict[str, FileEntry]:
    same = {leaf.digest for leaf in other.leaves}
    return {e.path: e for e in entries_of(blobs, (leaf for leaf in manifest.leaves if leaf.digest not in same))}


def _stored(put: Callable[[bytes], str], files: Sequence[FileEntry]) -> Iterator[Leaf]:
    some: list[FileEntry] = []
    for entry in files:
        if some and zlib.crc32(entry.path.encode()) % _PER_LEAF == 0:
            yield _leaf(put, some)
            some = []
        some.append(entry)
    if some:
        yield _leaf(put, some)


def _leaf(put: Callable[[bytes], str], some: Sequence[FileEntry]) -> Leaf:
    digest = put(msgspec.json.encode(some))
    return Leaf(some[0].path, len(some), sum(entry.size for entry in some), digest)
