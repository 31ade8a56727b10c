"""A project on sampled data in a temporary store, to be run and looked at by tests."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import KeySource, Settings, UsageError, load_settings, not_found
from tidemill.data import Reading
from tidemill.pipelines import Output, PipelineRun, Plan, RunOptions, Step
from tidemill.project import Project, gather_project
from tidemill.project_module import import_project_module
from tidemill.rehearsal.sample import Sample, Thinning
from tidemill.workspace import Workspace

DEFAULT_ROWS = 1000
#: Names the folder below which tests find their data when the code lies elsewhere, as it does for `tidemill ci`.
DATA_FOLDER = "TIDEMILL_TEST_DATA"


@dataclass(frozen=True)
class Rehearsal:
    """A project under test: its declarations, and a store of its own that goes when the test ends."""

    declared: Project
    module: ModuleType
    workspace: Workspace
    caller: Caller
    sample: Sample

    def plan(self, pipeline: str | None = None, params: Mapping[str, Any] | None = None) -> Plan:
        """Return what a run on the sample would do. Raises what planning raises."""
        asked = self.declared.pipeline(pipeline)
        return self.workspace.pipelines.plan(self.caller, asked, self.declared.folder, params)

    def run(
        self, pipeline: str | None = None, params: Mapping[str, Any] | None = None, options: RunOptions | None = None
    ) -> PipelineRun:
        """Run a pipeline on the sample; nothing is released. Raises what planning and running raise.

        pipeline: its name; may be left out when there is one.
        """
        return self.workspace.pipelines.run(self.caller, self.plan(pipeline, params), self.declared.folder, options)

    def output(self, run: PipelineRun, step: str, output: str | None = None) -> Any:
        """Return what a step of a run returned. output: which of several; may be left out when there is one.

        Raises NotFoundError for a step that the run did not have, UsageError for a value that was not kept.
        """
        done = [each for each in run.steps if each.step == step]
        if not done:
            raise not_found("step", step, {each.step for each in run.steps})
        kept = {each["name"]: each for each in done[-1].outputs}
        if output is None and len(kept) == 1:
            output = next(iter(kept))
        if output is None or output not in kept:
            if not kept:
                raise UsageError(f"step {step!r} returned what no codec keeps ({done[-1].note}); look at it in a step")
            raise UsageError(f"step {step!r} has the outputs {', '.join(kept)}; name one of them, not {output!r}")
        return self.workspace.pipelines.value(Output(**kept[output]))

    def step(self, name: str) -> Step[..., Any]:
        """Return a step that the project's module names, to be called as the function that it is."""
        steps = {each.name: each for each in vars(self.module).values() if isinstance(each, Step)}
        if name not in steps:
            raise not_found("step", name, steps)
        return steps[name]

    def rows(self, source: str) -> pl.DataFrame:
        """Return the sampled rows of a source, cleaned and checked."""
        if source not in self.declared.sources:
            raise not_found("source", source, self.declared.sources)
        datasets, declared = self.workspace.datasets, self.declared.sources[source]
        return datasets.scan(datasets.current(self.caller, declared, self.declared.folder)).collect()

    def thinning(self) -> dict[str, Thinning]:
        """Return how each source was thinned."""
        return self.sample.thinning()


@contextmanager
def project(
    folder: Path | str = ".",
    *,
    sample: float | None = None,
    rows: int | None = None,
    data: Path | str | None = None,
) -> Iterator[Rehearsal]:
    """Open a project on sampled data in a temporary store, which is deleted at the end of the with statement.

    The user's store and working tree are left alone, and several processes may do this at once. See `Sample` for
    which rows are chosen: the same ones each time.

    sample: a share of the rows, above 0 and up to 1. rows: about how many of the largest source; 1,000 without either.
    data: the folder below which sources find their files; without it the project's, or the one that the environment's
    variable TIDEMILL_TEST_DATA names, as `tidemill ci` does for the tests that it runs.

    Raises UsageError for a folder without a project, or a sample that is none.
    """
    folder = Path(folder).resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder")
    if sample is None and rows is None:
        rows = DEFAULT_ROWS
    root = Path(data or os.environ.get(DATA_FOLDER) or folder).resolve()
    with tempfile.TemporaryDirectory(prefix="tidemill-rehearsal-", ignore_cleanup_errors=True) as place:
        settings = _alone(load_settings(folder), Path(place) / "store")
        with _imported(folder, settings) as (file, module):
            declared = gather_project(folder, file, module)
            chosen = Sample(declared, root, Path(place) / "sample", sample, rows)
            workspace = open_workspace(folder, settings, reading=Reading(read_as=chosen.read_as, root=root))
            try:
                caller = Caller("rehearsal", settings.project, Role.ADMIN)
                yield Rehearsal(declared, module, workspace, caller, chosen)
            finally:
                workspace.database.close()


def _alone(settings: Settings, home: Path) -> Settings:
    """Return settings that name nothing of the user's store."""
    return replace(
        settings,
        home=home,
        records="",
        blobs="",
        tables="",
        online="",
        encryption=KeySource(),
        tables_encrypted_by="",
        retention=(),
        pins=(),
        params=(),
    )


@contextmanager
def _imported(folder: Path, settings: Settings) -> Iterator[tuple[Path, ModuleType]]:
    """Import a project's module, and take it and its neighbours away again.

    Importing forgets the modules of the folder. A test file lies there too, so what was forgotten comes back at once
    unless it was imported anew, and in the end all is as it was.
    """
    modules, finders = dict(sys.modules), list(sys.meta_path)
    try:
        file, module = import_project_module(folder, settings)
        for name, known in modules.items():
            sys.modules.setdefault(name, known)
        yield file, module
    finally:
        for name, known in list(sys.modules.items()):
            place = getattr(known, "__file__", None)
            if name not in modules and place is not None and Path(place).is_relative_to(folder):
                del sys.modules[name]
        sys.modules.update(modules)
        sys.meta_path[:] = finders
