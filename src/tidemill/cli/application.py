"""The command `tidemill`: a table of commands, each in a module that is imported when it is called."""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from tidemill.cli.environment import environment_of
from tidemill.cli.output import safe_text
from tidemill.cli.signals import interrupting
from tidemill.core import TidemillError, did_you_mean

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("tidemill.cli.demo", "Live a year of real flights again: predict, watch, retrain, promote or refuse."),
    "init": ("tidemill.cli.init", "Start a project in a folder."),
    "up": ("tidemill.cli.up", "Start server, pages, worker, scheduler and data plane; stop with Ctrl-C."),
    "run": ("tidemill.cli.run", "Run a pipeline, and release what it offers if the gate lets it pass."),
    "kuberay": ("tidemill.cli.kuberay", "Write the manifest of a Ray cluster for Kubernetes."),
    "plan": ("tidemill.cli.plan", "Say what a run would do, why, how long and at what cost; check afterwards."),
    "graph": ("tidemill.cli.graph", "Draw the graph of a pipeline, or of a run with what each step came to."),
    "ingest": ("tidemill.cli.ingest", "Check the sources' files and commit dataset versions."),
    "materialize": ("tidemill.cli.materialize", "Bring feature values online for serving."),
    "data": ("tidemill.cli.data", "List and show versions of datasets; commit and check out folders."),
    "tables": ("tidemill.cli.tables", "List tables, or show one with its columns, versions and rows."),
    "package": ("tidemill.cli.package", "Make a bundle of the project's code: show its files, then store them."),
    "bundles": ("tidemill.cli.bundles", "List bundles of code and where they are deployed, or show one."),
    "bundle": ("tidemill.cli.bundle", "Deploy a bundle, promote it, roll it back, unpack it."),
    "sync": ("tidemill.cli.sync", "Bring what waits in journals to the store or server it was logged to."),
    "limits": ("tidemill.cli.limits", "List every limit of logging, and what happens beyond it."),
    "artifacts": ("tidemill.cli.artifacts", "List, put, get or delete the files that a run keeps."),
    "runs": ("tidemill.cli.runs", "List runs, find, count and export some, or show one with its steps."),
    "views": ("tidemill.cli.views", "Keep searches of runs under names."),
    "approvals": ("tidemill.cli.approvals", "List what waits for an answer: promotions, and what runs ask."),
    "approve": ("tidemill.cli.approve", "Say yes to a promotion that waits, or to what a run asks."),
    "reject": ("tidemill.cli.reject", "Say no to a promotion that waits, or to what a run asks."),
    "cancel": ("tidemill.cli.cancel", "Cancel a run that is at work or waits."),
    "steps": ("tidemill.cli.steps", "Show what steps of runs did, took and cost, and what they returned."),
    "logs": ("tidemill.cli.logs", "Show what the steps of a run wrote, also while it is running."),
    "components": ("tidemill.cli.components", "List steps and pipelines to be used, or show one."),
    "env": ("tidemill.cli.env", "Lock, make and check a project's environment, and compare it with a run's."),
    "ci": ("tidemill.cli.ci", "Check a clean clone, or a bundle, as it would be deployed."),
    "checkout": ("tidemill.cli.checkout", "Open a folder with a run's code, changes, params, lock and data versions."),
    "jobs": ("tidemill.cli.jobs", "List queued work, show a job, cancel it, or try a dead one again."),
    "models": ("tidemill.cli.models", "List models, or show one or one of its versions."),
    "model": ("tidemill.cli.model", "Describe, tag, place, rename and delete models and versions; register files."),
    "serve": ("tidemill.cli.serve", "Serve a model version, a model file or an MLmodel folder; no pipeline needed."),
    "promote": ("tidemill.cli.promote", "Bring a model version into an environment through its gate."),
    "demote": ("tidemill.cli.demote", "Take a model version out of an environment, or an alias away."),
    "evidence": ("tidemill.cli.evidence", "Show what gates know of a model version, and collect more of it."),
    "endpoints": ("tidemill.cli.endpoints", "List endpoints, or show one with its revisions."),
    "deploy": ("tidemill.cli.deploy", "Serve a model version at an endpoint."),
    "roll-back": ("tidemill.cli.roll_back", "Serve again what an endpoint served before."),
    "monitor": ("tidemill.cli.monitor", "Show what was found in each window: the metric served, coverage, drift."),
    "loop": ("tidemill.cli.loop", "Say what the loop did, what is held back and why, and what is due next."),
    "retrain": ("tidemill.cli.retrain", "Begin a turn of the loop by hand."),
    "predict": ("tidemill.cli.predict", "Ask an endpoint for predictions, from a file of rows or one row."),
    "predictions": ("tidemill.cli.predictions", "List the last predictions of an endpoint."),
    "label": ("tidemill.cli.label", "Record what turned out true, from a file of labels by prediction id."),
    "labels": ("tidemill.cli.labels", "Show how many predictions of an endpoint have a label, and what waits."),
    "why": ("tidemill.cli.why", "Say what stands behind a prediction, or why a step was executed or reused."),
    "webhooks": ("tidemill.cli.webhooks", "Tell addresses what happens: make, change, test, see what was delivered."),
    "audit": ("tidemill.cli.audit", "List who changed what."),
    "verify": ("tidemill.cli.verify", "Check that nobody has changed the audit trail."),
    "backup": ("tidemill.cli.backup", "Back up the store while it is in use."),
    "restore": ("tidemill.cli.restore", "Bring a backup back as a new store."),
    "copy": ("tidemill.cli.copy", "Copy a store to another, and compare the two."),
    "import": ("tidemill.cli.import_store", "Bring runs and models here from MLflow: a folder, database or server."),
    "export": ("tidemill.cli.export_store", "Take runs and models to MLflow: an mlruns folder, as it keeps them."),
    "encryption": ("tidemill.cli.encryption", "Show the keys of an encrypted store, and rotate them."),
    "migrate": ("tidemill.cli.migrate", "Bring a store of an older Tidemill up to date."),
    "collect": ("tidemill.cli.collect", "Let go what retention does not keep, and blobs that no record names."),
    "erase": (
        "tidemill.cli.erase",
        "Erase an entity from everything that is kept, and say what held it.",
    ),
    "token": ("tidemill.cli.token", "Make, list and revoke tokens."),
}

