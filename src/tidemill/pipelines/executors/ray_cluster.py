"""Ray: steps on a cluster, or on a local Ray that is started for one command. The one file that knows Ray.

Ray's own retries are off: the scheduler decides what is tried again, and counts it. A cluster can be lost at any time;
nothing that matters is kept there.
"""

from __future__ import annotations

import functools
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from tidemill.core import UnavailableError, digest_bytes, new_id
from tidemill.pipelines.executors.call import outputs_in, packed, packed_call
from tidemill.pipelines.executors.errors import NotSendableError
from tidemill.pipelines.executors.pool_child import Sent
from tidemill.pipelines.executors.port import LogLine, Outcome, Task, TaskError, Usage
from tidemill.pipelines.executors.process_memory import describe_bytes
from tidemill.pipelines.executors.ray_task import Answer, Fetch, LineBox, Sending, digests_in, execute, pack_code
from tidemill.pipelines.executors.worker_spec import CARRIED, OPENED, WorkerSpec
from tidemill.pipelines.inputs import SourceRows, ViewRows
from tidemill.storage import BlobStore

_NOTHING = Usage(0.0, 0.0, 0.0)
_LOOK_S = 0.25
_STORE_BYTES = 512 << 20


@dataclass(frozen=True)
class RayPlace:
    """Where Ray is. address: ``ray://host:port``, ``auto``; empty: that of RAY_ADDRESS, else one is started here.

    n_workers: how many processors a Ray that is started here counts with; 0: those that there are.
    carries: whether blobs travel in Ray's object store even to workers that seem to be on this machine.
    """

    address: str = ""
    n_workers: int = 0
    carries: bool = False


@dataclass
class _Running:
    """A task that Ray has. force_at: when its worker is ended; why: for what."""

    sent: Sent
    reference: Any
    began_at: float | None = None
    force_at: float | None = None
    grace_s: float = 0.0
    why: TaskError | None = None
    n_lines: int = 0


