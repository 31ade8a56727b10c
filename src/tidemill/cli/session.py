"""What a command works on: the workspace of a folder, its project's declarations, and who is calling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tidemill.access import Caller, local_caller
from tidemill.app import open_workspace
from tidemill.cli.home import check_home
from tidemill.core import NotFoundError, UsageError, load_settings, parse_pins
from tidemill.pipelines.graph.params import Written
from tidemill.project import Project, load_project
from tidemill.storage.copies.backup_manifest import NAME as BACKUP_MANIFEST
from tidemill.storage.stores import UNFINISHED_COPY
from tidemill.workspace import Workspace


@dataclass(frozen=True)
class Session:
    """An opened workspace and the local caller, who is its admin."""

    workspace: Workspace
    caller: Caller

    def project(self) -> Project:
        """Import the project's module. Raises UsageError."""
        return load_project(self.workspace.folder, self.workspace.settings)


def open_session(
    folder: Path,
    home: Path | None = None,
    project: str | None = None,
    *,
    create: bool = False,
    pins: Sequence[str] | None = None,
    env: str | None = None,
) -> Session:
    """Open the store of a project's folder. env: the environment, when it is not that of the command.

    pins: dataset versions as ``flights@3``, beside those in the settings.

    Raises UsageError when there is no folder, or no store and the command does not make one.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    settings = load_settings(folder, home=home.absolute() if home else None, project=project, env=env)
    if pins:
        asked = parse_pins(",".join(pins), "--pin")
        settings = replace(settings, pins=tuple({**dict(settings.pins), **dict(asked)}.items()))
    check_home(settings.home)
    _check_whole(settings.home)
    if not create and not settings.records and not (settings.home / "records.db").exists():
        raise UsageError(
            f"there is no store in {settings.home}; 'tidemill run' or 'tidemill up' makes one, --home names another"
        )
    return Session(open_workspace(folder, settings), local_caller(settings.project))


def run_or_last(session: Session, run_id: str | None) -> str:
    """Return a run's id as it was given, or that of the last run. Raises NotFoundError when there is none such."""
    tracking = session.workspace.tracking
    if run_id is not None:
        return tracking.get_run(session.caller, run_id).run.id
    runs = tracking.list_runs(session.caller, limit=1)
    if not runs:
        raise NotFoundError("there is no run yet; 'tidemill run' makes one")
    return runs[0].id


def _check_whole(home: Path) -> None:
    if (home / BACKUP_MANIFEST).exists():
        raise UsageError(f"{home} is a backup; 'tidemill restore {home} --home FOLDER' makes a store of it")
    if (home / UNFINISHED_COPY).exists():
        raise UsageError(f"{home} is a copy that was not finished; run the same 'tidemill copy' again")


def parse_params(given: list[str] | None) -> dict[str, Any]:
    """Read ``name=value`` pairs; what is declared tells whether a value is a number or text. Raises UsageError.

    >>> parse_params(["rate=0.1", "name=x"])
    {'rate': '0.1', 'name': 'x'}
    """
    values: dict[str, Any] = {}
    for pair in given or []:
        name, found, text = pair.partition("=")
        if not found or not name:
            raise UsageError(f"{pair!r} is not a param; write it as name=value")
        values[name] = Written(text)
    return values
