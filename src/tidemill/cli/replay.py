"""The replay: a stretch of 2013 lived again over real HTTP, in the order of event time.

The replay drives the store's clock. It is the world, not the loop: it sends requests when flights are scheduled, labels
a day late, and files at night. What is watched, what fires, what is trained, promoted or refused happens in the
processes of `tidemill up`, which read the same clock; the replay only waits for them whenever they have said that
something is due, since a retraining takes seconds and a week of the replay less than one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from tidemill.access import Caller
from tidemill.cli.nightly import Nights, Outcomes
from tidemill.cli.year import REQUEST, Year
from tidemill.client import Client
from tidemill.core import StoredClock, TidemillError, UnavailableError, from_iso

_BATCH = 500
_PATIENCE_S = 30.0
_ASK_AGAIN_S = 0.005
_ASK_SOON_S, _ASK_SELDOM_S = 0.02, 0.05
_TURN_WITHIN_S = 300.0
_TICK = timedelta(milliseconds=1)
T = TypeVar("T")


class ReplayError(TidemillError):
    """The replay cannot go on; the message says why."""


@dataclass(frozen=True)
class Places:
    """Where the replay sends what: the data plane, the server, the clock of the store.

    revision: tells which revision of the endpoint is deployed.
    """

    data_plane: Client
    server: Client
    clock: StoredClock
    revision: Callable[[], int]


class Replay:
    """Days of 2013, one after the other. Counts what it has sent.

    n_failed: requests for predictions that got no answer and were sent again; n_again: all calls that were.
    """

    def __init__(self, places: Places, endpoint: str, year: Year, midnight: Callable[[date], datetime]) -> None:
        self._places = places
        self._endpoint = endpoint
        self._year = year
        self._midnight = midnight
        self._outcomes = Outcomes(places.server, self._patiently)
        self._next_due: datetime | None = None
        self.n_requests = 0
        self.n_again = 0
        self.n_failed = 0
        self.n_predicted = 0

    @property
    def n_labels(self) -> int:
        """Return how many labels were sent."""
        return self._outcomes.n_sent

    def live(self, days: Sequence[date], caller: Caller, nights: Nights, tell: Callable[[str], object]) -> None:
        """Live days in order. `tell` is given a word on what is happening, and called whenever the loop was waited for.

        Raises ReplayError when the loop says that it cannot go on, UnavailableError when nobody answers for long.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="labels") as beside:
            for n, day in enumerate(days):
                midnight, yesterday = self._midnight(day), day - timedelta(days=1)
                self._places.clock.set(midnight)
                labels = beside.submit(self._outcomes.send, self._outcomes.take_due(midnight))
                if n:  # what was known at the first midnight is in the files and online already
                    nights.pass_over(caller, yesterday, (self._midnight(yesterday), midnight))
                self._predict(day, labels, tell)
                labels.result()

    def end(self, after: date, tell: Callable[[str], object]) -> None:
        """Let two more nights pass, so that the last labels come, and wait for the loop."""
        for n in range(3):
            midnight = self._midnight(after + timedelta(days=n))
            self._places.clock.set(midnight)
            self._outcomes.send(self._outcomes.take_due(midnight))
        self._wait(tell)

    def _predict(self, day: date, labels: Future[None], tell: Callable[[str], object]) -> None:
        flights = self._year.asked(day)
        rows = flights.select(REQUEST).to_dicts()
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            now = max(self._midnight(day), batch[-1]["scheduled_at"])
            due = self._next_due is None or now >= self._next_due
            if due:  # what the loop is about to look at includes the labels of the night
                labels.result()
            self._places.clock.set(now)
            answers = self._ask(batch, f"{day.isoformat()}/{start}")
            self._outcomes.expect(answers, flights[start : start + _BATCH])
            if due:
                # A moment later: what the loop has seen by then includes this batch.
                self._places.clock.set(now + _TICK)
                self._wait(tell)
            tell(day.isoformat())

    def _ask(self, rows: list[dict[str, Any]], request_id: str) -> list[str]:
        before = self.n_again
        answers = self._patiently(lambda: self._places.data_plane.predict(self._endpoint, rows, request_id=request_id))
        self.n_failed += self.n_again - before
        self.n_requests += 1
        self.n_predicted += len(answers)
        return [each.prediction_id for each in answers]

    def _wait(self, tell: Callable[[str], object]) -> None:
        """Wait until the loop has done all that is due by now."""
        now = self._places.clock.now()
        deadline, pause = time.monotonic() + _TURN_WITHIN_S, _ASK_AGAIN_S
        while True:
            found = self._progress()
            if found is not None and from_iso(found["reached_at"]) >= now and not found["n_open"]:
                break
            if time.monotonic() > deadline:
                said = found["said"] if found else "it has not begun"
                raise ReplayError(f"the loop has not come to {now:%Y-%m-%d %H:%M} in {_TURN_WITHIN_S:g} s: {said}")
            retraining = found is not None and found["n_open"]
            tell("retraining" if retraining else "watching")
            time.sleep(pause)
            pause = min(_ASK_SELDOM_S if retraining else _ASK_SOON_S, 1.5 * pause)
        while self._patiently(self._answering) != self._places.revision():
            if time.monotonic() > deadline:
                raise ReplayError(
                    f"revision {self._places.revision()} was deployed and the data plane does not load it"
                )
            time.sleep(_ASK_AGAIN_S)
        due = found["next_due_at"]
        self._next_due = from_iso(due) if due else None
        tell("")

    def _answering(self) -> int | None:
        """Return the revision that answers now: a new one is loaded a moment after it was deployed."""
        endpoints = self._places.data_plane.get("/endpoints")["endpoints"]
        return next((each["revision"] for each in endpoints if each["endpoint"] == self._endpoint), None)

    def _progress(self) -> dict[str, Any] | None:
        endpoints = self._patiently(lambda: self._places.server.get("/api/loop"))["endpoints"]
        found: list[dict[str, Any]] = [each for each in endpoints if each["endpoint"] == self._endpoint]
        return found[0] if found else None

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask again for a while when nobody answers: a process may be being started again."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return ask()
            except UnavailableError:
                if time.monotonic() > deadline:
                    raise
            self.n_again += 1
            time.sleep(0.05)
