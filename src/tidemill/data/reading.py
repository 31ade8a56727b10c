"""Finding a source's files and reading them lazily, by their ending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tidemill.data.errors import IngestError


@dataclass(frozen=True)
class FileStamp:
    """What tells an unchanged file from a changed one without reading it."""

    size: int
    mtime_ns: int
    inode: int


def stamp(path: Path) -> FileStamp:
    """Return the stamp of a file as it is now. Raises IngestError when it cannot be looked at."""
    try:
        found = path.stat()
    except OSError as error:
        raise IngestError(f"the file {path} cannot be looked at: {error.strerror}") from error
    return FileStamp(found.st_size, found.st_mtime_ns, found.st_ino)


def find_files(root: Path, pattern: str) -> list[Path]:
    """Return the files of a pattern in the order of their paths; hidden files are left out.

    Raises IngestError when there is none, or one has an ending that cannot be read.
    """
    anchor = Path(pattern).anchor
    base = Path(anchor) if anchor else root
    relative = pattern[len(anchor) :]
    try:
        found = [p for p in base.glob(relative) if p.is_file() and not p.name.startswith(".")]
    except (ValueError, NotImplementedError, OSError) as error:
        raise IngestError(f"{pattern!r} is not a path or glob that can be searched: {error}") from error
    if not found:
        raise IngestError(
            f"no file is named {pattern!r} below {base}; put the data there or correct the source's files"
        )
    for path in found:
        _require_sayable(path)
        _reader(path)
    return sorted(found, key=lambda path: path.as_posix())


def _require_sayable(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = str(path).encode("ascii", "backslashreplace").decode()
        raise IngestError(
            f"the path {shown} has letters that this locale cannot read; set LC_ALL=C.UTF-8 or PYTHONUTF8=1"
        ) from error


def scan_file(path: Path) -> pl.LazyFrame:
    """Return the rows of a file, lazily: .parquet, .csv, .ndjson or .jsonl. Raises IngestError."""
    if path.stat().st_size == 0:
        raise IngestError(f"the file {path} is empty; remove it or write it again")
    return _reader(path)(path)


def _scan_parquet(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _scan_csv(path: Path) -> pl.LazyFrame:
    # Types are inferred from all rows: a guess from the first hundred breaks on the first late decimal.
    return pl.scan_csv(path, glob=False, infer_schema_length=None)


def _scan_ndjson(path: Path) -> pl.LazyFrame:
    return pl.scan_ndjson([path], infer_schema_length=None)


def _reader(path: Path) -> Callable[[Path], pl.LazyFrame]:
    readers = {".parquet": _scan_parquet, ".csv": _scan_csv, ".ndjson": _scan_ndjson, ".jsonl": _scan_ndjson}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise IngestError(f"the file {path} has an ending that cannot be read; allowed are {', '.join(readers)}")
    return reader
