"""What programs log from afar: runs that begin, batches of their journals, signs of life, and how they end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from tidemill.core import UsageError, unix_ms
from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Editor
from tidemill.server.routes.route import Route
from tidemill.tracking import DEFAULT_EXPERIMENT, Beginning, Ending, JournalBatch, Journals, MetricPoint

_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@dataclass(frozen=True)
class BegunRun:
    """A run that begins. at: milliseconds since 1970; now, when it is null."""

    name: str
    experiment: str = DEFAULT_EXPERIMENT
    at: int | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EndedRun:
    """How a run ended."""

    status: str
    at: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Logged:
    """What a journal holds from `start` to `end`.

    points: each of key, value (a number, "NaN", "Infinity" or "-Infinity"), step, milliseconds since 1970.
    """

    journal: str
    start: int
    end: int
    points: list[tuple[str, float | str, int, int]] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    begin: BegunRun | None = None
    finish: EndedRun | None = None
    commit: str | None = None
    alive: bool = True


def begin_run(call: Editor, run_id: str, begun: Annotated[BegunRun, json_body(BegunRun)]) -> Json:
    """Store a run with the id that its client made; the same again changes nothing."""
    return Json({"run": Journals(call.rooms.database).begin(call.caller, run_id, _beginning(begun))})


def log_run(call: Editor, run_id: str, logged: Annotated[Logged, json_body(Logged)]) -> Json:
    """Store a batch that begins where its journal's last one ended, once, and return the position reached."""
    batch = JournalBatch(
        journal=logged.journal,
        start=logged.start,
        end=logged.end,
        points=[MetricPoint(key, _number(key, value), step, at) for key, value, step, at in logged.points],
        params=logged.params,
        tags=logged.tags,
        begin=None if logged.begin is None else _beginning(logged.begin),
        finish=None if logged.finish is None else _ending(logged.finish),
        commit=logged.commit,
        alive=logged.alive,
    )
    return Json({"position": Journals(call.rooms.database).apply(call.caller, run_id, batch)})


def end_run(call: Editor, run_id: str, ended: Annotated[EndedRun, json_body(EndedRun)]) -> Json:
    """Store how a run ended; of one that has ended, nothing changes."""
    return Json({"run": Journals(call.rooms.database).finish(call.caller, run_id, _ending(ended))})


def hear_run(call: Editor, run_id: str) -> Json:
    """Take note that a run is worked on: it is closed when nothing is heard of it for a minute."""
    return Json({"status": Journals(call.rooms.database).hear(call.caller, run_id)})


def _beginning(begun: BegunRun) -> Beginning:
    return Beginning(begun.experiment, begun.name, _at(begun.at), begun.tags)


def _ending(ended: EndedRun) -> Ending:
    return Ending(ended.status, _at(ended.at), ended.error)


def _at(milliseconds: int | None) -> int:
    return unix_ms(datetime.now(UTC)) if milliseconds is None else milliseconds


def _number(key: str, value: float | str) -> float:
    if isinstance(value, str):
        if value not in _NUMBERS:
            raise UsageError(f"metric {key[:80]!r} is {value[:80]!r}; use a number, {', '.join(_NUMBERS)}")
        return _NUMBERS[value]
    return float(value)


ROUTES = (
    Route("PUT", "/api/runs/{run_id}", begin_run),
    Route("POST", "/api/runs/{run_id}/log", log_run),
    Route("POST", "/api/runs/{run_id}/end", end_run),
    Route("POST", "/api/runs/{run_id}/heartbeat", hear_run),
)
