"""What steps read and return, as datasets: versions of sources, and outputs by the step that returns them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from tidemill.access import Caller
from tidemill.compat.openlineage.facets import Facets
from tidemill.core import TidemillError, UsageError
from tidemill.data import CheckResult, DatasetVersion
from tidemill.pipelines import Output, OutputPreview, StepRun
from tidemill.workspace import Workspace

Dataset = dict[str, Any]
_FROM_STEP = re.compile(r"step (?P<number>\d+)(?:\[\d+\])? (?P<output>\S+)")
#: Codecs whose outputs are tables: of these a look tells columns and rows.
_TABLES = ("frame", "training_set")


class RunDatasets:
    """Tells of datasets. What is looked up is remembered: one for each pass."""

    def __init__(self, workspace: Workspace, caller: Caller, facets: Facets) -> None:
        self._workspace = workspace
        self._caller = caller
        self._facets = facets
        self._versions: dict[str, DatasetVersion | None] = {}
        self.namespace = f"tidemill://{caller.project}"

    def inputs(self, step: StepRun, jobs: Mapping[int, str]) -> list[Dataset]:
        """Return what a step read. jobs: the names of the run's jobs by position. Code that it was given is no data."""
        found: dict[str, Dataset] = {}
        for each in step.inputs:
            made = _FROM_STEP.fullmatch(each["reference"])
            if made is not None:
                job = jobs.get(int(made["number"]) - 1, f"step {made['number']}")
                name = f"{job}.{made['output']}"
                found[name] = self._plain(name, {"version": self._facets.dataset_version(each["digest"])})
                continue
            version = self._version(each["reference"].rpartition(" on ")[2])
            if version is not None:
                found[version.reference] = self._of_source(version)
        return list(found.values())

    def outputs(self, step: StepRun, job: str) -> list[Dataset]:
        """Return what a step returned and is kept."""
        return [self._of_output(Output(**each), step, job) for each in step.outputs]

    def _of_output(self, output: Output, step: StepRun, job: str) -> Dataset:
        name = f"{job}.{output.name}"
        look = self._look(step, output)
        told = {"version": self._facets.dataset_version(output.digest)}
        if look is not None and look.columns:
            told["schema"] = self._facets.schema([(column.name, column.type) for column in look.columns])
        statistics = self._facets.output_statistics(look.n_rows if look else None, look.size_bytes if look else None)
        return self._plain(name, told) | {"outputFacets": {"outputStatistics": statistics}}

    def _of_source(self, version: DatasetVersion) -> Dataset:
        facets = {
            "schema": self._facets.schema(list(version.schema.items())),
            "version": self._facets.dataset_version(str(version.version)),
        }
        checked = [
            {"assertion": check.check, "success": check.passed} | ({"column": check.column} if check.column else {})
            for check in version.checks
        ]
        counted = {"rowCount": version.n_rows_left, "fileCount": len(version.parts)}
        columns = _column_metrics(version.checks, version.n_rows_left)
        quality = self._facets.data_quality(counted, columns, checked)
        return self._plain(version.name, facets) | {"inputFacets": quality}

    def _plain(self, name: str, facets: dict[str, Any]) -> Dataset:
        source = self._facets.data_source(f"tidemill {self._caller.project}", self.namespace)
        return {"namespace": self.namespace, "name": name, "facets": facets | {"dataSource": source}}

    def _look(self, step: StepRun, output: Output) -> OutputPreview | None:
        if output.codec not in _TABLES:
            return None
        with suppress(TidemillError):
            return self._workspace.run_records.preview(self._caller, step.run_id, step.position, output.name)
        return None

    def _version(self, reference: str) -> DatasetVersion | None:
        if "@" not in reference:
            return None
        if reference not in self._versions:
            try:
                self._versions[reference] = self._workspace.datasets.get(self._caller, reference)
            except (UsageError, TidemillError):  # it was let go, or is the name of something else
                self._versions[reference] = None
        return self._versions[reference]


def _column_metrics(checks: Sequence[CheckResult], n_rows: int) -> dict[str, dict[str, Any]]:
    """Return what the checks of a version found out about its columns; nothing is counted for the event."""
    metrics: dict[str, dict[str, Any]] = {}
    for check in checks:
        if check.check == "not_null":
            metrics.setdefault(check.column, {})["nullCount"] = check.n_failing
        if check.check == "unique" and check.passed:
            metrics.setdefault(check.column, {})["distinctCount"] = n_rows
    return metrics
