"""One process of the pool, as the side that started it sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from tidemill.core import format_duration
from tidemill.core.started_child import StartedChild
from tidemill.pipelines.executors.call import packed, unpacked
from tidemill.pipelines.executors.child_loop import Cancel, Said, ToDo
from tidemill.pipelines.executors.ending import describe_death, describe_memory
from tidemill.pipelines.executors.port import LogLine, Task, TaskError
from tidemill.pipelines.executors.process_memory import kernel_kills, resident_bytes
from tidemill.pipelines.executors.worker_spec import WorkerSpec


@dataclass
class Sent:
    """A task on its way: packed, and whom to tell of its lines."""

    task: Task
    data: bytes
    on_line: Callable[[LogLine], None]
    submitted_at: float = field(default_factory=time.monotonic)

    @property
    def timeout_s(self) -> float | None:
        """How long one try may take."""
        timeout = self.task.options.timeout
        return None if timeout is None else timeout.total_seconds()

    @property
    def memory_bytes(self) -> int | None:
        """How much more memory it may take than its process had."""
        return self.task.options.resources.memory_bytes

    def timed_out(self) -> TaskError:
        """Return the error of a task that took too long."""
        timeout = self.task.options.timeout
        allowed = "" if timeout is None else f" of {format_duration(timeout)}"
        message = f"step {self.task.step.name!r} was ended: it ran longer than its time-out{allowed}"
        return TaskError("timeout", message)

    def cancelled(self) -> TaskError:
        """Return the error of a task that was cancelled."""
        return TaskError("cancelled", f"step {self.task.step.name!r} was cancelled")


class PoolChild:
    """A process that executes tasks, one after the other. It goes when this process does, however that ends."""

    def __init__(self, started: StartedChild, spec: WorkerSpec) -> None:
        self.process = started.process
        self.connection = Connection(started.socket.detach())
        self.tell(spec)
        self.is_ready = False
        self.started_at = time.monotonic()
        self.sent: dict[str, Sent] = {}
        self.current: Sent | None = None
        self.ended_by: TaskError | None = None
        self.idle_bytes = 0
        self.is_changed = False
        self._began_at = 0.0
        self._asked_at: dict[str, float] = {}
        self._force_at: float | None = None
        self._kernel_kills = kernel_kills()

    def take(self, sent: Sent) -> None:
        """Send it a task."""
        self.sent[sent.task.id] = sent
        self.tell(ToDo(sent.task.id, sent.data))

    def tell(self, said: object) -> None:
        """Send it a message; one that is dead is noticed by its silence."""
        with suppress(OSError):
            self.connection.send_bytes(packed(said))

    def heard(self) -> Said:
        """Return what it says next. Raises EOFError, OSError when it is dead."""
        said: Said = unpacked(self.connection.recv_bytes())
        return said

    def begun(self, task_id: str) -> None:
        """Note that it works on a task."""
        self.current = self.sent.get(task_id)
        self._began_at = time.monotonic()
        asked = self._asked_at.pop(task_id, None)
        self._force_at = None if asked is None else self._began_at + asked

    def done(self, said: Said) -> Sent | None:
        """Note that a task ended, and return it."""
        self.current, self._force_at = None, None
        self.idle_bytes = said.resident_bytes
        return self.sent.pop(said.task_id, None)

    def cancel(self, task_id: str, grace_s: float, reason: TaskError) -> None:
        """Ask that a task ends; when it goes on after the grace its process is ended."""
        if self.current is not None and self.current.task.id == task_id:
            if self.ended_by is None:
                self.ended_by = reason
                self._force_at = time.monotonic() + grace_s
        else:
            self._asked_at[task_id] = grace_s
        self.tell(Cancel(task_id))

    def next_look(self) -> float | None:
        """Return the monotonic time at which it must be looked at again; None when nothing is due."""
        if self.current is None:
            return None
        due = [] if self._force_at is None else [self._force_at]
        if self._force_at is None and self.current.timeout_s is not None:
            due.append(self._began_at + self.current.timeout_s)
        if self.current.memory_bytes is not None:
            due.append(time.monotonic() + 0.02)
        return min(due, default=None)

    def look(self) -> None:
        """End what took too long or too much."""
        current, now = self.current, time.monotonic()
        if current is None:
            return
        if current.memory_bytes is not None:
            grown = (resident_bytes(self.process.pid) or 0) - self.idle_bytes
            if grown > current.memory_bytes:
                self.kill(TaskError("lost", describe_memory(current.task.step.name, grown, current.memory_bytes)))
                return
        if self._force_at is not None and now >= self._force_at:
            self.kill(self.ended_by or current.cancelled())
        elif self._force_at is None and current.timeout_s is not None and now >= self._began_at + current.timeout_s:
            self.cancel(current.task.id, min(2.0, current.timeout_s), current.timed_out())

    def is_dead(self) -> bool:
        """Tell whether the process has ended."""
        return self.process.poll() is not None

    def kill(self, reason: TaskError | None = None) -> None:
        """End the process and all that it has started."""
        self.ended_by = reason or self.ended_by
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            self.process.kill()

    def retire(self) -> None:
        """Have it end once it has nothing to do."""
        self.tell(None)

    def bury(self) -> tuple[TaskError | None, list[Sent]]:
        """Return why its task ended with it, and the tasks that it had not begun. Its process is gone then."""
        self._kill_rest()
        code = self.process.wait()
        self.connection.close()
        current, error = self.current, None
        if current is not None:
            self.sent.pop(current.task.id, None)
            killed = kernel_kills() > self._kernel_kills
            message = describe_death(current.task.step.name, code, current.memory_bytes, kernel_killed=killed)
            error = self.ended_by or TaskError("lost", message)
        return error, list(self.sent.values())

    def _kill_rest(self) -> None:
        """End what the process may have left running."""
        try:
            self.process.wait(0.5)  # its connection closes a moment before it is dead
        except subprocess.TimeoutExpired:
            self.kill()
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
