"""The verb of leaving."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tidemill.access import Caller, Role, local_caller, require
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


def export_store(rooms: Workspace, target: str, caller: Caller | None = None, told: Told | None = None) -> MoveReport:
    """Write all experiments, runs and models of a project, which are not there yet, as MLflow keeps them. Needs viewer.

    target: a folder for `mlruns`, a new one or one of an earlier export. told: is told how far it is.

    Each run is there whole or not at all, so a call that was cut off is made again to go on. Raises UsageError for what
    is no such folder; what the target cannot hold is listed in the report.
    """
    caller = caller or local_caller(rooms.settings.project)
    require(caller, Role.VIEWER)
    left_out = LeftOut()
    with closing(StoreSource(rooms, caller)) as source, closing(_open_target(target, source, left_out)) as opened:
        return move(source, opened, left_out, told or silent)


def _open_target(where: str, source: StoreSource, left_out: LeftOut) -> Target:
    scheme = where.partition("://")[0] if "://" in where else ""
    if scheme in {"http", "https"}:
        return ServerTarget(where, source, left_out)
    if scheme not in {"", "file"}:
        raise UsageError(
            f"{scheme}:// is nothing to export to; name a folder for mlruns: MLflow's clients and servers read it"
        )
    return FolderTarget(Path(where.removeprefix("file://")), left_out)
