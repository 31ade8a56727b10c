"""The process pool: warm processes on this machine that have imported the project's code."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import wait as wait_for

from tidemill.core.started_child import StartedChild, start_child, usable_cpus
from tidemill.pipelines.executors.call import packed_call
from tidemill.pipelines.executors.child_loop import BEGAN, DONE, LINES, READY, Said
from tidemill.pipelines.executors.errors import NotSendableError
from tidemill.pipelines.executors.output_capture import captured_output
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.pool_child import PoolChild, Sent
from tidemill.pipelines.executors.port import LogLine, Outcome, Task, TaskError, Usage
from tidemill.pipelines.executors.quick_steps import QuickSteps
from tidemill.pipelines.executors.worker_spec import WorkerSpec

_NOTHING = Usage(0.0, 0.0, 0.0)
_GIB = 1 << 30
#: A start takes a second of a processor: quick steps are done before another process could help.
_BEHIND_S = 0.1


@dataclass(frozen=True)
class PoolOptions:
    """How a pool works.

    n_workers: how many processes at most. recycle_bytes: one that holds more after a task is replaced.
    """

    n_workers: int = 0
    recycle_bytes: int = _GIB

    def size(self) -> int:
        """Return how many processes there may be: as many as this process may use processors, at least two."""
        return self.n_workers or max(2, usable_cpus())


class ProcessPool:
    """Executes tasks in processes of this machine. They are started one after the other as work comes, and stay.

    A step that is known to take less than a message does is executed in the calling process, in `wait`; one of which
    nothing is known, or that has a time-out or a memory limit, never is.

    worker: the module that a process runs. local: executes calls in this process.
    """

    name = "pool"
    shares_memory = False

    def __init__(
        self,
        worker: str,
        spec: WorkerSpec,
        local: Callable[[], Performer],
        options: PoolOptions | None = None,
        quick: QuickSteps | None = None,
    ) -> None:
        self._worker, self._spec, self._local = worker, spec, local
        self._options = options or PoolOptions()
        self._quick = quick or QuickSteps()
        self._children: list[PoolChild] = []
        self._queue: deque[Sent] = deque()
        self._here: Sent | None = None
        self._ended: list[Outcome] = []
        self._n_stillborn = 0
        self._behind_since = 0.0
        self._is_closed = False

    def warm(self, started: StartedChild | None = None) -> None:
        """Have the first process import the project's code while this one does something else.

        started: a process of the worker's module that was started before.
        """
        if not self._children:
            self._children.append(PoolChild(started or start_child(self._worker), self._spec))
        elif started is not None:
            started.drop()

    def pause(self) -> None:
        """End what runs and keep what is idle for the next run, but for processes whose globals steps have changed."""
        self._put_back()
        while self._queue:
            sent = self._queue.popleft()
            self._end(sent.task, sent.cancelled())
        for child in list(self._children):
            if child.sent or child.is_changed:
                child.kill()
                self._children.remove(child)
                child.bury()
        self._ended.clear()

    def is_for(self, spec: WorkerSpec) -> bool:
        """Tell whether its processes have just that code and store."""
        return self._spec == spec

    def slots(self) -> int:
        """Return how many tasks are worth giving at once: two for each process while tasks are quick."""
        return self._options.size() * (2 if self._quick.lately() else 1)

    def pids(self) -> list[int]:
        """Return the ids of the processes that live."""
        return [child.process.pid for child in self._children]

    def submit(self, task: Task, on_line: Callable[[LogLine], None]) -> None:
        """Take a task; what cannot be sent to a process is told by its outcome."""
        try:
            sent = Sent(task, packed_call(task), on_line)
        except NotSendableError as refusal:
            self._end(task, TaskError("refused", str(refusal)))
            return
        self._queue.append(sent)
        self._dispatch()

    def wait(self, timeout_s: float | None = None) -> Sequence[Outcome]:
        """Return what has ended."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            self._listen(0)
            self._dispatch()
            if not self._ended:
                self._execute_here()
            if self._ended:
                ended, self._ended = self._ended, []
                return ended
            if not self._n_waiting() and not any(child.sent for child in self._children):
                return ()
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return ()
            self._listen(left)

    def cancel(self, task_id: str, grace_s: float = 5.0) -> None:
        """End a task: asked by a signal first, its process ended when it goes on after the grace."""
        self._put_back()
        for sent in list(self._queue):
            if sent.task.id == task_id:
                self._queue.remove(sent)
                self._end(sent.task, sent.cancelled())
                return
        for child in self._children:
            if task_id in child.sent:
                child.cancel(task_id, grace_s, child.sent[task_id].cancelled())

    def close(self) -> None:
        """End what runs, and the processes."""
        self._is_closed = True
        self._put_back()
        while self._queue:
            sent = self._queue.popleft()
            self._end(sent.task, sent.cancelled())
        for child in self._children:
            if child.sent:
                child.kill(next(iter(child.sent.values())).cancelled())
            child.retire()
        for child in list(self._children):
            self._bury(child)

    def _n_waiting(self) -> int:
        return len(self._queue) + (self._here is not None)

    def _put_back(self) -> None:
        if self._here is not None:
            self._queue.appendleft(self._here)
            self._here = None

    def _dispatch(self) -> None:
        any_ready = any(child.is_ready for child in self._children)
        while self._queue and not self._is_closed:
            if self._here is None and self._quick.is_worth_staying(self._queue[0].task, any_ready=any_ready):
                self._here = self._queue.popleft()
            elif (child := self._free_child(self._queue[0].task)) is not None:
                child.take(self._queue.popleft())
            else:
                break
        self._grow()

    def _free_child(self, task: Task) -> PoolChild | None:
        """Return a process that is idle, or will be in a moment: nothing waits behind what may take long."""
        ready = [child for child in self._children if child.is_ready and child.ended_by is None]
        child = min(ready, key=lambda each: len(each.sent), default=None)
        if child is None or len(child.sent) > 1:
            return None
        soon = all(self._quick.is_quick(each) for each in (task, *(sent.task for sent in child.sent.values())))
        return child if soon or not child.sent else None

    def _grow(self) -> None:
        if self._is_closed or not self._queue or len(self._children) >= self._options.size():
            self._behind_since = 0.0
            return
        if not all(child.is_ready for child in self._children):
            return  # one starts at a time
        now = time.monotonic()
        self._behind_since = self._behind_since or now
        if not self._children or now - self._behind_since >= _BEHIND_S:
            self._children.append(PoolChild(start_child(self._worker), self._spec))
            self._behind_since = 0.0

    def _execute_here(self) -> None:
        sent, self._here = self._here, None
        if sent is None:
            return
        with captured_output(sent.on_line, sent.task.id, shown=False):
            outcome = self._local().perform(sent.data)
        self._keep(sent.task, outcome)

    def _listen(self, timeout_s: float | None) -> None:
        """Hear what the processes say, for so long at most, and look after them."""
        by_connection = {child.connection: child for child in self._children}
        for connection in wait_for(list(by_connection), self._patience(timeout_s)) if by_connection else ():
            child = by_connection[connection]  # type: ignore[index]
            try:
                while True:
                    self._heard(child, child.heard())
                    if not child.connection.poll():
                        break
            except (EOFError, OSError):
                self._bury(child)
        for child in list(self._children):
            child.look()
            if child.is_dead() and not child.connection.poll():
                self._bury(child)

    def _patience(self, timeout_s: float | None) -> float:
        now = time.monotonic()
        due = [look - now for child in self._children if (look := child.next_look()) is not None]
        if self._behind_since:
            due.append(self._behind_since + _BEHIND_S - now)
        return max(0.0, min([0.25, *due, *([] if timeout_s is None else [timeout_s])]))

    def _heard(self, child: PoolChild, said: Said) -> None:
        if said.kind == READY:
            child.is_ready, child.idle_bytes, self._n_stillborn = True, said.resident_bytes, 0
        elif said.kind == BEGAN:
            child.begun(said.task_id)
        elif said.kind == LINES:
            for line in said.lines:
                if line.task_id in child.sent:
                    child.sent[line.task_id].on_line(line)
        elif said.kind == DONE and said.outcome is not None:
            sent, reason = child.done(said), child.ended_by
            child.is_changed = child.is_changed or bool(said.outcome.changed)
            child.ended_by = None
            if sent is not None:
                self._keep(sent.task, _as_asked(said.outcome, reason, sent))
            if child.idle_bytes > self._options.recycle_bytes and not child.sent:
                child.retire()
                self._bury(child)
        self._dispatch()

    def _bury(self, child: PoolChild) -> None:
        if child not in self._children:
            return
        self._children.remove(child)
        current = child.current
        error, rest = child.bury()
        if current is not None and error is not None:
            self._end(current.task, error)
        for sent in reversed(rest):
            if self._is_closed:
                self._end(sent.task, sent.cancelled())
            else:
                self._queue.appendleft(sent)
        if not child.is_ready and not self._is_closed:
            self._count_stillborn(child)

    def _count_stillborn(self, child: PoolChild) -> None:
        self._n_stillborn += 1
        if self._n_stillborn < 3:
            return
        self._n_stillborn = 0
        code = child.process.poll()
        message = f"the processes of the pool end while they start (exit code {code}): see what they wrote"
        while self._queue:
            self._end(self._queue.popleft().task, TaskError("lost", message))

    def _keep(self, task: Task, outcome: Outcome) -> None:
        if outcome.error is None:
            self._quick.note(task.step.name, outcome.usage.seconds)
        self._ended.append(replace(outcome, task_id=task.id))

    def _end(self, task: Task, error: TaskError) -> None:
        self._ended.append(Outcome(task.id, _NOTHING, error=error))


def _as_asked(outcome: Outcome, reason: TaskError | None, sent: Sent) -> Outcome:
    """Return an outcome with the reason for which the task was asked to end, when it did so."""
    if outcome.error is None or outcome.error.kind != "cancelled":
        return outcome
    return replace(outcome, error=reason or sent.cancelled())
