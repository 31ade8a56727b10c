"""From a pipeline's name to what is served: plan, run, judge, register, promote, deploy, bring features online."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import UsageError
from tidemill.deployment import Endpoint, Offer, Release
from tidemill.evaluation import EvaluationReport
from tidemill.features import Materialization
from tidemill.pipelines import PipelineRun, Plan, RunOptions, ViewRows
from tidemill.project import Project
from tidemill.registry import Candidate, CandidateCodec, StoredCandidate
from tidemill.workspace import Workspace


@dataclass(frozen=True)
class Released:
    """What came of a run.

    releases: how its candidate fared at each endpoint of the pipeline; none when no endpoint takes from it.
    materialized: the feature views that were brought online, none when every gate refused.
    """

    run: PipelineRun
    releases: list[Release]
    plan: Plan
    materialized: list[Materialization] = field(default_factory=list)


def run_and_release(  # noqa: PLR0913, PLR0917 - the three who take part, and what is asked of them
    workspace: Workspace,
    project: Project,
    caller: Caller,
    pipeline_name: str | None,
    params: Mapping[str, Any] | None = None,
    options: RunOptions | None = None,
) -> Released:
    """Run a pipeline and release its candidate at each endpoint that takes from it.

    A run on pinned data releases nothing. Repeating a run with nothing changed executes no step and moves nothing.
    Needs editor, and deployer when an endpoint takes from the pipeline.

    Raises what planning, running and releasing raise; UsageError when an endpoint waits for a candidate and the
    pipeline returns none.
    """
    with workspace.in_flight.mark():
        return _run_and_release(workspace, project, caller, pipeline_name, params, options or RunOptions())


def _run_and_release(  # noqa: PLR0913, PLR0917 - as above
    workspace: Workspace,
    project: Project,
    caller: Caller,
    pipeline_name: str | None,
    params: Mapping[str, Any] | None,
    options: RunOptions,
) -> Released:
    pipeline = project.pipeline(pipeline_name)
    # Pinned data are not the data as they are now: what is learnt from them is nobody's champion.
    endpoints = [] if workspace.settings.pins else project.endpoints_of(pipeline)
    params = project.params(pipeline, workspace.settings, params or {})
    require(caller, Role.DEPLOYER if endpoints else Role.EDITOR)
    plan = workspace.pipelines.plan(caller, pipeline, workspace.folder, params, project.folder)
    run = workspace.pipelines.run(caller, plan, workspace.folder, options)
    log_report(workspace, caller, run)
    offers = _offers(workspace, caller, run, endpoints)
    materialized: list[Materialization] = []

    def bring_online() -> None:
        options.go_on()
        if not materialized:
            materialized.extend(_materialize(workspace, caller, plan, again=run.n_executed() > 0))

    releases = []
    for offer in offers:
        options.go_on()
        full = replace(offer, tests=tuple(project.model_tests.values()), folder=project.folder)
        releases.append(workspace.deployments.release(caller, full, bring_online))
    return Released(run, releases, plan, materialized)


def log_report(workspace: Workspace, caller: Caller, run: PipelineRun) -> None:
    """Log the metrics of the report that a pipeline returned, alone or with its candidate, to its run."""
    report = run.result.report if isinstance(run.result, Candidate) else run.result
    if isinstance(report, EvaluationReport):
        metrics = {name: estimate.value for name, estimate in report.metrics.items() if math.isfinite(estimate.value)}
        workspace.tracking.log_metrics(caller, run.run_id, metrics, step=0)


def _offers(workspace: Workspace, caller: Caller, run: PipelineRun, endpoints: list[Endpoint]) -> list[Offer]:
    if not endpoints:
        return []
    output = workspace.pipelines.output(caller, run.run_id, CandidateCodec.name)
    if output is None or not isinstance(run.result, Candidate):
        raise UsageError(
            f"endpoint {endpoints[0].name!r} takes candidates from pipeline {run.pipeline!r}, which returned "
            f"{type(run.result).__name__}; end its body with 'return tm.candidate(model, report, fit, holdout)'"
        )
    candidate = StoredCandidate.from_output(run.run_id, output)
    return [Offer(endpoint, run, candidate) for endpoint in endpoints]


def _materialize(workspace: Workspace, caller: Caller, plan: Plan, *, again: bool) -> list[Materialization]:
    """Bring the views that the run learnt from online, as far as its data reach and never beyond now.

    again: also those that are online already. What is online stays while it is written over: an instant that was
    reached before is not gone back from, which would begin by taking everything away.
    """
    done = []
    for ambient in plan.ambients.values():
        loaded = ambient.load()
        if not isinstance(loaded, ViewRows):
            continue
        online = workspace.features.watermark(caller, loaded.view.name)
        if again or online is None:
            rows = loaded.computed
            now = workspace.clock.now()
            reached = rows["event_at"].max()
            until = min(reached, now) if isinstance(reached, datetime) else now
            until = until if online is None else max(until, min(online.until, now))
            done.append(workspace.features.materialize_rows(caller, loaded.view, rows, until))
    return done