class RayExecutor:
    """Executes tasks on Ray. Connects when made; raises UnavailableError when Ray is missing or does not answer."""

    name = "ray"
    shares_memory = False

    def __init__(self, worker: str, spec: WorkerSpec, blobs: BlobStore, place: RayPlace | None = None) -> None:
        code = pack_code(spec.folder, tuple(spec.files))
        self._blobs = blobs
        self._session = _Session(place or RayPlace())
        self._ray = self._session.ray
        try:
            # A store of keys stays where it is, and so does a folder of this machine.
            is_near = "://" in spec.settings.blobs and not spec.settings.encryption
            is_far = not self._session.is_here() or self._session.place.carries
            self._carries = is_far and not is_near
            spec = replace(spec, blobs=CARRIED if self._carries else OPENED)
            if self._carries:
                spec = replace(spec, settings=replace(spec.settings, records="", online=""))
            lines = f"tidemill-lines-{new_id()}"
            sending = Sending(worker, version("tidemill"), digest_bytes(code), packed(spec), lines)
            self._box = self._ray.remote(num_cpus=0)(LineBox).options(name=lines).remote()
            self._sending, self._code = self._ray.put(sending), self._ray.put(code)
        except BaseException:
            self._session.close()
            raise
        self._remote = self._ray.remote(max_retries=0, max_calls=0)(_execute_remotely)
        self._running: dict[str, _Running] = {}
        self._ended: list[Outcome] = []
        self._put: dict[str, Any] = {}
        self._taking: Any = None
        self._took_at = time.monotonic()
        self._slots: tuple[float, int] = (0.0, 1)

    def slots(self) -> int:
        """Return two for each processor of the cluster: workers find the next task waiting, and a cluster may grow."""
        now = time.monotonic()
        if now - self._slots[0] > 2.0:
            self._slots = (now, max(2, 2 * int(self._ray.cluster_resources().get("CPU", 1))))
        return self._slots[1]

    def submit(self, task: Task, on_line: Callable[[LogLine], None]) -> None:
        """Take a task; what cannot be sent, or finds no room on a local Ray, is told by its outcome."""
        try:
            sent = Sent(task, packed_call(task), on_line)
            self._session.check(task)
        except NotSendableError as refusal:
            self._end(task, TaskError("refused", str(refusal)))
            return
        resources = task.options.resources
        asked: dict[str, Any] = {"num_cpus": resources.cpus, "name": f"tidemill {task.step.name} {task.id}"}
        if resources.gpus:
            asked["num_gpus"] = resources.gpus
        if resources.memory_bytes is not None:
            asked["memory"] = resources.memory_bytes
        if resources.custom:
            asked["resources"] = dict(resources.custom)
        # In a list a reference stays one: a worker fetches only what it does not have.
        given = [self._sending], [self._code], self._carried(task)
        name = (task.id, sent.timeout_s is not None)
        reference = self._remote.options(**asked).remote(*given, sent.data, name)
        self._running[task.id] = _Running(sent, reference)

    def wait(self, timeout_s: float | None = None) -> Sequence[Outcome]:
        """Return what has ended."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            if self._ended or not self._running:
                ended, self._ended = self._ended, []
                return ended
            left = None if until is None else until - time.monotonic()
            if left is not None and left < 0:
                return ()
            self._look(left)

    def cancel(self, task_id: str, grace_s: float = 5.0) -> None:
        """End a task: interrupted first, its worker ended when it goes on after the grace."""
        running = self._running.get(task_id)
        if running is not None and running.why is None:
            self._stop(running, running.sent.cancelled(), grace_s)

    def close(self) -> None:
        """End what runs; a local Ray that was started here is stopped."""
        for running in self._running.values():
            with suppress(Exception):
                self._ray.cancel(running.reference, force=True)
            self._end(running.sent.task, running.sent.cancelled())
        self._running.clear()
        with suppress(Exception):
            self._ray.kill(self._box)
        self._session.close()

    def _look(self, left: float | None) -> None:
        by_reference = {running.reference: task_id for task_id, running in self._running.items()}
        pause = _LOOK_S if left is None else min(_LOOK_S, left)
        done, _ = self._ray.wait(list(by_reference), num_returns=1, timeout=pause)
        if done:
            done, _ = self._ray.wait(list(by_reference), num_returns=len(by_reference), timeout=0)
        for reference in done:
            self._finish(self._running.pop(by_reference[reference]))
        self._listen()
        now = time.monotonic()
        for running in self._running.values():
            timeout_s = running.sent.timeout_s
            if running.force_at is not None:
                if now >= running.force_at:
                    running.force_at = now + 10.0
                    self._ray.cancel(running.reference, force=True)
            elif timeout_s is not None and running.began_at is not None and now >= running.began_at + timeout_s:
                self._stop(running, running.sent.timed_out(), min(2.0, timeout_s))

    def _stop(self, running: _Running, why: TaskError, grace_s: float) -> None:
        running.why, running.force_at = why, time.monotonic() + grace_s
        self._ray.cancel(running.reference, force=grace_s <= 0)

    def _listen(self) -> None:
        """Take the lines that came meanwhile; asked for now and then, and never waited for."""
        if self._taking is None:
            if time.monotonic() - self._took_at < _LOOK_S:
                return
            self._taking = self._box.take.remote()
        if not self._ray.wait([self._taking], timeout=0)[0]:
            return
        self._take(self._taking)
        self._taking = None

    def _take(self, reference: Any) -> None:
        self._took_at = time.monotonic()
        try:
            lines, begun = self._ray.get(reference)
        except self._ray.exceptions.RayError:
            return
        for line in lines:
            running = self._running.get(line.task_id)
            if running is not None:
                running.n_lines += 1
                running.sent.on_line(line)
        for task_id in begun:
            if task_id in self._running:
                self._running[task_id].began_at = time.monotonic()

    def _finish(self, running: _Running) -> None:
        task = running.sent.task
        try:
            answer: Answer = self._ray.get(running.reference)
        except self._ray.exceptions.RayError as error:
            self._end(task, running.why or self._lost(task, error))
            return
        self._running[task.id] = running
        for _ in range(20):
            if running.n_lines >= answer.n_sent:
                break
            self._take(self._taking or self._box.take.remote())
            self._taking = None
        del self._running[task.id]
        for line in answer.lines:
            running.sent.on_line(line)
        for digest, data in answer.blobs.items():
            self._blobs.put_stream([data], digest)
        outcome = replace(answer.outcome, task_id=task.id)
        if outcome.error is not None and outcome.error.kind == "cancelled":
            outcome = replace(outcome, error=running.why or running.sent.cancelled())
        self._ended.append(outcome)

    def _lost(self, task: Task, error: Exception) -> TaskError:
        """Say how Ray lost a task."""
        what, errors, said = f"step {task.step.name!r}", self._ray.exceptions, _first_line(error)
        kinds: tuple[tuple[type[Exception], str, str], ...] = (
            (errors.TaskCancelledError, "cancelled", "was cancelled"),
            (errors.OutOfMemoryError, "lost", f"was ended by Ray, since the memory of its node ran out: {said}"),
            (errors.NodeDiedError, "lost", f"lost its node: {said}"),
            (errors.RuntimeEnvSetupError, "refused", f"found no environment on Ray: {said}"),
            (errors.RayTaskError, "refused", f"cannot be executed by a Ray worker: {said}; give it this run's lock"),
            (errors.WorkerCrashedError, "lost", f"lost its process: its Ray worker died{_limit_of(task)}: {said}"),
        )
        kind, became = next(((k, b) for e, k, b in kinds if isinstance(error, e)), ("lost", f"was lost by Ray: {said}"))
        return TaskError(kind, f"{what} {became}")

    def _carried(self, task: Task) -> dict[str, Any]:
        """Return references to the blobs that a task reads, put into Ray's object store once each."""
        if not self._carries:
            return {}
        digests = [digest for output in outputs_in(task.arguments) for digest in digests_in(output.manifest)]
        for ambient in task.ambients.values():
            given = ambient.load()
            if isinstance(given, SourceRows | ViewRows):
                digests += [part.blob for part in given.version.parts]
        for digest in digests:
            if digest not in self._put and self._blobs.has(digest):
                self._put[digest] = self._ray.put(self._blobs.get(digest))
        return {digest: self._put[digest] for digest in digests if digest in self._put}

    def _end(self, task: Task, error: TaskError) -> None:
        self._ended.append(Outcome(task.id, _NOTHING, error=error))


