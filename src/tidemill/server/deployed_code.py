"""Which code the scheduled and triggered runs of an environment use: a deployed bundle, else the working tree."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from tidemill.access import Caller, Role
from tidemill.bundles import Bundle, BundleDeployment, UnpackedBundles
from tidemill.core import DEV, environment_names, load_settings
from tidemill.project import Project, load_project
from tidemill.workspace import Workspace


@dataclass(frozen=True)
class CodeInUse:
    """The code of the next run. `bundle` is None for the working tree, which `folder` then is."""

    folder: Path
    bundle: Bundle | None
    deployment: BundleDeployment | None = None

    @property
    def words(self) -> str:
        """What runs use, in words."""
        if self.bundle is None or self.deployment is None:
            return f"the working tree, {self.folder}"
        at = self.deployment
        return f"bundle {self.bundle.short}, {at.how} to {at.environment} by {at.by} at {at.at[:19]}Z"


class DeployedCode:
    """Finds the code for the runs of a workspace's environment, and loads the project from there."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._unpacked = UnpackedBundles(workspace.blobs, workspace.home)
        self._path = list(sys.path)
        self._moved = False

    def now(self, project: str) -> CodeInUse:
        """Return what is deployed now for a project of the store; its files are there, each as it should be.

        Raises NotFoundError, DamagedError for a bundle whose bytes are not there as they should be.
        """
        workspace, caller = self._workspace, Caller("worker", project, Role.VIEWER)
        deployment = workspace.bundles.deployed(caller, workspace.settings.env)
        if deployment is None:
            return CodeInUse(workspace.folder, None)
        bundle = workspace.bundles.get(caller, deployment.digest)
        return CodeInUse(self._unpacked.folder_of(bundle), bundle, deployment)

    def load(self, code: CodeInUse) -> Project:
        """Import the project's module from there. Raises UsageError."""
        self._look_in(code)
        return load_project(code.folder, self.workspace_for(code).settings)

    def workspace_for(self, code: CodeInUse) -> Workspace:
        """Return the workspace with the params of the code's own `tidemill.toml`: what runs take is part of the code.

        Where things are is said by the project's folder. Raises UsageError for a file of the bundle that is no TOML.
        """
        if code.bundle is None:
            return self._workspace
        settings, known = self._workspace.settings, environment_names(code.folder)
        env = settings.env if settings.env in known else DEV
        params = load_settings(code.folder, {}, env=env).params
        settings = replace(settings, module=code.bundle.manifest.module, params=params)
        return replace(self._workspace, settings=settings)

    def _look_in(self, code: CodeInUse) -> None:
        """Let no import reach the working tree while a bundle is used, as by an editable install of the project."""
        if code.bundle is None:
            if self._moved:
                sys.path[:] = self._path
                self._moved = False
            return
        moved = [_moved(place, self._workspace.folder.resolve(), code.folder) for place in self._path]
        beside = code.folder / "src"
        sys.path[:] = [*([str(beside)] if beside.is_dir() else []), *moved]
        self._moved = True


def _moved(place: str, tree: Path, code: Path) -> str:
    """Return where an entry of the module path leads that lies in the working tree: the same folder of the bundle."""
    found = Path(place or ".").resolve()
    if not found.is_relative_to(tree) or {"site-packages", "dist-packages"} & set(found.parts):
        return place
    return str(code / found.relative_to(tree))
