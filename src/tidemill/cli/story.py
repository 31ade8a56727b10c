"""What the demo tells, chapter by chapter. It calls the same verbs as everybody; what it prints it reads back."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from tidemill.cli.example import Flights
from tidemill.cli.nightly import Nights
from tidemill.cli.own_command import own_command
from tidemill.cli.processes import Supervisor
from tidemill.cli.replay import Places, Replay
from tidemill.cli.session import Session
from tidemill.cli.timeline import Timeline, chart_of
from tidemill.cli.weeks import Weeks
from tidemill.cli.why import print_why
from tidemill.cli.year import Year
from tidemill.client import Client
from tidemill.core import StoredClock, TidemillError, UnavailableError
from tidemill.loop import Turn

ENDPOINT = "delay"
FIRST_DAY = date(2013, 3, 1)
LAST_DAY = date(2013, 12, 31)
_LOAD_WITHIN_S = 30.0


class DemoError(TidemillError):
    """The demo did not come out as it should; the message says where."""


@dataclass(frozen=True)
class Stage:
    """Where the story plays: the project's folder, the year of flights, the clock that it drives."""

    session: Session
    flights: Flights
    clock: StoredClock


class Story:
    """The demo's chapters, in order. Quiet, it prints nothing and only gathers facts."""

    def __init__(self, stage: Stage, until: date = LAST_DAY, *, quiet: bool = False) -> None:
        self._session = stage.session
        self._workspace = stage.session.workspace
        self._flights = stage.flights
        self._clock = stage.clock
        self._until = until
        self._quiet = quiet
        self._replay: Replay | None = None
        self._preparing: subprocess.Popen[str] | None = None
        self._prepared = stage.session.workspace.home / "replay"
        self._weeks = Weeks(self._workspace, stage.session.caller, ENDPOINT)

    def unpack(self) -> None:
        """Write the first two months of raw data, as of the first of March."""
        self._chapter("January and February 2013 come in; it is midnight on the first of March")
        folder = self._workspace.folder
        command = [sys.executable, "-m", "tidemill.cli.year", str(folder), str(self._prepared)]
        days = [FIRST_DAY.isoformat(), self._until.isoformat()]
        # It goes on while the first model is trained.
        self._preparing = subprocess.Popen(
            [*command, *days], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_own_environment()
        )
        said = self._preparing.stdout.readline().strip() if self._preparing.stdout else ""
        if not said.isdigit():
            raise DemoError(f"the flights cannot be unpacked: {self._preparing.communicate()[1].strip()}")
        self._say(f"{int(said):,} flights and the weather of their hours are in {folder.name}/data")

    @contextmanager
    def training(self) -> Iterator[Callable[[], None]]:
        """Run the pipeline: checked, trained, judged, registered, promoted, deployed. Yield what waits for its end."""
        self._chapter("tidemill run: checked, trained, tuned, judged, deployed")
        with ThreadPoolExecutor(1, thread_name_prefix="training") as beside:
            yield beside.submit(self._run, lambda line: self._say(line.rstrip())).result

    def train_again(self) -> None:
        """Run it again: nothing has changed, nothing is executed."""
        self._chapter("tidemill run, once more")
        lines: list[str] = []
        self._run(lines.append, "--json")
        found = json.loads("".join(lines))
        if found["n_executed"]:
            raise DemoError(f"the second run executed {found['n_executed']} steps although nothing had changed")
        self._say(f"nothing executed: all {len(found['steps'])} steps reused")

    def open(self, supervisor: Supervisor) -> None:
        """Wait until the endpoint answers."""
        self._chapter("tidemill up: the endpoint opens, and the loop begins to watch it")
        deadline = time.monotonic() + _LOAD_WITHIN_S
        with Client(self._address(serving=True)) as client:
            while not _loaded(client):
                if time.monotonic() > deadline:
                    raise UnavailableError(f"{self._address(serving=True)} did not load {ENDPOINT!r} in 30 s")
                time.sleep(0.05)
        answers = f"POST {self._address(serving=True)}/predict/{ENDPOINT} answers"
        self._say(f"{len(supervisor.pids())} processes are up; {answers}, and the pages are at {self._address()}")

    def live_the_year(self) -> None:
        """Predict every flight over HTTP, send its label a day late, and let the loop turn."""
        n_days = (self._until - FIRST_DAY).days + 1
        self._chapter(f"{n_days} days of flights, in the order of their event time; nobody touches anything")
        year, views = self._year(), self._session.project().feature_views.values()
        nights = Nights(year, self._workspace.folder / "data", views, self._workspace.features)
        with (
            # Clients that do not ask again by themselves: what fails is counted.
            Client(self._address(serving=True), retry_s=0.0) as data_plane,
            Client(self._address(), retry_s=0.0) as server,
            Timeline(quiet=self._quiet) as timeline,
        ):
            places = Places(data_plane, server, self._clock, self._revision)
            self._replay = Replay(places, ENDPOINT, year, self._flights.midnight)

            def tell(doing: str) -> None:
                if doing:
                    timeline.say(doing)
                    return
                for week in self._weeks.measured_since():
                    timeline.add(week)

            days = [FIRST_DAY + timedelta(days=n) for n in range(n_days)]
            self._replay.live(days, self._session.caller, nights, tell)
            self._replay.end(self._until + timedelta(days=1), tell)

    def sum_up(self) -> dict[str, Any]:
        """Draw the year, add it up, and ask the surest answer why."""
        replay = self._replay
        if replay is None:
            raise DemoError("the year was not lived")
        console = Console(highlight=False, soft_wrap=True)
        if not self._quiet:
            typer.echo()
            for drawn in chart_of(self._weeks.shown):
                console.print(drawn)
        facts = self._facts(replay)
        for line in _totals(facts):
            self._say(line)
        asked = max(
            self._workspace.predictions.recent(self._session.caller, ENDPOINT, 1000), key=lambda each: each.value or 0.0
        )
        self._chapter(f"tidemill why {asked.prediction_id}")
        why = self._workspace.evidence.why(self._session.caller, asked.prediction_id)
        if not self._quiet:
            print_why(why)
        return facts | {
            "prediction_id": asked.prediction_id,
            "model": why.version.reference,
            "run_id": why.version.run_id,
        }

    def close(self, facts: dict[str, Any], folder: Path) -> None:
        """Say what to do next; `folder` as it was given."""
        command = own_command(folder)
        self._chapter(f"done in {facts['seconds']} s; go on with")
        self._say(f"cd {shlex.quote(str(folder))}")
        verbs = {
            "up": f"the same on pages: /endpoints/{ENDPOINT}",
            f"loop {ENDPOINT}": "its turns: what fired, what was promoted or refused",
            f"monitor {ENDPOINT}": "every week, measured",
            f"why {facts['prediction_id']}": "what stands behind an answer",
            "verify": "that nobody has altered the record of it",
        }
        width = max(map(len, verbs))
        for verb, comment in verbs.items():
            self._say(f"{command} {verb:<{width}}  # {comment}")

    def say_kept(self, addresses: dict[str, str]) -> None:
        """Say what stays up."""
        self._chapter("everything stays up until Ctrl-C")
        for name, address in addresses.items():
            self._say(f"{name:<8} {address}")

    def _facts(self, replay: Replay) -> dict[str, Any]:
        caller, workspace = self._session.caller, self._workspace
        n_logged = workspace.predictions.count(caller, ENDPOINT)
        if n_logged != replay.n_predicted:
            raise DemoError(f"{replay.n_predicted:,} answers came and the log holds {n_logged:,}")
        waiting = workspace.feedback.count_quarantined(caller, ENDPOINT)
        if waiting:
            raise DemoError(f"labels wait in quarantine: {', '.join(f'{n} {why}' for why, n in waiting.items())}")
        turns = workspace.loop.turns(caller, ENDPOINT, 1000)
        promotions = [turn for turn in reversed(turns) if turn.state == "promoted"]
        return {
            "n_predictions": n_logged,
            "n_labels": replay.n_labels,
            "n_requests": replay.n_requests,
            "n_failed": replay.n_failed,
            "n_asked_again": replay.n_again,
            "n_weeks": len(self._weeks.shown),
            "n_turns": len(turns),
            "n_promoted": len(promotions),
            # One that gave the very champion again changes nothing either.
            "n_refused": sum(turn.state in {"refused", "unchanged"} for turn in turns),
            "n_failed_turns": sum(turn.state == "failed" for turn in turns),
            "champions": [f"{ENDPOINT}/1", *(turn.after for turn in promotions)],
            "turns": [_told(turn) for turn in reversed(turns)],
            "retraining_seconds": round(sum(turn.seconds or 0.0 for turn in turns), 1),
            **self._weeks.gain(),
        }

    def _run(self, each_line: Callable[[str], object], *options: str) -> None:
        """Call `tidemill run` as a person does. Raises DemoError with its last line when it fails."""
        command = [sys.executable, "-m", "tidemill", "run", "--folder", str(self._workspace.folder), *options]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_own_environment()
        ) as process:
            if process.stdout is None or process.stderr is None:
                raise DemoError("tidemill run gives no output")
            for line in process.stdout:
                each_line(line)
            said = process.stderr.read().strip()
        if process.returncode:
            raise DemoError(f"tidemill run ended with exit code {process.returncode}: {said or 'see its lines above'}")

    def _revision(self) -> int:
        return self._workspace.deployments.get(self._session.caller, ENDPOINT).revision

    def _year(self) -> Year:
        """Return the year once it is prepared."""
        if self._preparing is not None:
            said = self._preparing.communicate()[1].strip()
            if self._preparing.returncode:
                raise DemoError(f"the year cannot be prepared: {said}")
        return Year(self._prepared)

    def _address(self, *, serving: bool = False) -> str:
        settings = self._workspace.settings
        return f"http://{settings.host}:{settings.data_plane_port() if serving else settings.port}"

    def _chapter(self, title: str) -> None:
        if not self._quiet:
            typer.echo()
            typer.secho(f"~ {title}", bold=True)

    def _say(self, line: str) -> None:
        if not self._quiet:
            typer.echo(f"  {line}")


