"""Bodies and files of any size: from the connection into a function that reads, and from a file onto the connection.

Each has a thread while it lasts, of which there are enough for every slot: whoever sends slowly stalls nobody else.
Nothing is held but the piece that is on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from starlette.types import Receive, Send

from tidemill.core import TidemillError
from tidemill.server.slots import Slots

T = TypeVar("T")
_PIECE_BYTES = 1 << 18
_CHUNK_BYTES = 1 << 20
_MOST_OF_ONE, _MOST, _MOST_SHORT = 16, 48, 8
#: A body has this long, and a second more for each 16 KiB of it that came: then its sender is too slow.
_PATIENCE_S, _BYTES_A_SECOND = 30.0, 16 << 10

Headers = list[tuple[bytes, bytes]]


class Readable(Protocol):
    """What is read piece by piece and closed then."""

    def read(self, most: int, /) -> bytes:
        """Return the next bytes, nothing at the end."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class BrokenBodyError(TidemillError):
    """The connection ended before the body did."""

    code = "broken_off"
    http_status = 400


class SlowBodyError(TidemillError):
    """The body does not come, or hardly."""

    code = "too_slow"
    http_status = 408


class Streams:
    """What streams of one server go through. For one event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_MOST, "streams")
        self._short = ThreadPoolExecutor(_MOST_SHORT, "streams-short")
        self._slots = Slots(_MOST_OF_ONE, _MOST)

    async def run(self, function: Callable[[], T]) -> T:
        """Return what a short function returns, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._short, function)

    async def take(self, caller: str, receive: Receive, store: Callable[[Iterator[bytes]], T]) -> T:
        """Return what a function makes of a body, which it reads in a thread of its own, piece by piece.

        Raises what it raises; in it BrokenBodyError and SlowBodyError come up, TooManyUploadsError without a slot.
        """
        loop = asyncio.get_running_loop()
        with self._slots.taken(caller):
            body = _Body(loop, receive)
            try:
                return await loop.run_in_executor(self._threads, store, body.pieces())
            finally:
                body.stop()

    async def give(self, caller: str, open_file: Callable[[], Readable], send: Send, head: tuple[int, Headers]) -> None:
        """Answer with all of a file, or of a part of one, which is opened and read in a thread."""
        loop = asyncio.get_running_loop()
        with self._slots.taken(caller):
            file = await loop.run_in_executor(self._threads, open_file)
            try:
                await send({"type": "http.response.start", "status": head[0], "headers": head[1]})
                while chunk := await loop.run_in_executor(self._threads, file.read, _CHUNK_BYTES):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            finally:
                file.close()


class _Body:
    """A body that comes to the event loop and is read by a thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive) -> None:
        self._loop = loop
        self._receive = receive
        self._begun_at = loop.time()
        self._n_bytes = 0
        self._ended = self._stopped = False
        self._waiting: Future[bytes] | None = None

    def pieces(self) -> Iterator[bytes]:
        """Yield the body, in a thread. Raises BrokenBodyError, SlowBodyError."""
        while not self._ended:
            if self._stopped:
                raise _broken_off()
            self._waiting = asyncio.run_coroutine_threadsafe(self._piece(), self._loop)
            try:
                yield self._waiting.result()
            except CancelledError:
                raise _broken_off() from None

    def stop(self) -> None:
        """Let whoever still reads know that nothing more comes."""
        self._stopped = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def _piece(self) -> bytes:
        chunks, size = [], 0
        while size < _PIECE_BYTES and not self._ended:
            within = self._begun_at + _PATIENCE_S + self._n_bytes / _BYTES_A_SECOND
            try:
                async with asyncio.timeout_at(within):
                    message = await self._receive()
            except TimeoutError as error:
                raise SlowBodyError("the body comes too slowly; send it again over a better connection") from error
            if message["type"] != "http.request":
                raise _broken_off()
            chunk = message.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
            self._n_bytes += len(chunk)
            self._ended = not message.get("more_body", False)
        return b"".join(chunks)


def _broken_off() -> BrokenBodyError:
    return BrokenBodyError("the connection ended before the body did; nothing was kept, send it again")
