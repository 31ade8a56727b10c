"""SIGINT and SIGTERM: an interrupt anywhere, held back or turned into a call where one would leave things half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupting() -> Iterator[None]:
    """Turn both signals into KeyboardInterrupt while the block runs, also where a shell has SIGINT ignored."""
    with _handled(_interrupt):
        yield


@contextmanager
def calling(act: Callable[[], None]) -> Iterator[None]:
    """Call something on either signal, instead of interrupting the block."""
    with _handled(lambda *_: act()):
        yield


@contextmanager
def held_back() -> Iterator[None]:
    """Let a short block run to its end. Raises KeyboardInterrupt after it when a signal came meanwhile."""
    came: list[int] = []
    with _handled(lambda number, _: came.append(number)):
        yield
    if came:
        raise KeyboardInterrupt


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can take signals
        return
    before = {number: signal.signal(number, handler) for number in _STOPPING}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
