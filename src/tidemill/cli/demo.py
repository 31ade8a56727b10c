"""tidemill demo: a year of real flights in a minute, and the loop that keeps its model fresh by itself."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.cli.demo_folder import CLOCK, check_demo_folder, make_demo_folder
from tidemill.cli.example import load_flights
from tidemill.cli.extras import DEMO, check_installed
from tidemill.cli.home import check_home, using_home
from tidemill.cli.options import Json
from tidemill.cli.output import print_json
from tidemill.cli.processes import check_port
from tidemill.cli.session import Session
from tidemill.cli.signals import calling
from tidemill.cli.story import FIRST_DAY, LAST_DAY, Stage, Story
from tidemill.cli.up import addresses_of, running, with_ports
from tidemill.core import Settings, StoredClock, UsageError

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    home: Annotated[Path, typer.Option("--home", help="Folder to work in; made anew each time.")] = Path(
        "tidemill-demo"
    ),
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server, the pages and the endpoint up.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65534, help="Port of the server; 0 takes a free one.")] = 0,
    anew: Annotated[bool, typer.Option("--anew", help="Throw away what was changed in the folder.")] = False,
    until: Annotated[
        datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day of 2013 to live again.")
    ] = datetime(2013, 12, 31),  # noqa: DTZ001 - a day of the calendar
    json: Json = False,
) -> None:
    """Live the flights of 2013 again over real HTTP: a model is served, watched, retrained, promoted or refused."""
    started = time.perf_counter()
    check_installed("tidemill demo", DEMO)
    check_home(home)
    check_demo_folder(home, anew=anew)
    last_day = _last_day(until.date())
    # What the environment names is another's: the demo's store is always below its own folder.
    clock_file = home.absolute() / CLOCK
    settings = with_ports(Settings(home=home / ".tidemill", module="flights.py", port=port, clock=clock_file))
    for each in (settings.port, settings.data_plane_port()):
        check_port(settings.host, each)
    make_demo_folder(home)
    with using_home(settings.home):
        flights = load_flights(home)
        clock = StoredClock(clock_file)
        clock.set(flights.midnight(FIRST_DAY))
        story = Story(Stage(_session(home, settings), flights, clock), last_day, quiet=json)
        story.unpack()
        # The processes come up beside the first training, which keeps one core busy.
        with story.training() as trained, running(settings, home.absolute()) as supervisor:
            with supervisor.watching():
                trained()
                story.train_again()
                story.open(supervisor)
                story.live_the_year()
                facts = story.sum_up()
            facts["seconds"] = round(time.perf_counter() - started, 1)
            with calling(supervisor.request_stop):
                story.close(facts, home)
                if json:
                    print_json(facts | {"addresses": addresses_of(settings), "kept": keep})
                if keep:
                    story.say_kept(addresses_of(settings))
                    supervisor.watch()
    if keep and not json:
        typer.echo("stopped")


def _last_day(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise UsageError(f"--until is {day.isoformat()}; allowed is {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}")
    return day


def _session(home: Path, settings: Settings) -> Session:
    return Session(open_workspace(home, settings), local_caller(settings.project))