def _totals(facts: dict[str, Any]) -> Sequence[str]:
    sent = (
        f"{facts['n_predictions']:,} flights predicted in {facts['n_requests']:,} requests, {facts['n_failed']} failed"
    )
    ended = f"{facts['n_promoted']} promoted, {facts['n_refused']} refused, {facts['n_failed_turns']} failed"
    gain = f"{facts['auc']:.3f} as served, {facts['auc_never']:.3f} had the first model stayed: {facts['gain']:+.3f}"
    return (
        f"{sent}; {facts['n_labels']:,} labels came a day late",
        f"{facts['n_weeks']} weeks measured; {facts['n_turns']} retrainings: {ended}; {facts['retraining_seconds']} s",
        f"AUC over the weeks: {gain}; better in {facts['n_better']} weeks, worse in {facts['n_worse']}",
    )


def _told(turn: Turn) -> dict[str, Any]:
    return {
        "due_at": turn.due_at,
        "trigger": turn.trigger,
        "state": turn.state,
        "before": turn.before,
        "after": turn.after,
        "outcome": turn.outcome,
    }


def _own_environment() -> dict[str, str]:
    """Return the environment without settings: what it names is another's store."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDEMILL_")}


def _loaded(client: Client) -> bool:
    try:
        status = client.get("/endpoints")
    except UnavailableError:
        return False
    return any(each.get("endpoint") == ENDPOINT and each.get("revision") for each in status["endpoints"])
