"""Calling a step's function in this process: what it is given, what it returns, what it took."""

from __future__ import annotations

import random
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tidemill.core import TidemillError
from tidemill.pipelines.code_digest import describe_change
from tidemill.pipelines.codecs import Codecs, Output
from tidemill.pipelines.errors import StepError, describe_exit, own_frames
from tidemill.pipelines.executors.port import Held, Outcome, Task, TaskError
from tidemill.pipelines.executors.usage import Measure
from tidemill.pipelines.handle import like
from tidemill.pipelines.inputs import Ambient
from tidemill.pipelines.missing_module import how_to_install
from tidemill.pipelines.outputs import take_apart
from tidemill.pipelines.path_digest import paths_in
from tidemill.pipelines.watched_reads import watched_reads


def call_task(task: Task, codecs: Codecs) -> Outcome:
    """Call the function of a task here and keep what it returns. Raises KeyboardInterrupt and GeneratorExit only."""
    usage = Measure().usage
    step = task.step
    try:
        arguments = {name: given(value, task.ambients, codecs) for name, value in task.arguments.items()}
        result, doubts, changed = _watched(task, codecs, arguments)
        parts = take_apart(step.function, step.shape, step.outputs, result)
        values = dict(zip(task.outputs, parts, strict=True))
        kept = {name: _encoded(step.name, codecs, name, value) for name, value in values.items()}
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except StepError as error:
        return Outcome(task.id, usage(), error=TaskError("raised", str(error), error.details, error))
    except BaseException as error:  # noqa: BLE001 - what a step raises is its outcome
        return Outcome(task.id, usage(), error=told(step.name, error))
    outputs = tuple(output for output in kept.values() if output is not None)
    unkept = tuple(
        f"its output {name!r} is a {type(values[name]).__qualname__}, which no codec keeps"
        for name, output in kept.items()
        if output is None
    )
    return Outcome(task.id, usage(), outputs, unkept, values, doubts, changed)


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


def told(step: str, error: BaseException) -> TaskError:
    """Say in one line what a step raised, and where."""
    shown = own_frames(error)
    where = f" at {Path(shown[-1].filename).name}:{shown[-1].lineno}" if shown else ""
    message = f"step {step!r} failed{where}: {_kind(error)}{error}{how_to_install(error)}"
    if isinstance(error, SystemExit):
        message = f"step {step!r} {describe_exit(error)}{where}"
    return TaskError("raised", message, "".join(traceback.format_list(shown)).rstrip(), error)


def _watched(task: Task, codecs: Codecs, arguments: Mapping[str, Any]) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Call the function; return its result, what it read that is no input, and what it changed of its own code."""
    code = task.code
    if code is None:
        return _seeded(task.options.seed, task.step.function, arguments), (), ()
    with watched_reads(paths_in(arguments), codecs.own_folders, native=code.reads_natively) as seen:
        result = _seeded(task.options.seed, task.step.function, arguments)
    changed = code.changed()
    return result, (*seen.doubts(code.root), *map(describe_change, changed)), changed


def _seeded(seed: int | None, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    if seed is not None:
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.manual_seed(seed)
    return function(**arguments)


def _encoded(step: str, codecs: Codecs, name: str, value: Any) -> Output | None:
    try:
        return codecs.encode(name, value)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a compiled library is no Exception
        kept = f"step {step!r}: its output {name!r}, a {type(value).__qualname__}, cannot be kept: "
        raise StepError(kept + _kind(error) + str(error), "") from error


def _kind(error: BaseException) -> str:
    return "" if isinstance(error, TidemillError) else f"{type(error).__name__}: "
