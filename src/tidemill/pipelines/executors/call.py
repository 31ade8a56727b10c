"""A task as it travels: functions by module and name, kept results by digest, plain values as they are.

What is sent stays among the processes of one run and one user; nothing of it is ever stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from typing import Any

from tidemill.data import DatasetVersion
from tidemill.pipelines.codecs.codec import Output
from tidemill.pipelines.executors.errors import ELSE_IN_PROCESS, NotSendableError
from tidemill.pipelines.executors.function_reference import Declared, declared_function, declared_value
from tidemill.pipelines.executors.port import Held, Task
from tidemill.pipelines.graph.handle import like
from tidemill.pipelines.inputs import Ambient, SourceRows, ViewRows


@dataclass(frozen=True)
class Rows:
    """A source or a feature view, and the dataset version whose rows it is read with."""

    declared: Declared
    version: DatasetVersion
    is_view: bool


@dataclass(frozen=True)
class StepCall:
    """What another process needs to know of a task.

    takes_apart: whether the function returns a tuple with an item for each output.
    code: the digest of what its result depends on beside its arguments; empty: it is not watched.
    """

    task_id: str
    step: str
    function: Declared
    arguments: Mapping[str, Any]
    outputs: tuple[str, ...]
    takes_apart: bool
    seed: int | None = None
    memory_bytes: int | None = None
    code: str = ""


def packed_call(task: Task) -> bytes:
    """Return a task as bytes. Raises NotSendableError, one line that says what cannot be sent and what to do."""
    what = f"step {task.step.name!r}"
    function = declared_function(task.step.function, what)
    modules = (function.module,)
    arguments = {name: _portable(value, task, modules) for name, value in task.arguments.items()}
    options = task.options
    call = StepCall(
        task.id,
        task.step.name,
        function,
        arguments,
        task.outputs,
        bool(task.step.outputs),
        options.seed,
        options.resources.memory_bytes,
        "" if task.code is None else task.code.digest,
    )
    try:
        return bytes(ForkingPickler.dumps(call))
    except Exception:  # noqa: BLE001 - whatever an object's own reduction raises
        raise NotSendableError(_blame(what, arguments)) from None


def unpacked(data: bytes) -> Any:
    """Return what was packed by another process of the same run. Raises whatever its making raises."""
    return ForkingPickler.loads(data)


def packed(value: Any) -> bytes:
    """Return a value as bytes for another process of the same run. Raises whatever its taking apart raises."""
    return bytes(ForkingPickler.dumps(value))


def outputs_in(value: Any) -> list[Output]:
    """Return the kept results in a tree of arguments."""
    if isinstance(value, Output):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    return [each for item in value for each in outputs_in(item)] if isinstance(value, list | tuple) else []


def _portable(value: Any, task: Task, modules: tuple[str, ...]) -> Any:
    ambient = task.ambients.get(id(value))
    if ambient is not None:
        return _declared(value, ambient, task.step.name, modules)
    if isinstance(value, Held):
        raise NotSendableError(
            f"step {task.step.name!r} is given what {value.made_by} made, a {type(value.value).__qualname__}, which no "
            f"codec keeps, so that it cannot leave its process: return a table, an array, a model or plain values, "
            f"{ELSE_IN_PROCESS}"
        )
    if isinstance(value, Output):
        return value
    if isinstance(value, list | tuple):
        return like(value, [_portable(item, task, modules) for item in value])
    if isinstance(value, dict):
        return {key: _portable(item, task, modules) for key, item in value.items()}
    return value


def _declared(value: Any, ambient: Ambient, step: str, modules: tuple[str, ...]) -> Any:
    given = ambient.load()
    if isinstance(given, SourceRows):
        return Rows(declared_value(given.source, modules, f"source {given.source.name!r}"), given.version, False)
    if isinstance(given, ViewRows):
        return Rows(declared_value(given.view, modules, f"feature view {given.view.name!r}"), given.version, True)
    function = getattr(value, "function", value)
    return declared_function(
        function, f"{getattr(function, '__name__', 'a function')!r}, which step {step!r} is given,"
    )


def _blame(what: str, arguments: Mapping[str, Any]) -> str:
    for name, value in arguments.items():
        try:
            ForkingPickler.dumps(value)
        except Exception as error:  # noqa: BLE001 - as above
            said = " ".join(str(error).split())[:200]
            return (
                f"{what} cannot be sent to another process: its argument {name!r}, a {type(value).__qualname__}, does "
                f"not travel ({said}): give it plain values or results of steps, {ELSE_IN_PROCESS}"
            )
    return f"{what} cannot be sent to another process: {ELSE_IN_PROCESS.removeprefix('or ')}"
