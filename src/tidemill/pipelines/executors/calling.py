"""Calling a step's function in the process that is at hand: what it returns, what it took, what it read unasked.

In process, in a process of the pool and in a Ray worker it is called in the same way, so that records are the same.
"""

from __future__ import annotations

import errno
import random
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tidemill.core import TidemillError
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.pipelines.errors import StepError, describe_exit, own_frames
from tidemill.pipelines.executors.errors import TaskCancelledError
from tidemill.pipelines.executors.port import Held, Outcome, Task, TaskError
from tidemill.pipelines.executors.process_memory import describe_bytes, limit_growth
from tidemill.pipelines.executors.usage import Measure
from tidemill.pipelines.graph.handle import like
from tidemill.pipelines.graph.outputs import take_apart
from tidemill.pipelines.graph.step import Step
from tidemill.pipelines.inputs import Ambient
from tidemill.pipelines.keys.code_digest import CodeDigest, describe_change
from tidemill.pipelines.keys.path_digest import paths_in
from tidemill.pipelines.keys.watched_reads import watched_reads
from tidemill.pipelines.missing_module import how_to_install

_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Call:
    """One call of a step's function.

    names: of what it returns. memory_bytes: how much more memory it may take; None: no limit.
    code: what its result depends on beside its arguments; None: its reads and changes are not watched.
    shown: turns the name of a file here into that of the same file where the run was started.
    """

    task_id: str
    step: Step[Any, Any]
    names: tuple[str, ...]
    seed: int | None = None
    memory_bytes: int | None = None
    code: CodeDigest | None = None
    shown: Callable[[str], str] = str


def call_task(task: Task, codecs: Codecs) -> Outcome:
    """Call the function of a task here and keep what it returns. Raises KeyboardInterrupt and GeneratorExit only."""
    call = Call(task.id, task.step, task.outputs, task.options.seed, code=task.code)
    return call_step(
        call, lambda: {name: given(value, task.ambients, codecs) for name, value in task.arguments.items()}, codecs
    )


def call_step(call: Call, arguments: Callable[[], dict[str, Any]], codecs: Codecs) -> Outcome:
    """Read what a function is given, call it, and keep what it returns. Whatever goes wrong is told in the outcome.

    Raises KeyboardInterrupt and GeneratorExit only: whoever uses this process wants it to stop.
    """
    measure = Measure()
    step = call.step
    try:
        result, doubts, changed = _watched(call, codecs, arguments())
        parts = take_apart(step.function, step.shape, step.outputs, result)
        values = dict(zip(call.names, parts, strict=True))
        kept = {name: _encoded(step.name, codecs, name, value) for name, value in values.items()}
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except TaskCancelledError as error:
        said = TaskError("cancelled", f"step {step.name!r} was cancelled", "", error)
        return Outcome(call.task_id, measure.usage(), error=said)
    except StepError as error:
        return Outcome(call.task_id, measure.usage(), error=TaskError("raised", str(error), error.details, error))
    except BaseException as error:  # noqa: BLE001 - what a step raises is its outcome
        return Outcome(call.task_id, measure.usage(), error=_told(call, error))
    outputs = tuple(output for output in kept.values() if output is not None)
    unkept = tuple(
        f"its output {name!r} is a {type(values[name]).__qualname__}, which no codec keeps"
        for name, output in kept.items()
        if output is None
    )
    return Outcome(call.task_id, measure.usage(), outputs, unkept, values, doubts, changed)


def given(value: Any, ambients: Mapping[int, Ambient], codecs: Codecs) -> Any:
    """Return an argument of a task as its function receives it. Raises NotFoundError, DamagedError."""
    if isinstance(value, Output):
        return codecs.decode(value)
    if isinstance(value, Held):
        return value.value
    ambient = ambients.get(id(value))
    if ambient is not None:
        return ambient.load()
    if isinstance(value, list | tuple):
        return like(value, [given(item, ambients, codecs) for item in value])
    if isinstance(value, dict):
        return {key: given(item, ambients, codecs) for key, item in value.items()}
    return value


def _told(call: Call, error: BaseException) -> TaskError:
    """Say in one line what a step raised, and where."""
    frames, step = own_frames(error), call.step.name
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    message = f"step {step!r} failed{where}: {_kind(error)}{error}{how_to_install(error)}"
    if isinstance(error, SystemExit):
        message = f"step {step!r} {describe_exit(error)}{where}"
    if isinstance(error, MemoryError) and call.memory_bytes is not None:
        limit = describe_bytes(call.memory_bytes)
        message = f"step {step!r} needs more than its memory limit of {limit}{where}: raise it, or give it less"
    for frame in frames:
        frame.line  # noqa: B018 - read now, from the file as it is called here
        frame.filename = call.shown(frame.filename)
    return TaskError("raised", message, "".join(traceback.format_list(frames)).rstrip(), error)


def _watched(call: Call, codecs: Codecs, arguments: dict[str, Any]) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Call the function; return its result, what it read that is no input, and what it changed of its own code."""
    code = call.code
    if code is None:
        return _bounded(call, arguments), (), ()
    with watched_reads(paths_in(arguments), codecs.own_folders, native=code.reads_natively) as seen:
        result = _bounded(call, arguments)
    changed = code.changed()
    return result, (*seen.doubts(code.root), *map(describe_change, changed)), changed


def _bounded(call: Call, arguments: dict[str, Any]) -> Any:
    if call.seed is not None:
        random.seed(call.seed)
        np.random.seed(call.seed % 2**32)
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.manual_seed(call.seed)
    if call.memory_bytes is None:
        return call.step.function(**arguments)
    limit_growth(call.memory_bytes)
    try:
        return call.step.function(**arguments)
    finally:
        limit_growth(None)


def _encoded(step: str, codecs: Codecs, name: str, value: Any) -> Output | None:
    try:
        return codecs.encode(name, value)
    except (KeyboardInterrupt, GeneratorExit, TaskCancelledError):
        raise
    except BaseException as error:  # a panic of a compiled library is no Exception
        what = f"step {step!r}: its output {name!r}, a {type(value).__qualname__},"
        if isinstance(error, OSError) and error.errno in _FULL:
            said = "was not kept: the disk of the store is full; nothing of it was left there: free some space and run"
            raise StepError(f"{what} {said} again", "") from error
        raise StepError(f"{what} cannot be kept: {_kind(error)}{error}", "") from error


def _kind(error: BaseException) -> str:
    return "" if isinstance(error, TidemillError) else f"{type(error).__name__}: "
