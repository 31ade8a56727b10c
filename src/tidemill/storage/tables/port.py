"""The port of tables: named, typed, versioned rows that grow, are read as of any kept moment, and can be erased from.

A table's folder is named so that no spelling of a name leads elsewhere, whatever holds it: see `folder_of`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tidemill.core import UsageError
from tidemill.storage.confined import split_name

if TYPE_CHECKING:
    import polars as pl

_MOST_BYTES = 80
_PLAIN = re.compile(r"[A-Za-z0-9_]")
_ESCAPED = re.compile(r"\+([0-9a-f]{2})")


class Once(NamedTuple):
    """Who appends, and which of its numbered appends this is: numbers of one writer rise, and are done in their order.

    For work in pieces, such as the segments of a log: ``Once("worker-3/epoch-7", 12)``. A table keeps one line a
    writer, so a number that is not greater than the writer's last is taken as done already.
    """

    writer: str
    number: int


@dataclass(frozen=True)
class TableVersion:
    """A version of a table, and the change that made it: create, append, delete or compact, and the rows it touched."""

    version: int
    at: datetime
    change: str
    n_added: int
    n_removed: int


class Vacuumed(NamedTuple):
    """What a vacuum took: files, their bytes, and how many versions are no longer there to be read."""

    n_files: int
    n_bytes: int
    n_versions: int


class Tables(Protocol):
    """Tables by name. A name is one line of text that could be a file's, of at most 80 bytes.

    Threading: every method may be called from any thread and any process at once; changes are made one after another,
    each on top of the one before, and seen whole or not at all.
    Durability: what a method returned outlives a kill and a power cut. What a killed one left is in nobody's way, and
    is taken by a vacuum a day later.
    Memory: bounded whatever the size, where rows come as a LazyFrame and are read as one.
    Errors: NotFoundError for a table, version or column that is not there; UsageError for what cannot be a name and for
    what does not fit; UnavailableError when the disk or the store refuses, or an extra is not installed.
    """

    def create(self, name: str, schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> None:
        """Make an empty table; nothing when there is one with these columns. Raises ConflictError, UsageError."""
        ...

    def append(self, name: str, rows: pl.DataFrame | pl.LazyFrame, once: str | Once | None = None) -> int:
        """Append rows and return the version that has them.

        Columns that the rows lack are null, and new ones are added to the table, null where they were not given.

        once: of all appends with an equal key, whoever makes them, one is done; the others return a version that has
        its rows. A text is a key of its own, kept for good; see `Once` for the appends of a numbering writer.

        Raises UsageError for rows whose types are other than the table's; nothing is appended then.
        """
        ...

    def read(
        self, name: str, version: int | None = None, at: datetime | None = None, columns: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """Return the rows of the newest version, of a version, or of the one that was the newest at an instant.

        Nothing is read before the frame is collected, and it stays with its version whatever is changed meanwhile. The
        order of the rows is not promised.
        """
        ...

    def versions(self, name: str, last: int | None = None) -> Sequence[TableVersion]:
        """Return the versions that can be read, oldest first. last: only so many of the newest, reading no more."""
        ...

    def delete_rows(self, name: str, column: str | Sequence[str], values: Sequence[object]) -> int:
        """Delete the rows that have one of these values and return how many those were.

        column: one, or several, of which a value is a tuple.

        Older versions still hold them until a vacuum; then no file of the table does.
        """
        ...

    def compact(self, name: str) -> int:
        """Write small files together as larger ones and return how many files are fewer. The rows stay."""
        ...

    def vacuum(self, name: str, before: datetime | None = None, *, dry_run: bool = False) -> Vacuumed:
        """Delete what only versions need that were replaced before an instant; None: all but the newest version.

        What was the newest version at that instant, and every one since, stays readable. dry_run: only return what
        would be taken.
        """
        ...

    def list(self) -> Sequence[str]:
        """Return the names of the tables, sorted."""
        ...

    def columns(self, name: str) -> dict[str, str]:
        """Return the columns and their types, in words."""
        ...

    def drop(self, name: str) -> bool:
        """Delete a table with all its versions, and tell whether there was one."""
        ...


def folder_of(name: str) -> str:
    """Return the folder of a table: letters, digits and `_` as they are, every other byte as ``+`` and two digits.

    Raises UsageError for what `split_name` refuses, and beyond 80 bytes.

    >>> folder_of("predictions/delay"), folder_of("_a")
    ('predictions+2fdelay', '+5fa')
    """
    if not isinstance(name, str):
        raise UsageError(f"a table's name is text, and not {name!r:.80}")
    try:
        split_name(name)
    except UsageError as error:
        raise UsageError(str(error).replace("this name cannot be a file", "this name cannot be a table's")) from None
    if len(name.encode()) > _MOST_BYTES:
        raise UsageError(f"this name cannot be a table's: it is longer than {_MOST_BYTES} bytes; choose a shorter one")
    letters = [chr(byte) if _PLAIN.match(chr(byte)) else f"+{byte:02x}" for byte in name.encode()]
    if letters[0] == "_":
        letters[0] = "+5f"
    return "".join(letters)


def name_of(folder: str) -> str | None:
    """Return the name of a table's folder, None for one that is no table's.

    >>> name_of("predictions+2fdelay"), name_of("lost+found")
    ('predictions/delay', None)
    """
    try:
        name = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), folder).encode("latin-1").decode()
        return name if folder_of(name) == folder else None
    except (UnicodeError, UsageError):
        return None


def numbered(once: object) -> Once:
    """Return a key as a writer and a number. Raises UsageError for one that is none.

    >>> numbered("segment-7")
    Once(writer='segment-7', number=0)
    """
    key = Once(once, 0) if isinstance(once, str) else once
    if not isinstance(key, Once) or [type(each) for each in key] != [str, int]:
        raise UsageError(f"a key of an append is a text or a Once, and not {once!r:.80}; write Once('worker-1', 7)")
    try:
        key.writer.encode()
    except UnicodeEncodeError as error:
        raise UsageError("a key of an append is text that can be written as UTF-8; choose another") from error
    if not 0 < len(key.writer) <= 200 or not 0 <= key.number < 1 << 62:
        raise UsageError("a key of an append is a text of 1 to 200 letters, and its number 0 or more")
    return key
