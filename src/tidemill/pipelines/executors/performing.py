"""Executing one call that came as bytes, in the process that has it: find its function, call it, answer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tidemill.core import TidemillError
from tidemill.data.ingest import scan_parts
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.pipelines.executors.call import Rows, StepCall, packed, unpacked
from tidemill.pipelines.executors.calling import Call, call_step
from tidemill.pipelines.executors.code_at_hand import OTHERWISE, CodeAtHand
from tidemill.pipelines.executors.errors import ELSE_IN_PROCESS
from tidemill.pipelines.executors.function_reference import Declared
from tidemill.pipelines.executors.port import Outcome, TaskError
from tidemill.pipelines.executors.usage import Measure
from tidemill.pipelines.graph.handle import like
from tidemill.pipelines.graph.step import Step
from tidemill.pipelines.inputs import SourceRows, ViewRows
from tidemill.storage import BlobStore


def _whole() -> None:
    """Find nothing wrong."""


@dataclass(frozen=True)
class Performer:
    """Executes calls with one store.

    check: raises UsageError when the project's code is not what the run was planned with, or does not import.
    shown: turns the name of a file here into that of the same file where the run was started.
    code: tells what functions stand on here.
    """

    blobs: BlobStore
    codecs: Codecs
    check: Callable[[], None] = _whole
    shown: Callable[[str], str] = str
    code: CodeAtHand = field(default_factory=lambda: CodeAtHand(Path()))

    def perform(self, data: bytes) -> Outcome:
        """Execute a packed call. Whatever goes wrong is told in the outcome. Raises KeyboardInterrupt."""
        measure = Measure()
        try:
            self.check()
            sent: StepCall = unpacked(data)
            step = _as_sent(sent, sent.function.find())
            code = self.code.now(step.function, sent.code)
        except TidemillError as error:
            return Outcome("", measure.usage(), error=TaskError("refused", str(error)))
        except Exception as error:  # noqa: BLE001 - importing runs code of others
            said = f"{type(error).__name__}: {error}"
            message = (
                f"a step cannot be read in another process ({said}): move what it names to a module of the project, "
            )
            return Outcome("", measure.usage(), error=TaskError("refused", message + ELSE_IN_PROCESS))
        call = Call(sent.task_id, step, sent.outputs, sent.seed, sent.memory_bytes, code, self.shown)
        outcome = call_step(call, functools.partial(self._arguments, sent), self.codecs)
        self.code.note(outcome.changed)
        if code is not None and OTHERWISE in code.doubts:
            outcome = replace(outcome, doubts=(*outcome.doubts, OTHERWISE))
        return _portable(sent, outcome)

    def _arguments(self, sent: StepCall) -> dict[str, Any]:
        return {name: self._given(value) for name, value in sent.arguments.items()}

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


def _as_sent(call: StepCall, found: Any) -> Step[Any, Any]:
    """Return the step as it was sent: the one that was found, or another of the same function."""
    step = found if isinstance(found, Step) else Step(found)
    if step.output_names() == call.outputs:
        return step
    return Step(step.function, call.outputs if call.takes_apart else ())


def _portable(call: StepCall, outcome: Outcome) -> Outcome:
    """Return an outcome without what cannot leave this process."""
    if outcome.unkept:
        said = outcome.unkept[0].replace(
            ", which no codec keeps", ", which no codec keeps, so it cannot leave its process"
        )
        message = f"step {call.step!r}: {said}: return a table, an array, a model or plain values, {ELSE_IN_PROCESS}"
        return Outcome(outcome.task_id, outcome.usage, error=TaskError("refused", message))
    error = outcome.error
    if error is not None and error.error is not None:
        error = replace(error, error=_portable_error(error.error))
    return replace(outcome, values={}, error=error)


def _portable_error(error: BaseException) -> BaseException | None:
    """Return the error itself where it can be had on the other side too."""
    try:
        unpacked(packed(error))
    except Exception:  # noqa: BLE001 - errors of others take themselves apart as they like
        return None
    return error
