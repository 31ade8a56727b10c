"""Running a pipeline for the command line: what `tidemill run` does once the project's module is imported."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from rich.console import Console

from tidemill.cli.output import only_json, print_json, safe_text, short_time
from tidemill.cli.run_display import RunProgress, shown_run
from tidemill.cli.session import Session, open_session, parse_params
from tidemill.code_record import record_code
from tidemill.core import IN_PROCESS, Settings
from tidemill.core.started_child import StartedChild
from tidemill.pipelines import Only, Pipeline, RunApproval, RunOptions, RunSkipped, StepRun
from tidemill.pipelines.graph.params import Written
from tidemill.project import Project, gather_project
from tidemill.registry import REFUSED
from tidemill.release import Released, run_and_release


@dataclass(frozen=True)
class Where:
    """Where steps are executed, by how many at once. started: a process that was started for them already."""

    executor: str = IN_PROCESS
    n_workers: int = 0
    started: StartedChild | None = None


@dataclass(frozen=True)
class How:
    """How the pipeline is to be run. only, from_run: one step alone, on what a past run has made."""

    use_cache: bool = True
    only: str | None = None
    from_run: str | None = None
    where: Where = field(default_factory=Where)


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    pipeline: str | None
    params: Sequence[str]
    how: How
    folder: Path
    home: Path | None
    project: str | None
    json: bool
    pins: Sequence[str] | None = None


def perform(asked: Asked, file: Path, module: ModuleType) -> None:
    """Run the pipeline and print what came of it. Exit code 1 when a gate refuses the candidate."""
    session = open_session(asked.folder, asked.home, asked.project, create=True, pins=asked.pins)
    executors = session.workspace.executors
    executors.keep(asked.how.where.started)
    declared = gather_project(asked.folder, file, module)
    tags = record_code(session.workspace, session.caller, lambda line: typer.echo(safe_text(line), err=True))
    tell_code(session)
    params = parse_params(list(asked.params))
    progress = RunProgress(session, declared.pipeline(asked.pipeline).name)
    console = Console(highlight=False, force_terminal=False) if asked.json else None
    shown = shown_run(progress.look, _quiet if asked.json else print_step, console)
    try:
        with only_json(asked.json), closing(executors), shown as on_step:
            options = replace(_options(asked), tags=tags, on_step=on_step)
            if options.only is not None:
                _run_only(session, declared, asked, params, options)
                return
            released = run_and_release(session.workspace, declared, session.caller, asked.pipeline, params, options)
    except RunSkipped as skipped:
        if asked.json:
            print_json({"skipped": str(skipped)})
        else:
            typer.echo(str(skipped))
        return
    except KeyboardInterrupt:
        typer.echo("interrupted: what has ended is kept; the same command goes on from there", err=True)
        raise
    finally:
        tell_lineage(session)
    if asked.json:
        print_json(released_json(released))
    else:
        print_released(released)
        print_pins(session.workspace.settings)
    refused = [each for release in released.releases for each in release.requests if each.state == REFUSED]
    if refused or not all(release.verdict.passed for release in released.releases):
        raise typer.Exit(1)


def _options(asked: Asked) -> RunOptions:
    how = asked.how
    options = RunOptions(
        use_cache=how.use_cache,
        on_step=_quiet if asked.json else print_step,
        on_ask=print_question,
        on_wait=lambda line: typer.echo(line, err=True),
        executor=how.where.executor,
        n_workers=how.where.n_workers,
    )
    only = Only(how.only, how.from_run) if how.only is not None and how.from_run is not None else None
    return replace(options, only=only)


def _run_only(session: Session, declared: Project, asked: Asked, params: dict[str, Any], options: RunOptions) -> None:
    pipelines, caller = session.workspace.pipelines, session.caller
    if not params and options.only is not None:
        params = past_params(session, declared.pipeline(asked.pipeline), options.only.run_id)
    data_of = options.only.run_id if options.only is not None else ""
    plan = pipelines.plan(caller, declared.pipeline(asked.pipeline), declared.folder, params, data_of=data_of)
    run = pipelines.run(caller, plan, declared.folder, options)
    if asked.json:
        print_json({"run_id": run.run_id, "pipeline": run.pipeline, "steps": run.steps})
        return
    typer.echo(f"run {run.run_id} finished: {run.steps[0].step} alone, on what run {asked.how.from_run} had made")


def past_params(session: Session, pipeline: Pipeline, run_id: str) -> dict[str, Any]:
    """Return the params of a past run, those of them that the pipeline has. Raises NotFoundError."""
    stored = session.workspace.tracking.get_run(session.caller, run_id).params
    defaults = pipeline.defaults()
    return {name: Written(text) for name, text in stored.items() if name in defaults and text != str(defaults[name])}


def print_question(asked: RunApproval) -> None:
    """Print a question that a run asks, and how to answer it."""
    until = f" until {short_time(asked.until)}" if asked.until else ""
    step = asked.position + 1
    typer.echo(f"  {step}  {safe_text(asked.question)}  waits for a {asked.role}{until}; answer it with", err=True)
    typer.echo(f"     tidemill approve {asked.run_id} {step}      or, for no, with --refuse", err=True)


def tell_lineage(session: Session) -> None:
    """Send the lineage events that are due, when a receiver is set; a few seconds at most, and nothing is raised."""
    if session.workspace.settings.openlineage:
        compat = import_module("tidemill.compat")
        compat.send_for_a_while(session.workspace, lambda line: typer.echo(safe_text(line), err=True))


def print_step(step: StepRun) -> None:
    """Print what a step did, as it ends."""
    colors = {"executed": typer.colors.CYAN, "reused": typer.colors.GREEN, "failed": typer.colors.RED}
    color = colors.get(step.state, typer.colors.YELLOW)
    state = typer.style(f"{step.state:<8}", fg=color)
    note = safe_text(step.note.partition("\n")[0])
    typer.echo(f"  {step.position + 1}  {step.step:<14} {state}  {step.seconds:6.2f} s  {note}")


def print_released(released: Released) -> None:
    """Print how a run's candidate fared."""
    run = released.run
    typer.echo(f"run {run.run_id} finished: {run.n_executed()} of {len(run.steps)} steps executed")
    for release in released.releases:
        for check in release.judged.checks:
            typer.echo(f"  gate  {'passed ' if check.passed else 'refused'}  {check.sentence}")
        if release.note:
            typer.echo(release.note)
            continue
        if release.version is None or release.promotion is None or release.revision is None:
            typer.echo(f"refused: {release.verdict.endpoint} goes on as it was")
            continue
        moved = "now" if release.promotion.changed else "already"
        typer.echo(f"{release.version.reference} is {moved} {release.promotion.model}@{release.promotion.alias}")
        typer.echo(f"endpoint {release.revision.endpoint} serves it as revision {release.revision.revision}")


