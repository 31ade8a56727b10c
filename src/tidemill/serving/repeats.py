"""Requests that carry an id of the caller's are answered once, and again with the same bytes when they are repeated.

The answer is found in memory; after a restart, or when another worker gave it, in the tail of the prediction log. So a
caller whose connection broke may simply ask again: a killed worker has either logged its answer, and then it is given
again, or it has not, and then nothing was answered.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from tidemill.core import ConflictError, UnavailableError
from tidemill.serving.answer_memory import AnswerMemory, body_digest, reused
from tidemill.serving.log_follower import LogFollower, request_id_of
from tidemill.serving.log_seal import PLAIN, LogSeal
from tidemill.serving.request_locks import RequestLocks
from tidemill.serving.served_endpoint import Answer


class Repeated(NamedTuple):
    """The body of an answer that is in the log already."""

    body: bytes


class _Pending(NamedTuple):
    digest: bytes
    task: asyncio.Task[bytes]


class Repeats:
    """The requests with ids of one endpoint, over all its revisions. Used from the loop's thread, but for `follow`."""

    def __init__(self, folder: Path, epoch: str, locks: RequestLocks, seal: LogSeal = PLAIN) -> None:
        self._place = f"{folder.parent.name}/{folder.name}"
        self._locks = locks
        self._log = LogFollower(folder, epoch, b'"request_id"', seal=seal)
        self._memory = AnswerMemory()
        self._lock = threading.Lock()
        self._pending: dict[str, _Pending] = {}
        self._asked = False

    def follow(self, *, always: bool = True) -> None:
        """Take in what others have logged meanwhile. Raises UnavailableError when the log cannot be read.

        always: also when no request with an id has come yet.
        """
        if not (always or self._asked):
            return
        try:
            with self._lock:
                for revision, record in self._log.read():
                    request_id = request_id_of(record.body)
                    if request_id is not None:
                        answered = revision.model, revision.revision
                        digest = body_digest(record.body)
                        self._memory.keep(request_id, digest, answered, (record.ids, record.values))
        except OSError as error:
            raise UnavailableError(
                f"the prediction log cannot be read ({error.strerror}), so nobody can tell whether this request was "
                "answered before; try again"
            ) from error

    async def once(self, request_id: str, digest: bytes, answer: Callable[[], Awaitable[Answer]]) -> Repeated:
        """Return the answer that was given to a request, else the one that `answer` gives and logs now.

        Raises ConflictError when the id came with another body before, and what `answer` raises.
        """
        pending = self._pending.get(request_id)
        if pending is not None and pending.digest != digest:
            raise reused(request_id)
        if pending is None:
            found = self._find(request_id, digest)
            if found is not None:
                return Repeated(found)
            self._asked = True
            task = asyncio.get_running_loop().create_task(self._first(request_id, digest, answer))
            pending = self._pending[request_id] = _Pending(digest, task)
            task.add_done_callback(lambda done: self._end(request_id, done))
        # A caller that goes away takes the answer of the others with it otherwise, and its own when it comes back.
        return Repeated(await asyncio.shield(pending.task))

    def known(self, body: bytes) -> Repeated | None:
        """Return what an earlier revision answered to a body that the present one cannot read, None when none did."""
        request_id = request_id_of(body)
        if request_id is None:
            return None
        self.follow()
        try:
            found = self._find(request_id, body_digest(body))
        except ConflictError:
            return None
        return None if found is None else Repeated(found)

    def _find(self, request_id: str, digest: bytes) -> bytes | None:
        with self._lock:
            return self._memory.find(request_id, digest)

    async def _first(self, request_id: str, digest: bytes, answer: Callable[[], Awaitable[Answer]]) -> bytes:
        lock = await self._locks.take(f"{self._place}/{request_id}")
        try:
            self.follow()
            found = self._find(request_id, digest)
            if found is not None:
                return found
            given = await answer()
            revision = given.entry.revision
            with self._lock:
                answered = revision.model, revision.revision
                self._memory.keep(request_id, digest, answered, (given.record.ids, given.record.values))
            return given.body
        finally:
            self._locks.release(lock)

    def _end(self, request_id: str, task: asyncio.Task[bytes]) -> None:
        del self._pending[request_id]
        if not task.cancelled():
            task.exception()  # it has reached whoever still waits
