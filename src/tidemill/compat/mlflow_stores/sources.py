"""From the text that names a store to the store."""

from __future__ import annotations

from pathlib import Path

from tidemill.compat.mlflow_stores.database_source import DatabaseSource
from tidemill.compat.mlflow_stores.folder_source import FolderSource
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.port import Source
from tidemill.compat.mlflow_stores.server_source import ServerSource
from tidemill.core import UsageError

_SQLITE = b"SQLite format 3\0"


def open_source(where: str, artifacts: Path | None, left_out: LeftOut, *, ahead: bool = True) -> Source:
    """Open an mlruns folder, a database by its URL or file, or a server by its URL, to be read.

    artifacts: a folder of artifacts, when they are not where the records say. ahead: whether a server may be asked for
    points and files before they are wanted. Raises UsageError for what is none of
    these, UnavailableError when nothing answers.
    """
    if artifacts is not None and not artifacts.is_dir():
        raise UsageError(f"--artifacts: {artifacts} is no folder; name the root of the artifacts, or leave it out")
    scheme = where.partition("://")[0] if "://" in where else ""
    if scheme in {"http", "https"}:
        return ServerSource(where, left_out, ahead=ahead)
    if scheme == "file":
        where = where.removeprefix("file://")
    elif scheme:
        return DatabaseSource(where, artifacts, left_out)
    path = Path(where)
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) != _SQLITE:
                raise UsageError(f"{path} is a file, and no SQLite database; name an mlruns folder or a database")
        return DatabaseSource(f"sqlite:///{path.absolute()}", artifacts, left_out)
    if not path.is_dir():
        raise UsageError(
            f"there is no {where!r}; name an mlruns folder, sqlite:///FILE, postgresql://HOST/NAME or http://HOST:PORT"
        )
    return FolderSource(path, artifacts, left_out)
