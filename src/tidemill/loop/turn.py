"""The loop's records: its turns, and how far it has come with each endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from tidemill.loop.policy import HELD_BACK

State = Literal["running", "waiting", "promoted", "unchanged", "refused", "failed"]
RUNNING: State = "running"
WAITING: State = "waiting"
#: What is said of an endpoint that the project had, and has no more.
UNDECLARED = "no longer declared in the project: nothing is due, and what serves goes on serving"


@dataclass(frozen=True)
class Turn:
    """One retraining of an endpoint, from what asked for it to what came of it. Instants are aware UTC.

    due_at: the event time that asked for it: the end of a window, a due time, or the watermark when a person did.
    trigger: ``drift``, ``drop``, ``schedule`` or ``hand``; reason: the same in words with numbers.
    monitor, window_starts_at: the window that fired it; None for the others.
    fired_at, fired_by: when, by the workspace's clock, and who: ``loop`` or the caller.
    state: running; waiting: its version waits for approval; promoted: another version serves since; unchanged: it
        passed, and is what served before; refused: by the gate, by who was asked, or since a person rolled it back;
        failed: no candidate came of it.
    before, after: the version that served when it was fired, and when it was settled.
    request_id: of the promotion that it waits for, or waited for.
    outcome: one line on what came of it. seconds: how long its job took, None when it did not end.
    """

    id: str
    endpoint: str
    due_at: datetime
    trigger: str
    reason: str
    fired_at: datetime
    fired_by: str
    state: State
    job_id: str
    before: str
    after: str
    monitor: str | None = None
    window_starts_at: datetime | None = None
    run_id: str | None = None
    verdict_id: str | None = None
    request_id: str | None = None
    outcome: str = ""
    seconds: float | None = None
    ended_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether its job has not ended."""
        return self.state == RUNNING

    @property
    def is_waiting(self) -> bool:
        """Whether its version waits for approval; the next turn does not wait for that."""
        return self.state == WAITING


@dataclass(frozen=True)
class Progress:
    """How far the loop has come with an endpoint.

    reached_at: by the workspace's clock; all that was logged, labelled and settled by then has been looked at.
    watermark: how far event time has come, None before the first prediction. next_due_at: the event time at which a
    window or the schedule is due next. said: what is held back and why, or what went wrong; mostly empty.
    waiting_due_at: a due time of the schedule that waits. n_open: how many turns are running.
    """

    endpoint: str
    reached_at: datetime
    watermark: datetime | None
    next_due_at: datetime | None
    said: str = ""
    waiting_due_at: datetime | None = None
    n_open: int = 0

    @property
    def is_declared(self) -> bool:
        """Whether the project declared the endpoint when the loop last looked."""
        return self.said != UNDECLARED

    @property
    def held_back(self) -> str:
        """What is held back and why, or nothing."""
        return self.said.removeprefix(HELD_BACK).lstrip(", ") if self.said.startswith(HELD_BACK) else ""


def settled(turn: Turn, result: dict[str, Any] | None, error: str | None, at: datetime) -> Turn:
    """Return a turn whose job has ended, with what came of it. result: the job's, None when it has none.

    >>> from datetime import UTC
    >>> start = datetime(2013, 3, 1, tzinfo=UTC)
    >>> turn = Turn("a1", "delay", start, "hand", "asked", start, "ann", RUNNING, "b2", "delay/1", "")
    >>> settled(turn, None, "step 'train' failed: out of trees", start).outcome
    "step 'train' failed: out of trees"
    """
    ended = replace(turn, ended_at=at, after=turn.before)
    if result is None:
        return replace(ended, state="failed", outcome=_one_line(error or "its job ended without saying why"))
    ended = replace(ended, run_id=result.get("run_id"), seconds=result.get("seconds"))
    release = next((each for each in result.get("releases", ()) if each["endpoint"] == turn.endpoint), None)
    if release is None:
        return replace(ended, state="failed", outcome="its run offered no candidate to this endpoint")
    ended = replace(ended, verdict_id=release.get("verdict_id"), outcome=_one_line(release["verdict"]))
    if not release["passed"]:
        return replace(ended, state="refused")
    if release.get("note"):
        waits = release.get("waits_for")
        state: State = WAITING if waits else "refused"
        held = replace(ended, state=state, outcome=_one_line(release["note"]), request_id=waits)
        return replace(held, ended_at=None) if waits else held
    version = str(release["version"])
    if version == turn.before:
        return replace(ended, state="unchanged", outcome=f"what there is to learn from gave {version} again")
    return replace(ended, state="promoted", after=version)


def _one_line(text: str) -> str:
    return " ".join(text.split())
