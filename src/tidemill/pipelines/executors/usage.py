"""What a step took: seconds, CPU seconds, peak memory; and what that costs."""

from __future__ import annotations

import functools
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tidemill.core import Prices
from tidemill.pipelines.executors.port import Usage
from tidemill.pipelines.executors.process_memory import status_bytes
from tidemill.pipelines.graph.options import Resources

_CLEAR = Path("/proc/self/clear_refs")
_SAMPLE_EVERY_S = 0.02


class Measure:
    """What is taken from the moment it is made. One per task; of the whole process it is in.

    CPU seconds count all threads, and children that have ended. Peak memory is the most resident memory meanwhile:
    told exactly by Linux, whose mark is set back at the start; elsewhere sampled every 20 ms.
    """

    def __init__(self) -> None:
        self._started_at = time.time()
        self._cpu = _cpu_seconds()
        self._sampler = None if _mark_set_back() else _Sampler()
        self._clock = time.perf_counter()

    def usage(self) -> Usage:
        """Return what was taken so far, and end the sampling of memory."""
        seconds = time.perf_counter() - self._clock
        peak = self._sampler.stop() if self._sampler else status_bytes("VmHWM")
        return Usage(
            self._started_at, seconds, max(0.0, _cpu_seconds() - self._cpu), peak, socket.gethostname(), os.getpid()
        )


class MeasuredUsage:
    """What a block took, once it has ended."""

    def __init__(self) -> None:
        self._measure = Measure()
        self._usage: Usage | None = None

    @property
    def usage(self) -> Usage:
        """Return it: what was taken by the block's end, or by now."""
        return self._usage or self._measure.usage()

    def end(self) -> None:
        """Take no more into account."""
        self._usage = self._usage or self._measure.usage()


@contextmanager
def measured_usage() -> Iterator[MeasuredUsage]:
    """Measure a block, whether it raises or not.

    >>> with measured_usage() as measured:
    ...     numbers = [number**2 for number in range(1000)]
    >>> measured.usage.seconds >= 0 and measured.usage.peak_memory_bytes > 1_000_000
    True
    """
    measured = MeasuredUsage()
    try:
        yield measured
    finally:
        measured.end()


def together(before: Usage | None, usage: Usage) -> Usage:
    """Return what several tries, or several elements, took: seconds added up, and the most memory of any.

    >>> together(Usage(1.0, 2.0, 1.5, 100), Usage(4.0, 1.0, 0.5, 300)).seconds
    3.0
    """
    if before is None:
        return usage
    peaks = [each for each in (before.peak_memory_bytes, usage.peak_memory_bytes) if each is not None]
    return replace(
        usage,
        started_at=before.started_at,
        seconds=before.seconds + usage.seconds,
        cpu_seconds=before.cpu_seconds + usage.cpu_seconds,
        peak_memory_bytes=max(peaks, default=None),
    )


def cost_of(usage: Usage, resources: Resources, prices: Prices) -> float | None:
    """Return what a task cost: its seconds times the price of what it held; None when no price is set.

    What it held is what it asked for; of memory, without a wish, the most it had.
    """
    if not prices:
        return None
    memory = resources.memory_bytes or usage.peak_memory_bytes
    return prices.cost(usage.seconds, resources.cpus, resources.gpus, memory)


class _Sampler:
    """Looks at the memory of this process until it is stopped."""

    def __init__(self) -> None:
        self._peak = status_bytes("VmRSS")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)
        self._thread.start()

    def stop(self) -> int | None:
        """Return the most that was seen."""
        self._stop.set()
        self._thread.join()
        return max(self._peak or 0, status_bytes("VmRSS") or 0) or _most_ever()

    def _look(self) -> None:
        while not self._stop.wait(_SAMPLE_EVERY_S):
            self._peak = max(self._peak or 0, status_bytes("VmRSS") or 0)


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _mark_set_back() -> bool:
    """Let Linux begin anew to note the most memory of this process; False where it cannot. See proc(5), clear_refs."""
    try:
        with _CLEAR.open("wb", buffering=0) as file:
            file.write(b"5")
    except OSError:
        return False
    return _tells_most()


@functools.cache
def _tells_most() -> bool:
    return status_bytes("VmHWM") is not None


def _most_ever() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