_INTERRUPTED = 130
_COLLECT_EVERY = 20_000


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports the module of the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base class's signature
        """Return the commands in the order of the table, which is that of the loop."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        """Return a stand-in with name and help; the real one is fetched by `resolve_command`."""
        entry = COMMANDS.get(cmd_name)
        return TyperCommand(cmd_name, help=entry[1]) if entry else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ARG002
        """Import the command that is called. Raises BadParameter for one that is not in the table."""
        name = args[0]
        if name not in COMMANDS:
            raise typer.BadParameter(f"there is no command {name!r}.{did_you_mean(name, COMMANDS)}")
        module = import_module(COMMANDS[name][0])
        command = typer.main.get_command(module.app)
        command.name = name
        return name, command, args[1:]


app = typer.Typer(
    name="tidemill",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Tidemill: the whole MLOps loop in one command.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage (3: see plan --exit-code). Every command takes --json, and "
    "--env NAME for an environment of tidemill.toml.",
)


@app.callback(invoke_without_command=True)
def tidemill(
    version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True),
    json_: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Print the version when asked; else leave it to the command."""
    if version:
        from tidemill import __version__

        typer.echo(json.dumps({"version": __version__}) if json_ else f"tidemill {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

    With TIDEMILL_DEBUG set an unexpected error prints its traceback.
    """
    # Threads of OpenMP, which wait for each other actively, stand still for seconds where others work beside them.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    # A starting program makes many objects and no garbage: looking for it costs a tenth of the start.
    gc.set_threshold(_COLLECT_EVERY)
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        with interrupting(), environment_of(given):
            code = app(given, standalone_mode=False)
        if code == _INTERRUPTED:
            code = _report_interrupt(as_json=as_json)
    except KeyboardInterrupt:
        code = _report_interrupt(as_json=as_json)
    except typer.TyperException as error:
        tell = getattr(error, "format_message", error.__str__)
        message = f"{tell()} ('tidemill --help' lists what there is)"
        code = _report("usage", message, 2, as_json=as_json)
    except TidemillError as error:
        for line in getattr(error, "details", "").splitlines() if not as_json else ():
            typer.echo(safe_text(line), err=True)
        code = _report(error.code, str(error), error.exit_code, as_json=as_json)
    except OSError as error:
        code = _report("failed", _os_error(error), 1, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last net: a person is told in one line, whatever it is
        code = _report("internal", _internal_error(error), 1, as_json=as_json)
    raise SystemExit(code if isinstance(code, int) else 0)


def _report(code: str, message: str, exit_code: int, *, as_json: bool) -> int:
    if as_json:
        typer.echo(json.dumps({"error": {"code": code, "message": message}}), err=True)
    else:
        typer.echo(f"error: {safe_text(message)}", err=True)
    return exit_code


def _report_interrupt(*, as_json: bool) -> int:
    told = "interrupted; run the same command again"
    if as_json:
        return _report("interrupted", told, _INTERRUPTED, as_json=True)
    typer.echo(told, err=True)
    return _INTERRUPTED


def _os_error(error: OSError) -> str:
    _print_traceback()
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}"


def _internal_error(error: Exception) -> str:
    _print_traceback()
    return (
        f"internal error: {type(error).__name__}: {' '.join(str(error).split())}; "
        "run again with TIDEMILL_DEBUG=1 for the traceback"
    )


def _print_traceback() -> None:
    if os.environ.get("TIDEMILL_DEBUG"):
        traceback.print_exc()
