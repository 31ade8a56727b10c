"""One turn of the event loop: requests that arrived together are answered together.

Whatever came in while the loop was busy is decoded one by one, then answered by one call of the model and logged by
one write. Nobody waits for company: a request that is alone in its turn is answered in it. A model call is shared
only when its answers were proved to have the same bytes either way; the write always is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

from tidemill.serving.log_writer import EndpointLog, LogWriter
from tidemill.serving.served_endpoint import Answer, Request, ServedEndpoint

# A turn must not hold the loop for long: this is about a millisecond of a model of 100 trees.
_MOST_ROWS = 256

AnswerFuture = asyncio.Future[bytes]


class Turn:
    """Collects the requests of one revision of an endpoint. Used from the loop's thread only."""

    def __init__(self, endpoint: ServedEndpoint, log: EndpointLog, logs: LogWriter) -> None:
        self._endpoint = endpoint
        self._log = log
        self._logs = logs
        self._durability = endpoint.snapshot.log
        self._waiting: list[tuple[Request, AnswerFuture]] = []

    def join(self, body: bytes) -> AnswerFuture:
        """Read a request and return the future of its answer, which settles once the log has it.

        Raises UsageError or TooLargeError for a wrong one, UnavailableError when features cannot be read.
        """
        loop = asyncio.get_running_loop()
        request = self._endpoint.read(body)
        answered: AnswerFuture = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._end)
        self._waiting.append((request, answered))
        return answered

    async def alone(self, body: bytes, threads: Executor) -> bytes:
        """Answer a large request in a thread, so that the loop goes on. Raises as `join` and its future do."""
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(threads, self._read_and_answer, body)
        answered: AnswerFuture = loop.create_future()
        self._store([answer], [answered])
        return await answered

    def _read_and_answer(self, body: bytes) -> Answer:
        return self._endpoint.answer([self._endpoint.read(body)])[0]

    def _end(self) -> None:
        n_requests, n_rows = 0, 0
        while n_requests < len(self._waiting) and n_rows < _MOST_ROWS:
            n_rows += len(self._waiting[n_requests][0].inputs)
            n_requests += 1
        taken, self._waiting = self._waiting[:n_requests], self._waiting[n_requests:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._end)
        self._answer([request for request, _ in taken], [answered for _, answered in taken])

    def _answer(self, requests: Sequence[Request], answered: Sequence[AnswerFuture]) -> None:
        try:
            answers = self._endpoint.answer(requests)
        except Exception as error:  # noqa: BLE001 - it reaches the caller, and that one only
            if len(requests) == 1:
                _settle([], answered, error)
                return
            for request, future in zip(requests, answered, strict=True):
                self._answer([request], [future])
            return
        self._store(answers, answered)

    def _store(self, answers: Sequence[Answer], answered: Sequence[AnswerFuture]) -> None:
        entries = [answer.entry for answer in answers]
        if self._durability == "strict":
            loop = asyncio.get_running_loop()
            self._logs.append_strict(
                self._log, entries, lambda error: loop.call_soon_threadsafe(_settle, answers, answered, error)
            )
            return
        if self._durability == "normal":
            self._logs.append_normal(self._log, entries)
        else:
            self._logs.append_lossy(self._log, entries)
        _settle(answers, answered, None)


def _settle(answers: Sequence[Answer], answered: Sequence[AnswerFuture], error: Exception | None) -> None:
    for index, future in enumerate(answered):
        if future.done():  # its caller has gone
            continue
        if error is None:
            future.set_result(answers[index].body)
        else:
            future.set_exception(error)