def tell_code(session: Session) -> None:
    """Say that this run uses the working tree where the environment's other runs use a bundle."""
    env = session.workspace.settings.env
    deployed = session.workspace.bundles.deployed(session.caller, env)
    if deployed is not None:
        line = f"scheduled and triggered runs of {env} use bundle {deployed.digest[:12]}"
        typer.echo(f"this run uses the working tree; {line}", err=True)


def print_pins(settings: Settings) -> None:
    """Say that a run on pinned data releases nothing."""
    if settings.pins:
        pinned = ", ".join(reference for _, reference in settings.pins)
        typer.echo(f"pinned to {safe_text(pinned)}: a run on pinned data releases nothing")


def released_json(released: Released) -> dict[str, Any]:
    """Return how a run's candidate fared, as JSON."""
    return {
        "run_id": released.run.run_id,
        "pipeline": released.run.pipeline,
        "n_executed": released.run.n_executed(),
        "steps": released.run.steps,
        "releases": [
            {
                "verdict": release.verdict,
                "version": release.version.reference if release.version else None,
                "promotion": release.promotion,
                "note": release.note,
                "requests": release.requests,
                "revision": release.revision,
            }
            for release in released.releases
        ],
    }


def _quiet(_: StepRun) -> None:
    """Say nothing: the JSON at the end holds it all."""
