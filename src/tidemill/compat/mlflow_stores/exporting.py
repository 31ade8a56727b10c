"""The verb of leaving."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tidemill.access import Caller, Role, local_caller, require
from tidemill.compat.mlflow_stores.database_target import DatabaseTarget
from tidemill.compat.mlflow_stores.folder_target import FolderTarget
from tidemill.compat.mlflow_stores.importing import silent
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.moving import move
from tidemill.compat.mlflow_stores.port import Target
from tidemill.compat.mlflow_stores.report import MoveReport
from tidemill.compat.mlflow_stores.server_target import ServerTarget
from tidemill.compat.mlflow_stores.store_source import StoreSource
from tidemill.core import UsageError
from tidemill.storage.home_files import Told
from tidemill.workspace import Workspace


@dataclass(frozen=True)
class Leaving:
    """Where to. artifacts: the folder that a database's files are put into; beside a file of SQLite by default."""

    target: str
    artifacts: Path | None = None


def export_store(
    rooms: Workspace, target: str | Leaving, caller: Caller | None = None, told: Told | None = None
) -> MoveReport:
    """Write all experiments, runs and models of a project, which are not there yet, as MLflow keeps them. Needs viewer.

    target: a folder for `mlruns`, ``sqlite:///FILE``, ``postgresql://HOST/NAME`` or ``http://HOST:PORT``; a `Leaving`
    says more. told: is told how far it is.

    Each run is there whole or not at all, so a call that was cut off is made again to go on. Raises UsageError for what
    is no such target, UnavailableError when it does not answer; what it cannot hold is listed in the report.
    """
    given = Leaving(target) if isinstance(target, str) else target
    caller = caller or local_caller(rooms.settings.project)
    require(caller, Role.VIEWER)
    left_out = LeftOut()
    with closing(StoreSource(rooms, caller)) as source, closing(_open_target(given, source, left_out)) as opened:
        return move(source, opened, left_out, told or silent)


def _open_target(given: Leaving, source: StoreSource, left_out: LeftOut) -> Target:
    where = given.target
    scheme = where.partition("://")[0] if "://" in where else ""
    if scheme in {"http", "https"}:
        return ServerTarget(given.target, source, left_out)
    if scheme.partition("+")[0] in {"sqlite", "postgresql"}:
        return DatabaseTarget(given.target, given.artifacts, left_out)
    if scheme not in {"", "file"}:
        raise UsageError(
            f"{scheme}:// is nothing to export to; name a folder for mlruns, sqlite:///FILE, postgresql://HOST/NAME or "
            "http://HOST:PORT"
        )
    if given.artifacts is not None:
        raise UsageError("--artifacts is for a database; a folder for mlruns holds the files too")
    return FolderTarget(Path(where.removeprefix("file://")), left_out)
