"""Group commit: threads of one process that write at the same time share one transaction and one fsync.

A thread that finds nobody at work leads: it runs its own write and those that wait, in the order in which they came,
commits, and hands the lead to whoever has come meanwhile. The others only wait, so a write may run in a thread that is
not its caller's: it must not depend on the thread, nor take a lock that its caller holds. After D. J. DeWitt et al.,
"Implementation techniques for main memory database systems", SIGMOD 1984.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar, cast

from tidemill.storage.records import Transaction

T = TypeVar("T")


class WaitingWrite:
    """A write that waits for its turn. It is settled once: by its commit, or by the error that its caller gets."""

    __slots__ = ("_error", "_result", "_woken", "function", "leads", "settled")

    def __init__(self, function: Callable[[Transaction], Any]) -> None:
        self.function = function
        self.leads = False
        self.settled = False
        self._result: Any = None
        self._error: BaseException | None = None
        self._woken: threading.Event | None = None

    def follow(self) -> None:
        """Be about to wait; who leads at once needs no event, which costs a few microseconds."""
        self._woken = threading.Event()

    def ran(self, result: Any) -> None:
        """Keep what the function returned, for when it is committed."""
        self._result = result

    def committed(self) -> None:
        """Let its caller go: it is on the disk."""
        self.settled = True
        self._wake()

    def failed(self, error: BaseException) -> None:
        """Let its caller go with an error: nothing of it is kept."""
        self._error = error
        self.settled = True
        self._wake()

    def lead(self) -> None:
        """Let its caller lead."""
        self.leads = True
        self._wake()

    def wait(self) -> None:
        """Wait until it is settled or leads."""
        if self._woken is not None:
            self._woken.wait()

    def wait_without_end(self) -> None:
        """Wait in spite of interrupts: a write that somebody has begun must not end after its caller is gone."""
        while not (self.settled or self.leads):
            with suppress(KeyboardInterrupt):
                self.wait()

    def outcome(self) -> Any:
        """Return what the function returned. Raises what it raised, or why it could not be committed."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # else error and frame would hold each other
        return self._result

    def _wake(self) -> None:
        if self._woken is not None:
            self._woken.set()


class GroupCommit:
    """The writes of one process, in the order in which they came. Thread-safe.

    commit_group: takes writes with `take` and settles each of them; those it could not commit through no fault of
    their own it may `put_back`. It is called by one thread at a time.
    """

    def __init__(self, commit_group: Callable[[], None]) -> None:
        self._commit_group = commit_group
        self._mutex = threading.Lock()
        self._waiting: deque[WaitingWrite] = deque()
        self._is_led = False
        self._leader = 0  # the thread that runs writes at this moment

    def write(self, function: Callable[[Transaction], T]) -> T:
        """Have a write committed, by this thread or another; return its result.

        Raises what it raises; RuntimeError within a write, which would wait for itself for ever.
        """
        if self._leader == threading.get_ident():
            raise RuntimeError("a write within a write: pass its transaction on instead")
        own = WaitingWrite(function)
        with self._mutex:
            if self._is_led:
                own.follow()
            self._waiting.append(own)
            own.leads, self._is_led = not self._is_led, True
        if not own.leads:
            self._wait(own)
        if own.leads:
            self._lead(own)
        return cast(T, own.outcome())

    def take(self) -> WaitingWrite | None:
        """Return the write that has waited longest; it waits no more."""
        with self._mutex:
            return self._waiting.popleft() if self._waiting else None

    def take_all(self) -> list[WaitingWrite]:
        """Return all that wait, in order; they wait no more."""
        with self._mutex:
            taken = list(self._waiting)
            self._waiting.clear()
            return taken

    def put_back(self, writes: Iterable[WaitingWrite]) -> None:
        """Let writes that were taken wait again, before all others and in the order given."""
        with self._mutex:
            self._waiting.extendleft(reversed([each for each in writes if not each.settled]))

    def _wait(self, own: WaitingWrite) -> None:
        try:
            own.wait()
        except BaseException:  # an interrupt
            with self._mutex:
                if own in self._waiting and not own.leads:
                    self._waiting.remove(own)
                    raise
            own.wait_without_end()
            if own.leads:
                self._resign(own)
            raise

    def _lead(self, own: WaitingWrite) -> None:
        try:
            self._leader = threading.get_ident()
            while not own.settled:
                self._commit_group()
        finally:
            self._leader = 0
            self._resign(own)

    def _resign(self, own: WaitingWrite) -> None:
        with self._mutex:
            if own in self._waiting:  # after an interrupt
                self._waiting.remove(own)
            if self._waiting:
                self._waiting[0].lead()
            else:
                self._is_led = False