@functools.cache
def token_of_this_process() -> str:
    """Return the token that every local Ray of this process takes.

    Ray reads it once a process, and would show a second cluster the token of the first, which refuses without a word.
    """
    return secrets.token_hex(32)


@dataclass
class _Session:
    """A connection to Ray, and what of it is to be undone."""

    place: RayPlace
    ray: Any = None
    is_local: bool = False
    _owned: bool = False
    _environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def __post_init__(self) -> None:
        address = self.place.address or os.environ.get("RAY_ADDRESS", "")
        self.is_local = not address
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
        if self.is_local and "RAY_AUTH_MODE" not in os.environ:
            # Without these a local Ray writes its token into the user's home.
            os.environ["RAY_AUTH_MODE"] = "token"
            os.environ["RAY_AUTH_TOKEN"] = token_of_this_process()
        self.ray = _ray()
        if self.ray.is_initialized():
            return
        self._owned = True
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if self.is_local:
            cpus = self.place.n_workers or None
            local = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": _STORE_BYTES}
            options |= {"address": "local", **local}
        else:
            options["address"] = address
        try:
            self.ray.init(**options)
        except Exception as error:
            self.close()
            where = f"the Ray at {address}" if address else "a local Ray"
            raise UnavailableError(
                f"{where} does not answer: {_first_line(error)}; look at its address, and that RAY_AUTH_TOKEN is that "
                "of the cluster"
            ) from error

    def is_here(self) -> bool:
        """Tell whether every node of the cluster is this machine, so that its workers reach a local store."""
        if self.is_local:
            return True
        if self.place.address.startswith("ray://"):
            return False
        host = os.uname().nodename
        return all(node["NodeManagerHostname"] == host for node in self.ray.nodes() if node["Alive"])

    def check(self, task: Task) -> None:
        """Raise NotSendableError for a task that a local Ray never has room for; a cluster may grow."""
        if not self.is_local:
            return
        total = self.ray.cluster_resources()
        asked = task.options.resources
        wanted = {"CPU": asked.cpus, "GPU": asked.gpus, "memory": asked.memory_bytes or 0, **asked.custom}
        for name, amount in wanted.items():
            if amount > total.get(name, 0):
                there = f"the local Ray has {total.get(name, 0):g}"
                raise NotSendableError(
                    f"step {task.step.name!r} asks for {amount:g} {name}, and {there}: ask for less, or name a cluster "
                    "as ray://host:10001"
                )

    def close(self) -> None:
        """Disconnect; a Ray that was started here ends."""
        if self._owned:
            with suppress(Exception):
                self.ray.shutdown()
        # Ray leaves more there than it was given, and a second session would start from it.
        for name in [each for each in os.environ if each.startswith("RAY_") or each == "PYTHONBREAKPOINT"]:
            if name not in self._environment:
                del os.environ[name]
        os.environ.update(self._environment)


def _execute_remotely(
    sending: Sequence[Any], code: Sequence[Any], blobs: Mapping[str, Any], data: bytes, task: tuple[str, bool]
) -> Answer:
    """Execute a call in a Ray worker. task: its id, and whether to say when it begins."""
    ray = _ray()
    told: Sending = _fetched(sending[0])
    fetch = Fetch(lambda: ray.get(code[0]), {digest: _getter(ray, held) for digest, held in blobs.items()})
    if task[1]:
        ray.get_actor(told.lines).begin.remote(task[0])

    def send(lines: list[LogLine]) -> None:
        ray.get_actor(told.lines).add.remote(lines)

    return execute(told, (task[0], data), fetch, send)


def _getter(ray: Any, reference: Any) -> Callable[[], bytes]:
    return lambda: ray.get(reference)


@functools.lru_cache(maxsize=2)
def _fetched(reference: Any) -> Sending:
    found: Sending = _ray().get(reference)
    return found


def _limit_of(task: Task) -> str:
    limit = task.options.resources.memory_bytes
    return f", maybe at its memory limit of {describe_bytes(limit)}" if limit is not None else ""


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]


def _ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UnavailableError("the executor ray needs the package ray: pip install 'tidemill[ray]'") from error
    return ray
