"""From a source's files to the parts of a version: what is unchanged costs a stat, the rest is cleaned and stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from pathlib import Path

import polars as pl

from tidemill.core import digest_json
from tidemill.data._repository import CachedPart
from tidemill.data.checks import Check, not_null, unique
from tidemill.data.cleaning import clean_file
from tidemill.data.common_columns import NUMBERS, Committed, FileColumns, common_schema, widen
from tidemill.data.content import content_digest
from tidemill.data.dataset_version import Manifest, Part
from tidemill.data.erased_keys import ErasedKeys
from tidemill.data.errors import IngestError
from tidemill.data.reading import FileStamp, find_files, stamp
from tidemill.data.source import Source
from tidemill.storage import BlobStore, LocalPaths

_ROW_GROUP = 262_144
_PACKERS = 2


@dataclass(frozen=True)
class Before:
    """What is known of a source: what its files became, the newest version's schema, and the keys that were erased."""

    parts: Mapping[str, CachedPart]
    committed: Committed
    erased: ErasedKeys = field(default_factory=ErasedKeys)


@dataclass(frozen=True)
class Gathered:
    """The parts of a source as its files are now; `fresh` are those that had to be read.

    n_suppressed: rows that were left out, since their key was erased; generation: of the list of these keys.
    """

    manifest: Manifest
    fresh: tuple[CachedPart, ...]
    n_suppressed: int = 0
    generation: int = 0


def gather(source: Source, root: Path, blobs: BlobStore, before: Before, clean: str) -> Gathered:
    """Make a part of every file of the source, reading only files that are new, changed or cleaned differently.

    Numbers of different width, and columns without a value, get one type in all parts: see `common_schema`.
    Raises IngestError when a file cannot become a part, or the parts do not have the same columns.
    """
    recipe = digest_json(["part", 2, clean, source.key, source.event_time])
    parts: list[CachedPart] = []
    fresh: list[CachedPart] = []
    for path, kept, is_fresh in _stored(source, find_files(root, source.files), (before, blobs), recipe):
        fresh += [kept] if is_fresh else []
        parts.append(replace(kept, part=replace(kept.part, file=_shown(path, root))))
    columns = [FileColumns(cached.part.file, cached.schema, cached.empty) for cached in parts]
    schema = common_schema(source.name, columns, before.committed)
    for index, cached in enumerate(parts):
        if cached.schema != schema:
            wide = _widened(cached, parts, schema, (before, blobs))
            parts[index] = replace(wide, part=replace(wide.part, file=cached.part.file))
            fresh += [wide] if before.parts.get(wide.path) != wide else []
    manifest = Manifest(source.name, source.key, source.event_time, schema, tuple(cached.part for cached in parts))
    n_suppressed = sum(cached.n_suppressed for cached in parts)
    if not any(cached.part.n_rows for cached in parts):
        raise IngestError(
            f"every row of source {source.name!r} ({n_suppressed:,}) is of a key that was erased, so nothing is left "
            "to commit; 'tidemill erase --list' shows the requests"
        )
    return Gathered(manifest, tuple(fresh), n_suppressed, before.erased.generation)


def rules(source: Source) -> tuple[Check, ...]:
    """Return what must hold for a source: its checks, and that key and event time name and place every row."""
    implied = (not_null(source.key), unique(source.key), not_null(source.event_time))
    return tuple(dict.fromkeys((*implied, *source.checks)))


def scan_parts(blobs: BlobStore, parts: tuple[Part, ...]) -> pl.LazyFrame:
    """Return the rows of the parts, in order: from local files where the store has them, else from checked bytes."""
    if isinstance(blobs, LocalPaths):
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


