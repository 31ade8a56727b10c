"""`tidemill ci`: does a project hold together, from a clean clone to a gate that can judge?"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tidemill.access import Caller
from tidemill.bundles import CI, Bundles
from tidemill.core import SystemClock, UsageError, iso
from tidemill.evaluation import EvaluationReport
from tidemill.features import TrainingSet
from tidemill.models import load_predictor, model_formats
from tidemill.pipelines import Graph, Output, Pipeline, PipelineRun, Reference, RunOptions, StepRun
from tidemill.registry import Candidate
from tidemill.rehearsal.ci_report import FAILED, PASSED, CiCheck, CiReport
from tidemill.rehearsal.clean_code import CleanCode, take_code
from tidemill.rehearsal.examination import Examination, FailedError, SkippedError
from tidemill.rehearsal.fitting import misfits
from tidemill.rehearsal.learning import check_converges, check_gate, check_metrics, check_numbers, check_plain
from tidemill.rehearsal.rehearsal import DEFAULT_ROWS, Rehearsal, project
from tidemill.rehearsal.sample import check_sample
from tidemill.rehearsal.unit_tests import run_unit_tests


def _quiet(_: CiCheck) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class CiOptions:
    """What is checked, and how.

    bundle: the digest of a stored bundle; None takes the commit that is checked out. sample, rows: as of
    `tidemill.testing.project`. params: of the pipeline, if the project has one. tell: called with each check.
    """

    bundle: str | None = None
    sample: float | None = None
    rows: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    tell: Callable[[CiCheck], None] = _quiet


def check_project(
    folder: Path, options: CiOptions | None = None, bundles: Bundles | None = None, caller: Caller | None = None
) -> CiReport:
    """Check a project and return what was found; it is recorded for the bundle when the store keeps bundles.

    The code is that of a clean clone or of a bundle; the data are read, sampled, from the project's folder.

    Raises UsageError for a folder that there is not, or a sample or bundle that cannot be.
    """
    options = options or CiOptions()
    folder = folder.resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    rows = options.rows if options.rows is not None or options.sample is not None else DEFAULT_ROWS
    check_sample(options.sample, rows)
    options = replace(options, rows=rows)
    started_at = iso(SystemClock().now())
    with tempfile.TemporaryDirectory(prefix="tidemill-ci-", ignore_cleanup_errors=True) as made:
        place = Path(made)
        code = take_code(folder, place, options.bundle, bundles, caller)
        examination = Examination(options.tell)
        examination.check("code", "taken", lambda: f"{code.words}, digest {code.digest[:12]}")
        examination.check("code", "unit tests", lambda: run_unit_tests(code.folder, place, folder))
        _examine(examination, code, folder, options)
    checks = tuple(examination.checks)
    report = CiReport(folder.name, code.digest, code.commit, code.words, started_at, checks, code.notes)
    if bundles is not None and caller is not None:
        bundles.record_check(caller, code.digest, CI, report.passed, report.to_json())
    return report


def _examine(examination: Examination, code: CleanCode, folder: Path, options: CiOptions) -> None:
    opened = project(code.folder, sample=options.sample, rows=options.rows, data=folder)
    found: list[Rehearsal] = []

    def imports() -> str:
        found.append(opened.__enter__())
        declared = found[0].declared
        return (
            f"{declared.file.name} declares {len(declared.sources)} sources, {len(declared.feature_views)} views, "
            f"{len(declared.pipelines)} pipelines, {len(declared.endpoints)} endpoints"
        )

    if not examination.check("code", "module", imports):
        examination.skip("pipeline", "sample", "the module does not import")
        return
    try:
        _sources(examination, found[0])
        for name, pipeline in found[0].declared.pipelines.items():
            _Pipeline(examination, found[0], pipeline, _params(found[0], options)).examine(name)
    finally:
        opened.__exit__(None, None, None)


def _params(rehearsal: Rehearsal, options: CiOptions) -> Mapping[str, Any]:
    if options.params and len(rehearsal.declared.pipelines) != 1:
        raise UsageError(
            "--param is of a project with one pipeline; here there are several: give their params defaults"
        )
    return options.params


def _sources(examination: Examination, rehearsal: Rehearsal) -> None:
    def look(name: str) -> str:
        source, workspace = rehearsal.declared.sources[name], rehearsal.workspace
        version = workspace.datasets.current(rehearsal.caller, source, rehearsal.declared.folder)
        how = rehearsal.thinning()[name].words()
        return f"{version.n_rows:,} rows ({how}), {len(version.schema)} columns, {len(version.checks)} checks hold"

    for name in rehearsal.declared.sources:
        examination.check("data", name, lambda name=name: look(name))  # type: ignore[misc]


class _Pipeline:
    """The checks of one pipeline."""

    def __init__(
        self, examination: Examination, rehearsal: Rehearsal, pipeline: Pipeline, params: Mapping[str, Any]
    ) -> None:
        self._examination = examination
        self._rehearsal = rehearsal
        self._pipeline = pipeline
        self._params = params
        self._graph: Graph | None = None
        self._steps: list[StepRun] = []
        self._run: PipelineRun | None = None

    def examine(self, name: str) -> None:
        """Run the checks one after another; what stands on a failed one is left out."""
        if not self._examination.check("steps", f"{name}: fit together", self._fit) or self._graph is None:
            return
        started = time.perf_counter()
        error = self._attempt()
        self._tell_steps(name)
        # That of the steps is told with each of them.
        seconds = max(0.0, time.perf_counter() - started - sum(step.seconds for step in self._steps))
        if error is not None or self._run is None:
            line = str(error or "it did not run")
            self._examination.add(CiCheck("pipeline", f"{name}: sample", FAILED, seconds, line))
            return
        told = f"{len(self._steps)} steps ran on the sample"
        self._examination.add(CiCheck("pipeline", f"{name}: sample", PASSED, seconds, told))
        self._examination.check("pipeline", f"{name}: again", self._again)
        self._model(name, self._run.result)

    def _fit(self) -> str:
        try:
            self._graph = self._pipeline.trace(self._params)
        except UsageError as error:
            if "needs a value for its param" in str(error):
                raise SkippedError(f"{error}: give it a default, or --param") from error
            raise
        wrong = misfits(self._graph)
        if wrong:
            raise FailedError(wrong[0], "\n".join(wrong))
        return f"{len(self._graph.nodes)} steps, each takes what the one before returns"

    def _attempt(self) -> BaseException | None:
        try:
            self._run = self._rehearsal.run(
                self._pipeline.name, self._params, RunOptions(use_cache=False, on_step=self._steps.append)
            )
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the user's code may raise what it likes
            return error
        return None

    def _tell_steps(self, name: str) -> None:
        nodes = self._graph.nodes if self._graph is not None else ()
        seen = {step.position: step for step in self._steps}
        for position, node in enumerate(nodes):
            step, called = seen.get(position), f"{name}: {node.step.name}"
            if step is None:
                self._examination.skip("steps", called, "not reached")
            elif step.state == "failed":
                line, _, details = step.note.partition("\n")
                self._examination.add(CiCheck("steps", called, FAILED, step.seconds, line, details))
            else:
                made = "; ".join(output["summary"] for output in step.outputs) or "what no codec keeps"
                self._examination.add(CiCheck("steps", called, PASSED, step.seconds, f"returns {made}"))

    def _again(self) -> str:
        run = self._rehearsal.run(self._pipeline.name, self._params)
        n_reused = len(run.steps) - run.n_executed()
        never = [step.step for step in run.steps if step.state == "executed"]
        return f"{n_reused} of {len(run.steps)} steps are reused" + (f"; never: {', '.join(never)}" if never else "")

    def _model(self, name: str, result: Any) -> None:
        check = self._examination.check
        endpoints = self._rehearsal.declared.endpoints_of(self._pipeline)
        if isinstance(result, Candidate):
            model = load_predictor(result.package, formats=model_formats())
            check("model", f"{name}: no NaN", lambda: check_numbers(model, result.holdout, result.report))
            check("model", f"{name}: converges", lambda: check_converges(model, self._learnt_from(), result.report))
            for endpoint in endpoints:
                check("gate", endpoint.name, lambda rules=endpoint.gate: check_gate(rules, result.report))  # type: ignore[misc]
            return
        if isinstance(result, EvaluationReport):
            check("model", f"{name}: no NaN", lambda: check_metrics(result))
        else:
            check("model", f"{name}: no NaN", lambda: check_plain(result))
        for endpoint in endpoints:
            check("gate", endpoint.name, lambda: _no_candidate(self._pipeline.name, result))

    def _learnt_from(self) -> TrainingSet:
        nodes = self._graph.nodes if self._graph is not None else ()
        for node in nodes:
            fit = node.arguments.get("fit")
            if node.step.name == "candidate" and isinstance(fit, Reference):
                outputs = {output["name"]: output for output in self._steps[fit.position].outputs}
                value = self._rehearsal.workspace.pipelines.value(Output(**outputs[fit.output]))
                if isinstance(value, TrainingSet):
                    return value
        raise SkippedError("which rows the model learnt from is not told: no step gives them to tm.candidate")


def _no_candidate(pipeline: str, result: object) -> str:
    raise FailedError(
        f"pipeline {pipeline!r} returns {type(result).__name__}, which no gate can judge; end its body with "
        "'return tm.candidate(model, report, fit, holdout)'"
    )
