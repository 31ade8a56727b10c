"""What cannot be reached from here, so that somebody sees to it: files of sources, file sets, backups, models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tidemill.access import Caller, Role
from tidemill.core import DamagedError, NotFoundError, TidemillError
from tidemill.data import ErasedKeys, FileSets
from tidemill.erasure.messages import names_a_key
from tidemill.erasure.records import BEYOND, ErasureItem, ErasureReport, Stores
from tidemill.registry import MadeOf
from tidemill.storage import BlobStore
from tidemill.storage.backup_folders import known_folders, origin_of
from tidemill.storage.copies.backup_manifest import NAME, read_manifest
from tidemill.tracking import kept_files

_SIGNS = re.compile(r"[_+#@ ]+")
_DEPTHS = ("*", "*/*")
_MOST_READ_BYTES = 32 << 20


def find_backups(stores: Stores) -> Iterator[ErasureItem]:
    """Yield the store's backups, however old: in the folders that it was backed up to, in the project's and in that
    which the store is in, and in those below these. Nobody reads them to know what they hold."""
    origin = stores.database.read(origin_of)
    seen: set[Path] = set()
    for folder in (stores.folder, stores.home.parent, *known_folders(stores.home)):
        for depth in _DEPTHS:
            for file in sorted(folder.glob(f"{depth}/{NAME}")):
                place = file.parent.resolve()
                if place in seen:
                    continue
                seen.add(place)
                try:
                    manifest = read_manifest(place)
                except TidemillError:
                    yield ErasureItem("backup", str(place), BEYOND, {"made_at": "unknown"})
                    continue
                if not origin or manifest.origin in {"", origin}:
                    yield ErasureItem("backup", str(place), BEYOND, {"made_at": manifest.made_at})


def find_model_files(models: Sequence[MadeOf], blobs: BlobStore, keys: ErasedKeys) -> Iterator[ErasureItem]:
    """Yield the files of model versions, and their reports, in which a key stands as a word: a level, a slice."""
    for made in models:
        for name, digest in sorted(made.files.items()):
            try:
                text = blobs.get(digest).decode("utf-8", "ignore")
            except NotFoundError:
                continue
            if names_a_key(keys, text):
                yield ErasureItem("model_file", f"{made.reference} {name}", BEYOND, {"digest": digest})


def find_kept_files(stores: Stores, project: str, keys: ErasedKeys) -> Iterator[ErasureItem]:
    """Yield the files of runs, logged models and traces in which a key stands as a word, or after which one is named.

    They are told by whose they are and by their digests, since a name may be the key. Larger ones are not looked into.
    """
    for file in kept_files(stores.database, project):
        name, detail = f"{file.owner or 'project'} {file.digest[:12]}", {"digest": file.digest, "size": file.size}
        if file.size > _MOST_READ_BYTES:
            yield ErasureItem("large_file", name, BEYOND, detail)
            continue
        with suppress(NotFoundError):
            text = stores.blobs.get(file.digest).decode("utf-8", "ignore")
            if _is_named(keys, file.path) or names_a_key(keys, text):
                yield ErasureItem("kept_file", name, BEYOND, detail)


def find_file_sets(stores: Stores, project: str, keys: ErasedKeys) -> Iterator[ErasureItem]:
    """Yield the file sets, and how many files of which versions are named after a key. What files hold is not read.

    The names themselves are not told: they name the key, and what is found is kept.
    """
    file_sets = FileSets(stores.database, stores.blobs, stores.clock)
    named: dict[str, dict[str, int]] = {}
    for version in file_sets.list(Caller("erasure", project, Role.VIEWER)):
        found = named.setdefault(version.name, {})
        with suppress(NotFoundError, DamagedError):  # a version that cannot be read is told as any
            if n_named := sum(_is_named(keys, entry.path) for entry in file_sets.files(version)):
                found[version.reference] = n_named
    for name, versions in named.items():
        detail = {"n_named": max(versions.values(), default=0), "versions": sorted(versions)}
        yield ErasureItem("file_set", name, BEYOND, detail)


def _is_named(keys: ErasedKeys, path: str) -> bool:
    """Tell whether a folder or a file of a path is named after a key, or has it between other signs in its name."""
    parts = path.split("/")
    words = {part.rpartition(".")[0] or part for part in parts}
    return names_a_key(keys, " ".join([*parts, *words, *(word for part in words for word in _SIGNS.split(part))]))


def advice(report: ErasureReport, *, shared: bool) -> tuple[str, ...]:
    """Return what is left to people, in words. shared: records are in a database server."""
    told = []
    models = [item.name for item in report.of("model")]
    if models:
        told.append(f"{_some(models)} learnt from these rows: retrain, then promote what does not know them")
    told += _of_files(report)
    files = [item.name for item in report.of("source_file")]
    if files:
        told.append(f"{_some(files)} still holds the rows: remove them there; no ingest brings them back meanwhile")
    sets = report.of("file_set")
    if sets:
        told.append(f"what the files of {_some([item.name for item in sets])} hold is not looked into")
    named = [reference for item in sets for reference in item.detail["versions"]]
    if named:
        told.append(
            f"{_some(named)} holds files that are named after a key: commit the folder without them, and let the "
            "older versions go by [retention]"
        )
    backups = [item.name for item in report.of("backup")]
    if backups:
        told.append(f"{len(backups)} backups hold them until they are removed: {_some(backups)}")
    if report.of("table"):
        told.append("earlier versions of tables hold deleted rows until they are vacuumed")
    if shared:
        told.append("PostgreSQL keeps deleted rows in its files until VACUUM, and in archived logs until they expire")
    told.append("exported files, copies of the store and answers that were given are not known here")
    return tuple(told)


def _of_files(report: ErasureReport) -> Iterator[str]:
    """Yield what is left of files that name a key in their bytes, or were too large to be read."""
    words = {
        "model_file": "names a key in its own bytes; it goes with its model version, by [retention] or by hand",
        "kept_file": "names a key: delete the file, or the run, the logged model or the trace that keeps it",
        "large_file": f"has over {_MOST_READ_BYTES >> 20} MiB and is not looked into",
    }
    for kind, said in words.items():
        if report.of(kind):
            yield f"{_some([item.name for item in report.of(kind)])} {said}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
