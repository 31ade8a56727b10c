"""One schema for all files of a source: numbers are widened until they fit together, other types must be equal.

A type that was guessed from one file's values, such as whole prices only, says nothing of the other files. What comes
out depends on the files alone, not on their order or on what was ingested before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from tidemill.core import did_you_mean
from tidemill.data.errors import IngestError

NUMBERS: dict[str, pl.DataType] = {
    str(dtype): dtype()
    for dtype in (
        *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
        *(pl.Float32, pl.Float64),
    )
}


@dataclass(frozen=True)
class FileColumns:
    """The columns of a cleaned file: types by name, and those of them that hold no value."""

    file: str
    schema: Mapping[str, str]
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Committed:
    """The schema of the newest version, by which a file that does not fit is told from one that does."""

    reference: str = ""
    schema: Mapping[str, str] = field(default_factory=dict)


def common_schema(source: str, files: Sequence[FileColumns], committed: Committed) -> dict[str, str]:
    """Return the one schema into which every file can be widened.

    Whole numbers and floats become Float64, whole numbers the widest of them; a column without a value takes the type
    it has elsewhere. Raises IngestError naming the file that does not fit: the one that parts from the version
    committed before, else from most files.
    """
    names = _common_names(source, files, committed)
    return {name: _common_type(source, name, files, committed) for name in names}


def widen(frame: pl.DataFrame, schema: Mapping[str, pl.DataType], file: str) -> pl.DataFrame:
    """Return the rows with the types of a common schema.

    Raises IngestError for a whole number that a float cannot hold exactly.
    """
    for name, dtype in schema.items():
        column = frame[name]
        if column.dtype == dtype:
            continue
        wide = column.cast(dtype)
        if dtype == pl.Float64 and column.dtype.is_integer():
            lost = column.filter(wide.cast(column.dtype, strict=False).ne_missing(column))
            if len(lost):
                raise IngestError(
                    f"the file {file} holds {lost[0]} in {name!r}, which is a float in other files and cannot hold it "
                    "exactly; give the column one type in the cleaning function, such as text"
                )
        frame = frame.with_columns(wide)
    return frame


def _common_names(source: str, files: Sequence[FileColumns], committed: Committed) -> list[str]:
    found = Counter(tuple(each.schema) for each in files)
    names = tuple(committed.schema)
    where = committed.reference
    if names not in found:
        names = found.most_common(1)[0][0]
        where = next(each.file for each in files if tuple(each.schema) == names)
    for each in files:
        if tuple(each.schema) != names:
            raise _refused(source, each.file, where, _difference(names, list(each.schema)))
    return list(names)


def _common_type(source: str, name: str, files: Sequence[FileColumns], committed: Committed) -> str:
    known = [each for each in files if name not in each.empty]
    found = Counter(each.schema[name] for each in known)
    if not found:  # nobody knows: the least of the names, so that the order of the files does not matter
        types = sorted({each.schema[name] for each in files} - {"Null"})
        return types[0] if types else "Null"
    expected, where = committed.schema.get(name, ""), committed.reference
    if not any(_fit(expected, other) for other in found):
        expected = _most_common(found)
        where = next(each.file for each in known if each.schema[name] == expected)
    for each in known:
        if not _fit(expected, each.schema[name]):
            raise _refused(source, each.file, where, f"{name!r} is {each.schema[name]}, not {expected}")
    return _widest(set(found))


def _most_common(found: Counter[str]) -> str:
    """Return a type of the family that most files have: all numbers are one family."""
    families = Counter({dtype: sum(n for other, n in found.items() if _fit(dtype, other)) for dtype in found})
    return families.most_common(1)[0][0]


def _fit(one: str, other: str) -> bool:
    return one == other or (one in NUMBERS and other in NUMBERS)


def _widest(types: set[str]) -> str:
    if len(types) == 1:
        return next(iter(types))
    if any(each.startswith("Float") for each in types):
        return "Float64"
    if len({each.startswith("U") for each in types}) == 1:
        return max(types, key=lambda each: int(each.partition("Int")[2]))
    return "Float64" if "UInt64" in types else "Int64"


def _difference(expected: Sequence[str], found: Sequence[str]) -> str:
    missing = [column for column in expected if column not in found]
    extra = [column for column in found if column not in expected]
    if missing:
        return f"{missing[0]!r} is missing.{did_you_mean(missing[0], extra)}".rstrip(".")
    if extra:
        return f"{extra[0]!r} is new"
    return f"the order is {', '.join(found)}"


def _refused(source: str, file: str, where: str, difference: str) -> IngestError:
    return IngestError(
        f"the file {file} of source {source!r} has other columns than {where}: {difference}; "
        "make them equal in the cleaning function"
    )
