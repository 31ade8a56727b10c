"""Executing one call in the process that has it: read what it is given, run it, keep what it returns."""

from __future__ import annotations

import errno
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tidemill.core import TidemillError
from tidemill.data.ingest import scan_parts
from tidemill.pipelines.codecs import Codecs, Output
from tidemill.pipelines.errors import StepError, describe_exit, own_frames
from tidemill.pipelines.executors.call import Rows, StepCall, packed, unpacked
from tidemill.pipelines.executors.errors import ELSE_IN_PROCESS, NotSendableError, TaskCancelledError
from tidemill.pipelines.executors.function_reference import Declared
from tidemill.pipelines.executors.port import Outcome, TaskError
from tidemill.pipelines.executors.resources_used import Meter, limit_growth
from tidemill.pipelines.handle import like
from tidemill.pipelines.inputs import SourceRows, ViewRows
from tidemill.pipelines.missing_module import how_to_install
from tidemill.pipelines.outputs import take_apart
from tidemill.pipelines.step import Step
from tidemill.storage import BlobStore

_FULL = {errno.ENOSPC, errno.EDQUOT}


def _whole() -> None:
    """Find nothing wrong."""


@dataclass(frozen=True)
class Performer:
    """Executes calls with one store.

    check: raises UsageError when the project's code is not what the run was planned with, or does not import.
    shown: turns the name of a file here into that of the same file where the run was started.
    """

    blobs: BlobStore
    codecs: Codecs
    check: Callable[[], None] = _whole
    shown: Callable[[str], str] = str

    def perform(self, data: bytes) -> Outcome:
        """Execute a packed call. Whatever goes wrong is told in the outcome."""
        meter = Meter()
        try:
            self.check()
            call: StepCall = unpacked(data)
            step = _as_sent(call, call.function.find())
        except TidemillError as error:
            return Outcome("", meter.read(), error=TaskError("refused", str(error)))
        except Exception as error:  # noqa: BLE001 - importing runs code of others
            said = f"{type(error).__name__}: {error}"
            message = (
                f"a step cannot be read in another process ({said}): move what it names to a module of the project, "
            )
            return Outcome("", meter.read(), error=TaskError("refused", message + ELSE_IN_PROCESS))
        return self._perform(call, step, meter)

    def _perform(self, call: StepCall, step: Step[Any, Any], meter: Meter) -> Outcome:
        try:
            arguments = {name: self._given(value) for name, value in call.arguments.items()}
            result = self._called(call, step.function, arguments)
            values = take_apart(step.function, step.shape, step.outputs, result)
            outputs = tuple(self._kept(call, name, value) for name, value in zip(call.outputs, values, strict=True))
        except TaskCancelledError:
            error = TaskError("cancelled", f"step {call.step!r} was cancelled")
        except NotSendableError as refusal:
            error = TaskError("refused", str(refusal))
        except KeyboardInterrupt:  # not the step's: whoever uses this process wants it to stop
            raise
        except StepError as failure:
            error = TaskError("raised", str(failure), failure.details)
        except BaseException as failure:  # noqa: BLE001 - what a step raises is the outcome
            error = self._failure(call, failure)
        else:
            return Outcome(call.task_id, meter.read(), outputs)
        return Outcome(call.task_id, meter.read(), error=error)

    def _called(self, call: StepCall, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        if call.seed is not None:
            random.seed(call.seed)
            np.random.seed(call.seed % 2**32)
        if call.memory_bytes is None:
            return function(**arguments)
        limit_growth(call.memory_bytes)
        try:
            return function(**arguments)
        finally:
            limit_growth(None)

    def _given(self, value: Any) -> Any:
        if isinstance(value, Output):
            return self.codecs.decode(value)
        if isinstance(value, Declared):
            return value.find()
        if isinstance(value, Rows):
            rows = scan_parts(self.blobs, value.version.parts)
            kind: type[Any] = ViewRows if value.is_view else SourceRows
            return kind(value.declared.find(), value.version, rows)
        if isinstance(value, list | tuple):
            return like(value, [self._given(item) for item in value])
        if isinstance(value, dict):
            return {key: self._given(item) for key, item in value.items()}
        return value

    def _kept(self, call: StepCall, name: str, value: Any) -> Output:
        what = f"step {call.step!r}: its output {name!r}, a {type(value).__qualname__},"
        try:
            output = self.codecs.encode(name, value)
        except TaskCancelledError:
            raise
        except BaseException as error:
            if isinstance(error, OSError) and error.errno in _FULL:
                raise StepError(
                    f"{what} was not kept: the disk of the store is full; nothing of it was left there: free some "
                    "space and run again",
                    "",
                ) from error
            raise StepError(f"{what} cannot be kept: {_kind(error)}{error}", "") from error
        if output is None:
            raise NotSendableError(
                f"{what} is nothing that a codec keeps, so it cannot leave its process: return a table, an array, a "
                f"model or plain values, {ELSE_IN_PROCESS}"
            )
        return output

    def _failure(self, call: StepCall, error: BaseException) -> TaskError:
        frames = own_frames(error)
        where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        message = f"step {call.step!r} failed{where}: {_kind(error)}{error}{how_to_install(error)}"
        if isinstance(error, SystemExit):
            message = f"step {call.step!r} {describe_exit(error)}{where}"
        if isinstance(error, MemoryError) and call.memory_bytes is not None:
            limit = describe_bytes(call.memory_bytes)
            message = (
                f"step {call.step!r} needs more than its memory limit of {limit}{where}: raise it, or give it less"
            )
        for frame in frames:
            frame.line  # noqa: B018 - read now, from the file as it is called here
            frame.filename = self.shown(frame.filename)
        return TaskError("raised", message, "".join(traceback.format_list(frames)).rstrip(), _portable_error(error))


def describe_bytes(size: int) -> str:
    """Say a size in words.

    >>> describe_bytes(2_000_000_000)
    '2 GB'
    """
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size:,} bytes"


def _as_sent(call: StepCall, found: Any) -> Step[Any, Any]:
    """Return the step as it was sent: the one that was found, or another of the same function."""
    step = found if isinstance(found, Step) else Step(found)
    if step.output_names() == call.outputs:
        return step
    return Step(step.function, call.outputs if call.takes_apart else ())


def _kind(error: BaseException) -> str:
    return "" if isinstance(error, TidemillError) else f"{type(error).__name__}: "


def _portable_error(error: BaseException) -> BaseException | None:
    """Return the error itself where it can be had on the other side too."""
    try:
        unpacked(packed(error))
    except Exception:  # noqa: BLE001 - errors of others take themselves apart as they like
        return None
    return error