def _stored(
    source: Source, paths: Sequence[Path], store: tuple[Before, BlobStore], recipe: str
) -> Iterator[tuple[Path, CachedPart, bool]]:
    """Yield the part of every file in order, and whether the file had to be read.

    The project's own cleaning runs here, file by file; what it gives is packed, digested and stored by a few threads
    beside it, which mostly wait for the disk.
    """
    before, blobs = store
    waiting: deque[tuple[Path, Callable[[], CachedPart], bool]] = deque()
    with ThreadPoolExecutor(_PACKERS, thread_name_prefix="ingest") as packers:
        for path in paths:
            kept, at = before.parts.get(str(path)), stamp(path)
            if kept is None or kept.recipe != recipe or kept.stamp != at or not blobs.has(kept.part.blob):
                frame, n_suppressed = before.erased.drop(clean_file(source, path))
                _require_storable(source, frame, path)
                packing = packers.submit(_pack, frame, path, (at, recipe, n_suppressed), blobs)
                waiting.append((path, packing.result, True))
            else:
                waiting.append((path, partial(_itself, kept), False))
            while len(waiting) > _PACKERS:  # no more frames in memory than are worked on
                done, part, is_fresh = waiting.popleft()
                yield done, part(), is_fresh
        for done, part, is_fresh in waiting:
            yield done, part(), is_fresh


def _itself(kept: CachedPart) -> CachedPart:
    return kept


def _pack(frame: pl.DataFrame, path: Path, known_by: tuple[FileStamp, str, int], blobs: BlobStore) -> CachedPart:
    at, recipe, n_suppressed = known_by
    part = _put(frame, path, blobs)
    schema = {name: str(dtype) for name, dtype in frame.schema.items()}
    empty = frozenset(column.name for column in frame.iter_columns() if column.null_count() == frame.height)
    return CachedPart(str(path), at, recipe, part, schema, empty, n_suppressed)


def part_bytes(frame: pl.DataFrame) -> bytes:
    """Return rows as a part keeps them."""
    held = BytesIO()
    frame.write_parquet(held, compression="zstd", statistics=True, row_group_size=_ROW_GROUP)
    return held.getvalue()


def _put(frame: pl.DataFrame, path: Path, blobs: BlobStore) -> Part:
    try:
        data = part_bytes(frame)
    except pl.exceptions.PolarsError as error:
        raise IngestError(f"the rows of {path} cannot be kept as Parquet: {str(error).splitlines()[0]}") from error
    return Part("", content_digest(frame), blobs.put(data), frame.height)


def _widened(
    cached: CachedPart, parts: Sequence[CachedPart], schema: Mapping[str, str], store: tuple[Before, BlobStore]
) -> CachedPart:
    """Return the part with the types of the schema; it is kept beside the file's own, and made once."""
    before, blobs = store
    path, recipe = f"{cached.path}#widened", digest_json(["widened", 1, cached.part.digest, list(schema.items())])
    kept = before.parts.get(path)
    if kept is not None and kept.recipe == recipe and blobs.has(kept.part.blob):
        return kept
    types = {name: _type_of(name, dtype, parts, blobs) for name, dtype in schema.items()}
    frame = widen(scan_parts(blobs, (cached.part,)).collect(), types, cached.part.file)
    part = _put(frame, Path(cached.path), blobs)
    return CachedPart(path, cached.stamp, recipe, part, dict(schema), cached.empty, cached.n_suppressed)


def _type_of(name: str, dtype: str, parts: Sequence[CachedPart], blobs: BlobStore) -> pl.DataType:
    if dtype in NUMBERS:
        return NUMBERS[dtype]
    owner = next(cached.part for cached in parts if cached.schema[name] == dtype)
    return scan_parts(blobs, (owner,)).collect_schema()[name]


def _require_storable(source: Source, frame: pl.DataFrame, path: Path) -> None:
    for column, dtype in frame.schema.items():
        if "Object" in str(dtype):
            raise IngestError(
                f"the column {column!r} of {path} is {dtype} after the cleaning of source {source.name!r}, which files "
                "cannot hold; make text, numbers, booleans or datetimes of it"
            )


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
