"""Interrupting Python code in this process: when its time is over, or it is cancelled.

In the main thread the alarm signal does it, which also ends a sleep; in any other thread an exception is raised there,
at its next line of Python. What neither reaches, such as a long call of compiled code, ends by itself first.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from datetime import timedelta
from types import FrameType, TracebackType
from typing import Any

_AGAIN_S = 1.0


class InterruptedStep(BaseException):
    """The time of a step is over, or it was cancelled."""


class Interruptible:
    """Code that `interrupt` ends, from any thread, or the end of its time. `why` says which: timeout or cancelled."""

    def __init__(self, timeout: timedelta | None = None) -> None:
        self._timeout_s = timeout.total_seconds() if timeout is not None else None
        self._thread = threading.get_ident()
        self._by_signal = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
        self._armed = False
        self._timer: threading.Timer | None = None
        self._before: Any = None
        self.why = ""

    def __enter__(self) -> Interruptible:
        self._armed = True
        if self._by_signal:
            self._before = signal.signal(signal.SIGALRM, self._on_alarm)
        if self._timeout_s is not None:
            self._start(self._timeout_s)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._armed = False
        if self._timer is not None:
            self._timer.cancel()
        if self._by_signal:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before if self._before is not None else signal.SIG_DFL)

    def interrupt(self) -> None:
        """End the code, from any thread; nothing when it has ended."""
        if self._armed:
            self.why = self.why or "cancelled"
            self._strike()

    def _start(self, seconds: float) -> None:
        if self._by_signal:
            signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), _AGAIN_S)
            return
        self._timer = threading.Timer(seconds, self._time_over)
        self._timer.daemon = True
        self._timer.start()

    def _time_over(self) -> None:
        if self._armed:
            self.why = self.why or "timeout"
            self._strike()

    def _strike(self) -> None:
        if self._by_signal:
            signal.pthread_kill(self._thread, signal.SIGALRM)
        else:
            raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
            raise_in(ctypes.c_ulong(self._thread), ctypes.py_object(InterruptedStep))

    def _on_alarm(self, _signal: int, _frame: FrameType | None) -> None:
        if self._armed:
            self.why = self.why or "timeout"
            raise InterruptedStep
