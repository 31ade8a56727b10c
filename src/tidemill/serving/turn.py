"""One turn of the event loop: requests that arrived together are answered together.

Whatever came in while the loop was busy is decoded one by one, then answered by one call of the model and logged by
one write. Nobody waits for company: a request that is alone in its turn is answered in it. A model call is shared
only when its answers were proved to have the same bytes either way; the write always is. Requests that carry an id
are looked for in `repeats` first, and join a turn when they are new.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

from tidemill.core import UsageError
from tidemill.serving.answer_memory import body_digest
from tidemill.serving.log_writer import EndpointLog, LogWriter
from tidemill.serving.repeats import Repeated, Repeats
from tidemill.serving.served_endpoint import Answer, Request, ServedEndpoint

# A turn must not hold the loop for long: this is about a millisecond of a model of 100 trees.
_MOST_ROWS = 256

AnswerFuture = asyncio.Future[Answer]


class Turn:
    """Collects the requests of one revision of an endpoint. Used from the loop's thread only."""

    def __init__(self, endpoint: ServedEndpoint, log: EndpointLog, logs: LogWriter, repeats: Repeats) -> None:
        self._endpoint = endpoint
        self._log = log
        self._logs = logs
        self._repeats = repeats
        self._durability = endpoint.snapshot.log
        self._waiting: list[tuple[Request, AnswerFuture]] = []

    def join(self, body: bytes) -> Awaitable[Answer | Repeated]:
        """Read a request and return what its answer is to be awaited from, which comes once the log has it.

        Raises, or lets the awaiting raise, UsageError or TooLargeError for a wrong request, ConflictError for an id
        that was another request's, UnavailableError when features cannot be read or the log is not to be had.
        """
        try:
            sent = self._endpoint.decode(body)
        except UsageError as error:
            return _settled(self._repeated(body, error))
        if sent.request_id:
            answer = partial(self._enter, body, sent.rows)
            return self._repeats.once(sent.request_id, body_digest(body), answer)
        return self._enter(body, sent.rows)

    async def alone(self, body: bytes, threads: Executor) -> Answer | Repeated:
        """Answer a large request in a thread, so that the loop goes on. Raises as `join` and its awaiting do."""
        loop = asyncio.get_running_loop()
        try:
            known = await loop.run_in_executor(threads, self._answer_or_identify, body)
        except UsageError as error:
            return self._repeated(body, error)
        if isinstance(known, Answer):
            return await self._log_alone(known)
        request_id, digest, rows = known

        async def answer() -> Answer:
            return await self._log_alone(await loop.run_in_executor(threads, self._answer_rows, body, rows))

        return await self._repeats.once(request_id, digest, answer)

    def _enter(self, body: bytes, rows: Sequence[Any]) -> AnswerFuture:
        loop = asyncio.get_running_loop()
        request = self._endpoint.read(body, rows)
        answered: AnswerFuture = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._end)
        self._waiting.append((request, answered))
        return answered

    def _repeated(self, body: bytes, refusal: UsageError) -> Repeated:
        """Return an earlier revision's answer to a body that this one cannot read. Raises the refusal else."""
        repeated = self._repeats.known(body)
        if repeated is None:
            raise refusal
        return repeated

    def _answer_or_identify(self, body: bytes) -> Answer | tuple[str, bytes, list[Any]]:
        sent = self._endpoint.decode(body)
        if sent.request_id:
            return sent.request_id, body_digest(body), sent.rows
        return self._answer_rows(body, sent.rows)

    def _answer_rows(self, body: bytes, rows: Sequence[Any]) -> Answer:
        return self._endpoint.answer([self._endpoint.read(body, rows)])[0]

    def _log_alone(self, answer: Answer) -> AnswerFuture:
        answered: AnswerFuture = asyncio.get_running_loop().create_future()
        self._store([answer], [answered])
        return answered

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


def _settled(repeated: Repeated) -> asyncio.Future[Repeated]:
    future: asyncio.Future[Repeated] = asyncio.get_running_loop().create_future()
    future.set_result(repeated)
    return future


def _settle(answers: Sequence[Answer], answered: Sequence[AnswerFuture], error: Exception | None) -> None:
    for index, future in enumerate(answered):
        if future.done():  # its caller has gone
            continue
        if error is None:
            future.set_result(answers[index])
        else:
            future.set_exception(error)
