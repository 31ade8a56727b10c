"""From a source's files to the parts of a version: what is unchanged costs a stat, the rest is cleaned and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import polars as pl

from tidemill.core import did_you_mean, digest_json
from tidemill.data._repository import CachedPart
from tidemill.data.checks import Check, not_null, unique
from tidemill.data.cleaning import clean_file
from tidemill.data.content import content_digest
from tidemill.data.dataset_version import Manifest, Part
from tidemill.data.errors import IngestError
from tidemill.data.reading import find_files, stamp
from tidemill.data.source import Source
from tidemill.storage import BlobStore, LocalBlobs

_ROW_GROUP = 262_144


@dataclass(frozen=True)
class Gathered:
    """The parts of a source as its files are now; `fresh` are those that had to be read."""

    manifest: Manifest
    fresh: tuple[CachedPart, ...]


def gather(source: Source, root: Path, blobs: BlobStore, known: Mapping[str, CachedPart], clean: str) -> Gathered:
    """Make a part of every file of the source, reading only files that are new, changed or cleaned differently.

    Raises IngestError when a file cannot become a part, or the parts do not have the same columns.
    """
    recipe = digest_json(["part", 1, clean, source.key, source.event_time])
    parts: list[CachedPart] = []
    fresh: list[CachedPart] = []
    for path in find_files(root, source.files):
        kept = known.get(str(path))
        if kept is None or kept.recipe != recipe or kept.stamp != stamp(path) or not blobs.has(kept.part.blob):
            kept = _store(source, path, blobs, recipe)
            fresh.append(kept)
        parts.append(replace(kept, part=replace(kept.part, file=_shown(path, root))))
    _require_same_columns(source, parts)
    manifest = Manifest(
        source.name, source.key, source.event_time, parts[0].schema, tuple(cached.part for cached in parts)
    )
    return Gathered(manifest, tuple(fresh))


def rules(source: Source) -> tuple[Check, ...]:
    """Return what must hold for a source: its checks, and that key and event time name and place every row."""
    implied = (not_null(source.key), unique(source.key), not_null(source.event_time))
    return tuple(dict.fromkeys((*implied, *source.checks)))


def scan_parts(blobs: BlobStore, parts: tuple[Part, ...]) -> pl.LazyFrame:
    """Return the rows of the parts, in order: from local files where the store has them, else from checked bytes."""
    if isinstance(blobs, LocalBlobs):
        return pl.scan_parquet([blobs.path(part.blob) for part in parts], glob=False, hive_partitioning=False)
    return pl.scan_parquet([blobs.get(part.blob) for part in parts])


def require_unique_key(source: Source, blobs: BlobStore, parts: tuple[Part, ...]) -> None:
    """Raise IngestError naming a key that occurs twice, and the files where it does."""
    keys = [scan_parts(blobs, (part,)).select(pl.col(source.key), file=pl.lit(part.file)) for part in parts]
    rows = pl.concat(keys).collect()
    twice = rows.filter(pl.col(source.key).is_duplicated())
    if twice.height:
        first = twice[source.key][0]
        files = twice.filter(pl.col(source.key) == first)["file"].unique(maintain_order=True).to_list()
        raise IngestError(
            f"the key {source.key!r} of source {source.name!r} is not unique: {twice[source.key].n_unique():,} values "
            f"occur more than once, such as {first!r} in {' and '.join(files[:3])}; "
            "remove the copies or choose a key that names one row; nothing was kept"
        )


def _store(source: Source, path: Path, blobs: BlobStore, recipe: str) -> CachedPart:
    at = stamp(path)
    frame = clean_file(source, path)
    _require_storable(source, frame, path)
    held = BytesIO()
    try:
        frame.write_parquet(held, compression="zstd", statistics=True, row_group_size=_ROW_GROUP)
    except pl.exceptions.PolarsError as error:
        raise IngestError(f"the rows of {path} cannot be kept as Parquet: {str(error).splitlines()[0]}") from error
    part = Part("", content_digest(frame), blobs.put(held.getvalue()), frame.height)
    schema = {name: str(dtype) for name, dtype in frame.schema.items()}
    return CachedPart(str(path), at, recipe, part, schema)


def _require_storable(source: Source, frame: pl.DataFrame, path: Path) -> None:
    for column, dtype in frame.schema.items():
        if "Object" in str(dtype):
            raise IngestError(
                f"the column {column!r} of {path} is {dtype} after the cleaning of source {source.name!r}, which files "
                "cannot hold; make text, numbers, booleans or datetimes of it"
            )


def _require_same_columns(source: Source, parts: list[CachedPart]) -> None:
    first = parts[0]
    for other in parts[1:]:
        if list(other.schema.items()) != list(first.schema.items()):
            raise IngestError(
                f"the file {other.part.file} of source {source.name!r} has other columns than {first.part.file}: "
                f"{_difference(first.schema, other.schema)}; make them equal in the cleaning function"
            )


def _difference(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    missing = [column for column in expected if column not in found]
    extra = [column for column in found if column not in expected]
    if missing:
        return f"{missing[0]!r} is missing.{did_you_mean(missing[0], extra)}".rstrip(".")
    if extra:
        return f"{extra[0]!r} is new"
    for column, dtype in expected.items():
        if found[column] != dtype:
            return f"{column!r} is {found[column]}, not {dtype}"
    return f"the order is {', '.join(found)}"


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
