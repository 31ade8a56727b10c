"""A folder as it was for a run: its code with the changes that were not committed, params, lock and data versions."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidemill.access import Caller
from tidemill.core import LOCAL_FILE, NotFoundError, UsageError, load_settings
from tidemill.pipelines import StepRun
from tidemill.provenance import LOCK_FILE, Origin, demand_git, git, read_origin
from tidemill.tracking import RunDetail
from tidemill.workbench.plain_values import read_plain
from tidemill.workbench.toml_text import toml_text
from tidemill.workspace import Workspace

_REFERENCE = re.compile(r"(?:^|\s)(?P<name>[^\s@]+)@(?P<version>[0-9]+)$")
_CHANGES = "+changes"


@dataclass(frozen=True)
class Checkout:
    """What was opened. folder: the project's folder, inside the worktree when the repository holds more.

    code: in words, where the code came from. pins, params: what a run there reads and takes without being told.
    notes: what is not as it was for the run, in words; empty when all is.
    """

    run_id: str
    pipeline: str
    folder: Path
    code: str
    pins: dict[str, str]
    params: dict[str, Any]
    lock: str | None
    notes: tuple[str, ...]


def checkout_run(workspace: Workspace, caller: Caller, run_id: str, folder: Path | None = None) -> Checkout:
    """Open a folder with a run's code, changes, params, lock and data versions; a run there finds its steps done.

    folder: a new or empty one; without it one beside the project or its repository, named after the run. The code comes
    from a git worktree at the run's commit when the project's repository has it, else from the run's bundle.

    Raises NotFoundError for a run that there is not; UsageError for a folder that is taken, or when the code is neither
    in the repository nor in a bundle; UnavailableError for what git says.
    """
    detail = workspace.tracking.get_run(caller, run_id)
    folder = (folder or _beside(workspace.folder) / f"{workspace.folder.name}-{run_id[:12]}").absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a new folder")
    origin, notes = _origin(workspace, detail)
    project, code = _write_code(workspace, caller, detail, folder, origin)
    pins = pinned_data(workspace.pipelines.steps(caller, run_id))
    params = {name: read_plain(text) for name, text in detail.params.items() if text != "None"}
    local = _places(workspace) | {"pins": pins, "params": {detail.run.experiment: params}}
    (project / LOCAL_FILE).write_text(toml_text(local, f"Run {run_id}: where it ran, what it read and took."), "utf-8")
    if origin.lock is not None:
        (project / LOCK_FILE).write_bytes(origin.lock)
    if workspace.settings.records and not load_settings(project).records:
        notes = (*notes, "the store's records are in PostgreSQL, whose URL is not copied: set TIDEMILL_RECORDS")
    if not pins:
        notes = (*notes, "the run had read no data when it ended, so nothing is pinned")
    lock = LOCK_FILE if origin.lock is not None else None
    return Checkout(run_id, detail.run.experiment, project, code, pins, params, lock, (*notes, *origin.changes.lacking))


def pinned_data(steps: Sequence[StepRun]) -> dict[str, str]:
    """Return the dataset versions that steps have read, by name."""
    pins: dict[str, str] = {}
    for step in steps:
        for entry in step.inputs:
            found = _REFERENCE.search(entry["reference"])
            if found is not None:
                pins[found["name"]] = f"{found['name']}@{found['version']}"
    return dict(sorted(pins.items()))


def _origin(workspace: Workspace, detail: RunDetail) -> tuple[Origin, tuple[str, ...]]:
    try:
        return read_origin(workspace.blobs, detail.tags), ()
    except NotFoundError:
        return Origin(), ("its lock and uncommitted changes were collected, so they are missing",)


def _write_code(
    workspace: Workspace,
    caller: Caller,
    detail: RunDetail,
    folder: Path,
    origin: Origin,
) -> tuple[Path, str]:
    """Write the code and return the project's folder in it, and where it came from."""
    commit = (detail.run.commit or "").removesuffix(_CHANGES)
    changed = (detail.run.commit or "").endswith(_CHANGES)
    here = workspace.folder
    bundle = workspace.bundles.for_run(caller, detail.run.id)
    if (
        commit
        and git(here, "cat-file", "-t", commit) == "commit"
        and (not changed or origin.changes.patch or not bundle)
    ):
        return _worktree(here, folder, commit, origin)
    if bundle is not None:
        folder.mkdir(parents=True, exist_ok=True)
        workspace.bundles.unpack(caller, bundle, folder)
        return folder, f"bundle {bundle.digest[:12]}"
    if commit:
        raise UsageError(f"run {detail.run.id} was made from commit {commit[:12]}, which is not in {here}: fetch it")
    raise UsageError(
        f"run {detail.run.id} was made outside of version control, so its code was not kept; "
        "put the project under git before the next run"
    )


def _worktree(here: Path, folder: Path, commit: str, origin: Origin) -> tuple[Path, str]:
    prefix = git(here, "rev-parse", "--show-prefix")
    folder.parent.mkdir(parents=True, exist_ok=True)
    demand_git(here, "worktree", "add", "--quiet", "--detach", str(folder), commit)
    code = f"git worktree at {commit[:12]}"
    try:
        if origin.changes.patch:
            demand_git(folder, "apply", "--whitespace=nowarn", "-", given=origin.changes.patch)
            code += " with its uncommitted changes"
    except BaseException:
        demand_git(here, "worktree", "remove", "--force", str(folder))
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / prefix, code


def _beside(folder: Path) -> Path:
    """Return the folder beside a project, or beside its repository: a worktree inside it would be one of its files."""
    top = git(folder, "rev-parse", "--show-toplevel")
    return (Path(top) if top else folder).parent


def _places(workspace: Workspace) -> dict[str, Any]:
    """Return where the store is, as settings of another folder; what holds a password stays where it is set."""
    settings = workspace.settings
    places: dict[str, Any] = {"home": str(settings.home.absolute()), "project": settings.project}
    for name in ("blobs", "tables"):
        place = getattr(settings, name)
        if place:
            places[name] = place if "://" in place else str(Path(place).absolute())
    if settings.encryption:
        places["encryption"] = str(settings.encryption)
    if settings.clock != Path():
        places["clock"] = str(settings.clock.absolute())
    return places
