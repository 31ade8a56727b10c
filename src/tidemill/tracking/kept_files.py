"""All files that runs, logged models and traces of a project keep, for who looks through them once."""

from __future__ import annotations

from collections.abc import Iterator

from tidemill.storage.records import Database
from tidemill.tracking import _artifact_rows as rows
from tidemill.tracking._artifact_rows import KeptFile

_AT_ONCE = 500

__all__ = ["KeptFile", "kept_files"]


def kept_files(database: Database, project: str) -> Iterator[KeptFile]:
    """Yield the files by owner and path, reading some at a time."""
    after = ("", "")
    while True:
        page = database.read(lambda tx, after=after: rows.of_all_after(tx, project, after, _AT_ONCE))  # type: ignore[misc]
        yield from page
        if len(page) < _AT_ONCE:
            return
        after = (page[-1].owner, page[-1].path)
