"""Logs of runs as they are written: server-sent events, for many listeners who hold no thread while nothing happens.

One look at a run serves all its listeners for a moment; lines are read only by those who lack some. Reading is done by
a few threads that all streams share. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import msgspec

from tidemill.access import Caller
from tidemill.core import TidemillError
from tidemill.workspace import Workspace

MOST_LISTENERS = 200
_AT_ONCE = 2
_LOOK_EVERY_S = 0.3
_ALIVE_EVERY_S = 15.0
_PIECE = 500
_UNDER_WAY = {"running", "paused"}
T = TypeVar("T")


class TooManyListenersError(TidemillError):
    """No more streams are served at once."""

    code = "too_many_listeners"
    http_status = 429


class Listening(NamedTuple):
    """What a listener wants: the lines of a run, of one step when a position is told, behind a `seq`."""

    caller: Caller
    run_id: str
    position: int | None
    after: int


@dataclass(frozen=True)
class _Look:
    at: float
    seq: int
    status: str


class LogStreams:
    """The streams of one server. For one event loop."""

    def __init__(self, workspace: Workspace, most: int = MOST_LISTENERS) -> None:
        self._workspace = workspace
        self._most = most
        self._threads = ThreadPoolExecutor(_AT_ONCE, "log streams")
        self._looks: dict[tuple[str, str], asyncio.Task[_Look]] = {}
        self.n_listeners = 0

    def require_room(self) -> None:
        """Raise TooManyListenersError when there is none."""
        if self.n_listeners >= self._most:
            raise TooManyListenersError(
                f"{self._most} listen to logs already; ask for the lines by /logs?after= instead"
            )

    async def require_run(self, caller: Caller, run_id: str) -> None:
        """Raise NotFoundError when there is no such run."""
        await self._in_thread(lambda: self._workspace.tracking.get_run(caller, run_id))

    async def stream(self, wanted: Listening) -> AsyncIterator[bytes]:
        """Yield events: `line` with its `seq` as id, and `end` with the run's status once it has ended."""
        self.n_listeners += 1
        try:
            yield b"retry: 2000\n\n"
            after, alive_at = wanted.after, time.monotonic()
            while True:
                look = await self._look(wanted)
                while look.seq > after:
                    lines = await self._lines(wanted, after)
                    after = lines[-1].seq if lines else look.seq
                    if lines:
                        yield b"".join(_event("line", line, line.seq) for line in lines)
                        alive_at = time.monotonic()
                if look.status not in _UNDER_WAY:
                    yield _event("end", {"status": look.status}, after)
                    return
                if time.monotonic() - alive_at >= _ALIVE_EVERY_S:
                    yield b": alive\n\n"
                    alive_at = time.monotonic()
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            self.n_listeners -= 1

    async def _look(self, wanted: Listening) -> _Look:
        """Return how far a run's log is; a look that is young, or under way, serves everybody."""
        key = (wanted.caller.project, wanted.run_id)
        task = self._looks.get(key)
        if task is not None and task.done():
            failed = task.cancelled() or task.exception() is not None
            if failed or time.monotonic() - task.result().at >= _LOOK_EVERY_S / 2:
                task = None
        if task is None:
            task = self._looks[key] = asyncio.create_task(self._read_look(wanted))
            task.add_done_callback(lambda _: self._drop_old())
        return await asyncio.shield(task)

    async def _read_look(self, wanted: Listening) -> _Look:
        seq, status = await self._in_thread(
            lambda: (
                self._workspace.step_logs.last_seq(wanted.caller, wanted.run_id),
                self._workspace.tracking.get_run(wanted.caller, wanted.run_id).run.status,
            )
        )
        return _Look(time.monotonic(), seq, status)

    def _drop_old(self) -> None:
        now = time.monotonic()
        for key, task in list(self._looks.items()):
            if task.done() and (
                task.cancelled() or task.exception() is not None or now - task.result().at > 10 * _LOOK_EVERY_S
            ):
                del self._looks[key]

    async def _lines(self, wanted: Listening, after: int) -> list[Any]:
        return await self._in_thread(
            lambda: self._workspace.step_logs.lines(
                wanted.caller, wanted.run_id, wanted.position, after=after, limit=_PIECE
            )
        )

    async def _in_thread(self, ask: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)


def _event(kind: str, data: Any, seq: int) -> bytes:
    return f"event: {kind}\nid: {seq}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"
