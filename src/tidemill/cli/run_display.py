"""How far a run is, below the lines of its steps on a terminal; nothing more than the lines where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tidemill.cli.output import safe_text
from tidemill.cli.session import Session
from tidemill.core import TidemillError, from_iso
from tidemill.pipelines import StepRun, element_counts, n_done

_EVERY_S = 0.5
_MOST_SHOWN = 8
_BAR = 24


@dataclass(frozen=True)
class AtWork:
    """A step that runs now. expected_s: how long it took last, None when that is not known; n: elements of a map."""

    name: str
    seconds: float
    expected_s: float | None = None
    done: int = 0
    n: int | None = None

    @property
    def share(self) -> float | None:
        """How much of it is done, by its elements or by the time it took last; None when nothing tells.

        >>> AtWork("a", 3.0, done=5, n=10).share, AtWork("a", 3.0, 4.0).share, AtWork("a", 9.0, 4.0).share
        (0.5, 0.75, 0.99)
        """
        if self.n:
            return self.done / self.n
        return min(0.99, self.seconds / self.expected_s) if self.expected_s else None

    @property
    def words(self) -> str:
        """How far it is, in words.

        >>> AtWork("a", 3.0, done=812, n=1000).words, AtWork("a", 3.0, 4.0).words, AtWork("a", 3.0).words
        ('812 of 1,000, 3 s', '3 s of about 4 s', '3 s')
        """
        if self.n:
            return f"{self.done:,} of {self.n:,}, {self.seconds:.0f} s"
        return f"{self.seconds:.0f} s" + (f" of about {self.expected_s:.0f} s" if self.expected_s else "")


@dataclass(frozen=True)
class Progress:
    """How many steps a run has, and which are at work."""

    n_steps: int
    at_work: tuple[AtWork, ...] = ()


class RunProgress:
    """Looks into the store for how far the run of a pipeline is that this process has begun."""

    def __init__(self, session: Session, pipeline: str) -> None:
        self._session = session
        self._pipeline = pipeline
        before = session.workspace.tracking.list_runs(session.caller, pipeline, 1)
        self._before = before[0].id if before else ""
        steps = session.workspace.pipelines.steps(session.caller, self._before) if before else []
        self._last: Mapping[str, float] = {step.step: step.seconds for step in steps if step.state == "executed"}
        self._n_last = len(steps)

    def look(self) -> Progress:
        """Return how far it is now; as little as is known when the store cannot be read just then."""
        rooms, caller = self._session.workspace, self._session.caller
        try:
            newest = rooms.tracking.list_runs(caller, self._pipeline, 1)
            if not newest or newest[0].id == self._before:
                return Progress(self._n_last)
            run_id = newest[0].id
            graph = rooms.pipelines.graph(caller, run_id)
            steps = [step for step in rooms.pipelines.steps(caller, run_id) if step.state == "running"]
            done = n_done(element_counts(rooms.database, caller, run_id)) if steps else {}
        except TidemillError:
            return Progress(self._n_last)
        return Progress(len(graph.nodes) if graph else self._n_last, tuple(self._at_work(step, done) for step in steps))

    def _at_work(self, step: StepRun, done: Mapping[int, int]) -> AtWork:
        since = (self._session.workspace.clock.now() - from_iso(step.started_at)).total_seconds()
        expected = self._last.get(step.step)
        return AtWork(step.step, max(0.0, since), expected, done.get(step.position, 0), step.n_elements)


@contextmanager
def shown_run(
    look: Callable[[], Progress], tell: Callable[[StepRun], None], console: Console | None = None
) -> Iterator[Callable[[StepRun], None]]:
    """Yield what to tell each step to as it ends. On a terminal bars stand below the lines while the block lasts."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        yield tell
        return
    display = _Bars(look)

    live = Live(get_renderable=display.shown, console=console, refresh_per_second=4, transient=True)

    def told(step: StepRun) -> None:
        display.n_ended += 1
        live.stop()  # the line stands where the bars were
        tell(step)
        live.start()

    with live:
        yield told


class _Bars:
    def __init__(self, look: Callable[[], Progress]) -> None:
        self._look = look
        self._began = self._looked = time.monotonic()
        self._seen = Progress(0)
        self.n_ended = 0

    def shown(self) -> Group:
        """Return the bars as they are now."""
        now = time.monotonic()
        if now - self._looked >= _EVERY_S:
            self._seen, self._looked = self._look(), now
        table = Table.grid(padding=(0, 1))
        total = max(self._seen.n_steps, self.n_ended)
        whole = f"{self.n_ended} of {total} steps" if total else f"{self.n_ended} steps"
        table.add_row(
            Text("run"), _bar(self.n_ended / total if total else None), Text(f"{whole}, {now - self._began:.0f} s")
        )
        for each in self._seen.at_work[:_MOST_SHOWN]:
            table.add_row(Text(safe_text(each.name), style="bold"), _bar(each.share), Text(each.words))
        more = len(self._seen.at_work) - _MOST_SHOWN
        return Group(table, *([Text(f"and {more} more at work")] if more > 0 else []))


def _bar(share: float | None) -> ProgressBar:
    return ProgressBar(total=None if share is None else 1.0, completed=share or 0.0, width=_BAR)
