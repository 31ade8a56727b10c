"""What the demo tells, chapter by chapter. It calls the same verbs as everybody; what it prints it reads back."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tidemill.cli.example import Flights
from tidemill.cli.own_command import own_command
from tidemill.cli.processes import Supervisor
from tidemill.cli.run_project import print_released, print_step
from tidemill.cli.session import Session
from tidemill.cli.why import print_why
from tidemill.client import Client
from tidemill.core import TidemillError, UnavailableError, iso
from tidemill.evaluation.auc import auc
from tidemill.pipelines import CodeReader, InputResolver, RunOptions, StepRun
from tidemill.release import Released, run_and_release
from tidemill.serving import LoggedPrediction

ENDPOINT = "delay"
_MARCH = [date(2013, 3, 1) + timedelta(days=n) for n in range(31)]
_BATCH = 200
_PATIENCE_S = 15.0
T = TypeVar("T")
_REQUEST = ["flight_id", "scheduled_at", "carrier", "origin", "dest", "distance", "hour", "weekday", "hour_at"]


class DemoError(TidemillError):
    """The demo did not come out as it should; the message says where."""


class Story:
    """The demo's chapters, in order. Quiet, it prints nothing and only gathers facts."""

    def __init__(self, session: Session, flights: Flights, *, quiet: bool = False) -> None:
        self._session = session
        self._workspace = session.workspace
        self._flights = flights
        self._quiet = quiet
        self._declared = session.project()
        self._data = self._workspace.folder / "data"
        self._code = CodeReader(self._declared.folder)
        self._answered: list[str] = []

    def unpack(self) -> None:
        """Write the first two months of raw data and commit them, checked."""
        self._chapter("January and February 2013 come in")
        self._flights.write_months(self._data, [1, 2])
        resolver = self._resolver()
        for source in self._declared.sources.values():
            version = self._workspace.datasets.get(self._session.caller, resolver.version(source).reference)
            self._say(
                f"{version.reference}: {version.n_rows:,} rows, {len(version.checks)} checks passed, "
                f"{iso(version.first_event_at)[:10]} to {iso(version.last_event_at)[:10]}, digest {version.digest[:12]}"
            )

    def train(self) -> None:
        """Run the pipeline: judged, registered, promoted, deployed."""
        self._chapter("the pipeline runs, and its candidate is judged")
        released = self._run()
        if not self._quiet:
            print_released(released)
        if not all(release.verdict.passed for release in released.releases):
            raise DemoError("the gate refused the demo's model; see the checks above")

    def train_again(self) -> None:
        """Run it again: nothing has changed, nothing is executed."""
        self._chapter("the same run again")
        released = self._run()
        executed = released.run.n_executed()
        if executed:
            raise DemoError(f"the second run executed {executed} steps although nothing had changed")
        self._say(
            f"nothing executed: all {len(released.run.steps)} steps reused; {released.releases[0].verdict.model} stays"
        )

    def open(self, supervisor: Supervisor) -> None:
        """Bring the features online as known on the first of March, and wait until the endpoint answers."""
        self._chapter("the endpoint opens")
        self._bring_online(_MARCH[0])
        deadline = time.monotonic() + 30
        settings = self._workspace.settings
        address = f"http://{settings.host}:{settings.data_plane_port()}"
        with Client(address) as client:
            while not _loaded(_patiently(lambda: client.get("/endpoints"))):
                if time.monotonic() > deadline:
                    raise UnavailableError(f"{address} did not load endpoint {ENDPOINT!r} in 30 s")
                time.sleep(0.05)
        self._say(f"{len(supervisor.pids())} processes are up; {address}/predict/{ENDPOINT} answers")

    def predict_march(self) -> None:
        """Predict every flight of March over HTTP, each day with what was known at its midnight."""
        self._chapter("March is predicted, day by day, over HTTP")
        settings = self._workspace.settings
        address = f"http://{settings.host}:{settings.data_plane_port()}"
        started = time.perf_counter()
        n_requests = 0
        with Client(address) as client:
            for day in self._progress(_MARCH):
                rows = self._requests(day)
                for start in range(0, len(rows), _BATCH):
                    self._answered += self._ask(client, rows[start : start + _BATCH])
                    n_requests += 1
                self._flights.write_day(self._data, day)
                self._bring_online(day + timedelta(days=1))
        seconds = time.perf_counter() - started
        self._say(f"{n_requests} requests in {seconds:.1f} s, with the day's outcomes ingested each night")

    def ask_why(self) -> dict[str, Any]:
        """Read the predictions back, judge them by what came, and ask one of them why."""
        caller, workspace = self._session.caller, self._workspace
        logged = self._logged()
        joined = self._outcomes().join(
            pl.DataFrame({"flight_id": [str(each.key) for each in logged], "value": [each.value for each in logged]}),
            on="flight_id",
            how="inner",
        )
        known = joined.drop_nulls("late")
        found = auc(known["late"].cast(pl.Float64).to_numpy(), known["value"].to_numpy())
        self._say(
            f"the log holds {len(logged):,} predictions; {known.height:,} flights have arrived since: "
            f"AUC {found.value:.3f} (95 % {found.low:.3f} to {found.high:.3f}); "
            f"{joined.height - known.height:,} never arrived and have no label"
        )
        asked = max(logged, key=lambda each: each.value or 0.0)
        self._chapter(f"tidemill why {asked.prediction_id}")
        why = workspace.evidence.why(caller, asked.prediction_id)
        if not self._quiet:
            print_why(why)
        return {
            "n_predictions": len(logged),
            "n_labelled": known.height,
            "auc": found.value,
            "prediction_id": asked.prediction_id,
            "model": why.version.reference,
            "run_id": why.run.run.id,
        }

    def close(self, facts: dict[str, Any], folder: Path) -> None:
        """Say what to do next; `folder` as it was given."""
        command = own_command(folder)
        self._chapter(f"done in {facts['seconds']} s; go on with")
        self._say(f"cd {shlex.quote(str(folder))}")
        verbs = {
            "up": "pages, API, endpoint",
            f"why {facts['prediction_id']}": "the same again",
            "plan": "what March would change",
            "run": "train with March, judged by the same gate",
            "audit": "who changed what",
        }
        width = max(map(len, verbs))
        for verb, comment in verbs.items():
            self._say(f"{command} {verb:<{width}}  # {comment}")

    def say_kept(self, addresses: dict[str, str]) -> None:
        """Say what stays up."""
        self._chapter("everything stays up until Ctrl-C")
        for name, address in addresses.items():
            self._say(f"{name:<8} {address}")

    def _ask(self, client: Client, rows: list[dict[str, Any]]) -> list[str]:
        """Ask once more where no answer came: what is counted is what was answered."""
        project = self._workspace.settings.project
        answers = _patiently(lambda: client.predict(ENDPOINT, rows, project=project))
        return [each.prediction_id for each in answers]

    def _logged(self) -> list[LoggedPrediction]:
        """Read the answers that came back from the log; a repeated question may have left more there."""
        caller, answered = self._session.caller, set(self._answered)
        found = self._workspace.predictions.recent(caller, ENDPOINT, 100_000)
        logged = [each for each in found if each.prediction_id in answered]
        if len(logged) != len(self._answered):
            raise DemoError(f"{len(self._answered):,} answers came and the log holds {len(logged):,} of them")
        return logged

    def _run(self) -> Released:
        def tell(step: StepRun) -> None:
            if not self._quiet:
                print_step(step)

        options = RunOptions(on_step=tell)
        return run_and_release(self._workspace, self._declared, self._session.caller, "delays", {}, options)

    def _resolver(self) -> InputResolver:
        return InputResolver(self._workspace.datasets, self._session.caller, self._declared.folder, self._code)

    def _bring_online(self, day: date) -> None:
        resolver = self._resolver()
        until = self._flights.midnight(day)
        for view in self._declared.feature_views.values():
            rows = self._workspace.datasets.scan(resolver.version(view.source))
            self._workspace.features.materialize(self._session.caller, view, rows, until)

    def _requests(self, day: date) -> list[dict[str, Any]]:
        clean = self._declared.sources["flights"].clean
        raw = self._flights.day(day).lazy()
        rows = (clean(raw) if clean else raw).select(_REQUEST).sort("scheduled_at").collect()
        return rows.with_columns(pl.col("hour_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_dicts()

    def _outcomes(self) -> pl.DataFrame:
        datasets = self._workspace.datasets
        version = datasets.get(self._session.caller, "flights@latest")
        return datasets.scan(version).select("flight_id", "late").collect()

    def _progress(self, days: list[date]) -> Iterator[date]:
        console = Console()
        if self._quiet or not console.is_terminal:
            yield from days
            return
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("days", total=len(days))
            for day in days:
                bar.update(task, description=day.isoformat())
                yield day
                bar.advance(task)

    def _chapter(self, title: str) -> None:
        if not self._quiet:
            typer.echo()
            typer.secho(f"~ {title}", bold=True)

    def _say(self, line: str) -> None:
        if not self._quiet:
            typer.echo(f"  {line}")


def _loaded(status: Any) -> bool:
    return any(each.get("endpoint") == ENDPOINT and each.get("revision") for each in status["endpoints"])


def _patiently(ask: Callable[[], T]) -> T:
    """Ask again for a few seconds while the data plane is being started again. Raises what the last try raises."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ask()
        except UnavailableError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)
