"""Small projects written to a folder, opened with a store of their own."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import load_settings
from tidemill.pipelines import PipelineRun, Plan, RunOptions
from tidemill.project import Project, load_project
from tidemill.workspace import Workspace

ANN = Caller("ann", role=Role.ADMIN)


@dataclass
class Sandbox:
    """A folder with one module that can be rewritten between runs, as a person edits it."""

    folder: Path
    workspace: Workspace

    def write(self, text: str, name: str = "project.py") -> None:
        """Write a module; the next run sees it."""
        (self.folder / name).write_text(text, "utf-8")

    def load(self) -> Project:
        """Import the project as a new process would."""
        return load_project(self.folder, self.workspace.settings)

    def plan(self, pipeline: str | None = None, **params: Any) -> Plan:
        """Plan the pipeline as the module now is."""
        return self.workspace.pipelines.plan(ANN, self.load().pipeline(pipeline), self.folder, params)

    def run(self, *, use_cache: bool = True, **params: Any) -> PipelineRun:
        """Run the pipeline as the module now is."""
        return self.workspace.pipelines.run(ANN, self.plan(**params), self.folder, RunOptions(use_cache=use_cache))

    def states(self, **params: Any) -> list[str]:
        """Run it and return what became of each step."""
        return [step.state for step in self.run(**params).steps]


def open_sandbox(folder: Path) -> Sandbox:
    """Open a store in a new folder."""
    folder.mkdir(exist_ok=True)
    (folder / "tidemill.toml").write_text('module = "project.py"\n')
    return Sandbox(folder, open_workspace(folder, load_settings(folder, environ={})))


def wait_for(file: Path) -> None:
    """Wait until a file is there, a minute at most."""
    pause = threading.Event()
    for _ in range(3000):
        if file.exists():
            return
        pause.wait(0.02)
    raise AssertionError(f"{file.name} did not come")
