"""The state of one run: what its steps have made so far, and executing the next one."""

from __future__ import annotations

import time
import traceback
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from tidemill.core import TidemillError, digest_json
from tidemill.pipelines.code_digest import CodeDigest, describe_change
from tidemill.pipelines.codecs import Codecs, Output
from tidemill.pipelines.errors import StepError, describe_exit, own_frames
from tidemill.pipelines.handle import Reference, like
from tidemill.pipelines.inputs import Ambient
from tidemill.pipelines.missing_module import how_to_install
from tidemill.pipelines.path_digest import paths_in
from tidemill.pipelines.step import Node
from tidemill.pipelines.watched_reads import watched_reads


class Execution:
    """The results of one run so far: in memory when a step has just made them, in the store when reused."""

    def __init__(self, codecs: Codecs) -> None:
        self._codecs = codecs
        self.changed: set[str] = set()
        self._kept: dict[Reference, Output] = {}
        self._values: dict[Reference, Any] = {}
        self._digests: dict[Reference, str] = {}

    def digests(self) -> Mapping[Reference, str]:
        """Return the digest of every output that is known so far."""
        return self._digests

    def keep(self, node: Node, outputs: list[Output]) -> None:
        """Take outputs that an earlier run has kept as those of a step."""
        for output in outputs:
            reference = Reference(node.position, output.name)
            self._kept[reference] = output
            self._digests[reference] = output.digest

    def release(self, needed: Container[Reference]) -> None:
        """Let go of the values that nothing needs any more; those of large tables are worth it."""
        self._values = {reference: value for reference, value in self._values.items() if reference in needed}

    def execute(self, node: Node, ambients: Mapping[int, Ambient], code: CodeDigest) -> tuple[list[Output], list[str]]:
        """Call a step and keep its outputs; return them, and why some could not be kept or may not be reused.

        Raises StepError for whatever the step raises.
        """
        try:
            return self._execute(node, ambients, code)
        except (StepError, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            raise _step_error(node, error) from error

    def _execute(self, node: Node, ambients: Mapping[int, Ambient], code: CodeDigest) -> tuple[list[Output], list[str]]:
        arguments = {name: self.tree(value, ambients) for name, value in node.arguments.items()}
        with watched_reads([*self._codecs.own_folders, *paths_in(arguments)], native=code.reads_natively) as seen:
            result = node.step.function(**arguments)
        changed = code.changed()
        self.changed.update(changed)
        outputs, unkept = [], [*seen.doubts(code.root), *map(describe_change, changed)]
        for name, value in zip(node.step.output_names(), _split(node, result), strict=True):
            reference = Reference(node.position, name)
            self._values[reference] = value
            output = self._encode(node, name, value)
            if output is None:
                # A digest that no other run has: what depends on this value is never reused either.
                self._digests[reference] = digest_json([id(value), time.time_ns()])
                unkept.append(f"its output {name!r} is a {type(value).__qualname__}, which no codec keeps")
            else:
                self._digests[reference] = output.digest
                outputs.append(output)
        return outputs, unkept

    def _encode(self, node: Node, name: str, value: Any) -> Output | None:
        try:
            return self._codecs.encode(name, value)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # a panic of a compiled library is no Exception
            kept = f"step {node.step.name!r}: its output {name!r}, a {type(value).__qualname__}, cannot be kept: "
            raise StepError(kept + _kind(error) + str(error), "") from error

    def tree(self, value: Any, ambients: Mapping[int, Ambient]) -> Any:
        """Return a value with its references and outside reads replaced by what they stand for."""
        if isinstance(value, Reference):
            if value not in self._values:
                self._values[value] = self._codecs.decode(self._kept[value])
            return self._values[value]
        ambient = ambients.get(id(value))
        if ambient is not None:
            return ambient.load()
        if isinstance(value, list | tuple):
            return like(value, [self.tree(item, ambients) for item in value])
        if isinstance(value, dict):
            return {key: self.tree(item, ambients) for key, item in value.items()}
        return value


def _split(node: Node, result: Any) -> tuple[Any, ...]:
    if not node.step.outputs:
        return (result,)
    if not isinstance(result, tuple) or len(result) != len(node.step.outputs):
        raise TypeError(f"it must return a tuple of {len(node.step.outputs)}: {', '.join(node.step.outputs)}")
    return result


def _step_error(node: Node, error: BaseException) -> StepError:
    shown = own_frames(error)
    where = f" at {Path(shown[-1].filename).name}:{shown[-1].lineno}" if shown else ""
    message = f"step {node.step.name!r} failed{where}: {_kind(error)}{error}{how_to_install(error)}"
    if isinstance(error, SystemExit):
        message = f"step {node.step.name!r} {describe_exit(error)}{where}"
    return StepError(message, "".join(traceback.format_list(shown)).rstrip())


def _kind(error: BaseException) -> str:
    return "" if isinstance(error, TidemillError) else f"{type(error).__name__}: "
