"""Running a pipeline for the command line: what `tidemill run` does once the project's module is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from rich.console import Console

from tidemill.cli.output import only_json, print_json, safe_text
from tidemill.cli.run_display import RunProgress, shown_run
from tidemill.cli.session import open_session, parse_params
from tidemill.pipelines import RunOptions, StepRun
from tidemill.project import gather_project
from tidemill.release import Released, run_and_release


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    pipeline: str | None
    params: Sequence[str]
    use_cache: bool
    folder: Path
    home: Path | None
    project: str | None
    json: bool


def perform(asked: Asked, file: Path, module: ModuleType) -> None:
    """Run the pipeline and print what came of it. Exit code 1 when a gate refuses the candidate."""
    session = open_session(asked.folder, asked.home, asked.project, create=True)
    declared = gather_project(asked.folder, file, module)
    params = parse_params(list(asked.params))
    progress = RunProgress(session, declared.pipeline(asked.pipeline).name)
    console = Console(highlight=False, force_terminal=False) if asked.json else None
    with only_json(asked.json), shown_run(progress.look, _quiet if asked.json else print_step, console) as on_step:
        options = RunOptions(use_cache=asked.use_cache, on_step=on_step)
        released = run_and_release(session.workspace, declared, session.caller, asked.pipeline, params, options)
    if asked.json:
        print_json(released_json(released))
    else:
        print_released(released)
    if not all(release.verdict.passed for release in released.releases):
        raise typer.Exit(1)


def print_step(step: StepRun) -> None:
    """Print what a step did, as it ends."""
    color = {"executed": typer.colors.CYAN, "reused": typer.colors.GREEN, "failed": typer.colors.RED}[step.state]
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
                "revision": release.revision,
            }
            for release in released.releases
        ],
    }


def _quiet(_: StepRun) -> None:
    """Say nothing: the JSON at the end holds it all."""
