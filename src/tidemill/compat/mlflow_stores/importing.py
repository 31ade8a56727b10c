"""The verb of arriving."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tidemill.access import Caller, Role, local_caller, require
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.moving import move
from tidemill.compat.mlflow_stores.report import MoveReport
from tidemill.compat.mlflow_stores.sources import open_source
from tidemill.compat.mlflow_stores.store_target import StoreTarget
from tidemill.storage.home_files import Told
from tidemill.workspace import Workspace


@dataclass(frozen=True)
class Opening:
    """What is brought. artifacts: the root of its artifacts, when they were moved. dry_run: count, change nothing."""

    where: str
    artifacts: Path | None = None
    dry_run: bool = False


def import_store(
    rooms: Workspace,
    source: str | Opening,
    caller: Caller | None = None,
    told: Told | None = None,
) -> MoveReport:
    """Bring here all experiments, runs and models of an MLflow store that are not here yet. Needs deployer.

    source: an mlruns folder, ``sqlite:///FILE``, ``postgresql://HOST/NAME`` or ``http://HOST:PORT``; an `Opening` says
    more. told: is told how far it is. caller: the person at this machine when it is not said.

    Each run is here whole or not at all, so a call that was cut off is made again to go on. Raises UsageError for what
    is no such store, UnavailableError when it does not answer; what cannot be read is listed in the report.
    """
    caller = caller or local_caller(rooms.settings.project)
    require(caller, Role.DEPLOYER)
    left_out = LeftOut()
    given = Opening(source) if isinstance(source, str) else source
    with (
        closing(open_source(given.where, given.artifacts, left_out, ahead=not given.dry_run)) as opened,
        closing(StoreTarget(rooms, caller, left_out)) as target,
    ):
        return move(opened, target, left_out, told or silent, dry_run=given.dry_run)


def silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""
