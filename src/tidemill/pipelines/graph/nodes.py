"""The graph of a pipeline: the calls of steps that its body makes, noted while it is traced."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tidemill.core import did_you_mean
from tidemill.pipelines.errors import TraceError
from tidemill.pipelines.graph.handle import (
    Each,
    Handle,
    Reference,
    handles_in,
    is_each,
    kind_of,
    reference_of,
    references_in,
    replace_handles,
    step_of,
    trace_of,
)
from tidemill.pipelines.graph.options import StepOptions
from tidemill.pipelines.graph.outputs import output_types, put_together
from tidemill.pipelines.graph.step import Step
from tidemill.pipelines.graph.type_checks import clash, fits, hints_of, is_list, item_type, type_name

STEP, MAP, CHOICE, APPROVAL = "step", "map", "choice", "approval"
_OWN = str(Path(__file__).resolve().parents[2])
_PLAIN = (str, int, float, bool, bytes, type(None))

#: It runs only when this output is true, or is false.
Guard = tuple[Reference, bool]


@dataclass(frozen=True)
class Node:
    """One call of a step in a pipeline: its arguments by parameter name, handles as references.

    kind: ``step``; ``map``, whose arguments hold an `Each` where they differ from call to call; ``choice`` between two
        arguments by a third; ``approval``.
    path: the names of the nested pipelines that it lies in. guards: what must be so for it to run.
    line: where it is called, as ``flights.py:31``.
    """

    position: int
    step: Step[Any, Any]
    arguments: dict[str, Any]
    kind: str = STEP
    path: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    options: StepOptions = field(default_factory=StepOptions)
    line: str = ""

    @cached_property
    def name(self) -> str:
        """Return what people call it: the step's name, the question of an approval."""
        return str(self.arguments["question"]) if self.kind == APPROVAL else self.step.name

    @cached_property
    def reads(self) -> tuple[Reference, ...]:
        """Return the results that it reads, and those that decide whether it runs."""
        return tuple(dict.fromkeys([*references_in(self.arguments), *(reference for reference, _ in self.guards)]))


@dataclass(frozen=True)
class Graph:
    """The steps that a pipeline calls for given params, in order, and what it returns."""

    pipeline: str
    params: dict[str, Any]
    nodes: tuple[Node, ...]
    result: Any

    def find(self, step: str) -> Node:
        """Return the node of a step, given by name, ``a/b/name`` with nested pipelines, or number from 1.

        Raises TraceError when there is none, or several.
        """
        named = ["/".join((*node.path, node.step.name)) for node in self.nodes]
        found = [
            node
            for node, name in zip(self.nodes, named, strict=True)
            if step in {name, node.step.name, str(node.position + 1)}
        ]
        if len(found) == 1:
            return found[0]
        if not found:
            known = ", ".join(dict.fromkeys(named))
            raise TraceError(
                f"pipeline {self.pipeline!r} has no step {step!r}.{did_you_mean(step, named)} It has: {known}"
            )
        numbers = ", ".join(f"{node.position + 1} ({node.line})" for node in found)
        raise TraceError(f"pipeline {self.pipeline!r} calls {step!r} {len(found)} times; name it by number: {numbers}")


class Nested(NamedTuple):
    """A pipeline that is called in another's body."""

    name: str
    function: Callable[..., Any]


class Trace:
    """The calls seen so far while a pipeline's body runs."""

    def __init__(self, pipeline: Nested) -> None:
        self.nodes: list[Node] = []
        self._inside = [pipeline]
        self._path: tuple[str, ...] = ()
        self._guards: tuple[Guard, ...] = ()
        self._lifted = False

    def call(self, step: Step[Any, Any], arguments: dict[str, Any], mapped: str = "") -> Any:
        """Note a call of a step and return the handles of its results. Raises TraceError."""
        each = any(is_each(handle) for handle in handles_in(arguments))
        if mapped and each:
            raise TraceError(f"step {step.name!r} is mapped inside a mapped pipeline: let a step go through that list")
        self._check(step, arguments, mapped)
        if mapped:
            arguments = arguments | {mapped: Each(_items(step, arguments[mapped]))}
        if each and not mapped:
            return self.note(step, arguments, MAP, lifted=True)
        return self.note(step, arguments, MAP if mapped else STEP)

    def note(self, step: Step[Any, Any], arguments: dict[str, Any], kind: str, *, lifted: bool = False) -> Any:
        """Add a node and return the handles of its results."""
        for handle in handles_in(_without_each(arguments)):
            self._check_there(handle, f"step {step.name!r}", () if kind == CHOICE else self._guards)
        position = len(self.nodes)
        given = {name: _replaced(value) for name, value in arguments.items()}
        place = (self._path, self._guards, step.how, _user_line())
        self.nodes.append(Node(position, step, given, kind, *place))
        kinds = output_types(step.function, step.shape, step.outputs)
        handles = [
            Handle(
                Reference(position, name), step.name, kind=_collected(of, kind, lifted=lifted), each=lifted, trace=self
            )
            for name, of in zip(step.output_names(), kinds, strict=True)
        ]
        return put_together(step.shape, step.outputs, handles)

    @contextmanager
    def only_if(self, condition: Handle, wanted: bool) -> Iterator[None]:
        """Let the calls inside run only when a result is true, or false."""
        before = self._guards
        self._guards = (*before, (reference_of(condition), wanted))
        try:
            yield
        finally:
            self._guards = before

    def nest(self, pipeline: Nested, arguments: Mapping[str, Any]) -> Any:
        """Trace the body of a pipeline that is called in this one's. Raises TraceError when it calls itself."""
        if any(pipeline.function is outer.function for outer in self._inside):
            names = " calls ".join(repr(outer.name) for outer in [*self._inside, pipeline])
            raise TraceError(f"pipeline {names}: a circle, which would never end; make what repeats a step")
        path = self._path
        self._inside.append(pipeline)
        self._path = (*path, pipeline.name)
        try:
            return pipeline.function(**arguments)
        finally:
            self._inside.pop()
            self._path = path

    def lift(self, pipeline: Nested, items: Any, name: str, same: Mapping[str, Any]) -> Any:
        """Trace a nested pipeline once for all items of a list: each of its steps goes through the list.

        Raises TraceError inside another mapped pipeline.
        """
        if self._lifted or any(is_each(handle) for handle in handles_in([items, same])):
            raise TraceError(f"pipeline {pipeline.name!r} is mapped inside a mapped pipeline: let a step go through it")
        handle = items if isinstance(items, Handle) else self._listed(items)
        one = Handle(reference_of(handle), step_of(handle), kind=item_type(kind_of(handle)), each=True, trace=self)
        self._lifted = True
        try:
            result = self.nest(pipeline, {name: one, **same})
        finally:
            self._lifted = False
        return _lowered(result)

    def choose(self, step: Step[Any, Any], condition: Handle, branches: tuple[Any, Any]) -> Any:
        """Note that a result is that of one of two branches, item by item where both give several."""
        then, otherwise = branches
        if type(then) is type(otherwise) and isinstance(then, tuple) and len(then) == len(otherwise):
            return tuple(self.choose(step, condition, pair) for pair in zip(then, otherwise, strict=True))
        if isinstance(then, dict) and isinstance(otherwise, dict) and list(then) == list(otherwise):
            return {key: self.choose(step, condition, (then[key], otherwise[key])) for key in then}
        return self.note(step, {"condition": condition, "then": then, "otherwise": otherwise}, CHOICE)

    def result(self, value: Any) -> Any:
        """Return what the body returned, handles as references. Raises TraceError for what may not be there."""
        for handle in handles_in(value):
            self._check_there(handle, "the pipeline's result", ())
        return replace_handles(value)

    @property
    def lifted(self) -> bool:
        """Tell whether the body of a mapped pipeline is traced."""
        return self._lifted

    def _listed(self, items: Any) -> Handle:
        handle: Handle = self.note(_LISTED, {"items": _items(_LISTED, items)}, STEP)
        return handle

    def _check_there(self, handle: Handle, what: str, guards: tuple[Guard, ...]) -> None:
        if trace_of(handle) is not self:
            raise TraceError(
                f"{what} is given a result of step {step_of(handle)!r} that belongs to another pipeline or an earlier "
                "call of it; call that step in this body"
            )
        if what.startswith("step 'when'") or set(self.nodes[reference_of(handle).position].guards) <= set(guards):
            return
        raise TraceError(
            f"{what} uses the result of step {step_of(handle)!r}, which is there in one case of a tm.when only; return "
            "it from that branch, and use what tm.when returns"
        )

    def _check(self, step: Step[Any, Any], arguments: Mapping[str, Any], mapped: str) -> None:
        hints = hints_of(step.function)
        for name, value in arguments.items():
            if name not in hints:
                continue
            wanted = hints[name]
            if name == mapped:
                _check_items(step, name, value, wanted)
            elif isinstance(value, Handle):
                _check_kind(step, name, (step_of(value), kind_of(value)), wanted)
            elif isinstance(value, list):
                _check_items(step, name, value, item_type(wanted))
            elif type(value) in _PLAIN and value is not None and not fits(value, wanted):
                raise TraceError(
                    f"step {step.name!r} takes {type_name(wanted)} as its {name!r}, and is given {value!r}, "
                    f"{type_name(type(value))}"
                )


def _check_items(step: Step[Any, Any], name: str, value: Any, wanted: Any) -> None:
    if isinstance(value, Handle):
        if not is_list(kind_of(value)):
            raise TraceError(
                f"step {step.name!r} is mapped over the result of step {step_of(value)!r}, which is "
                f"{type_name(kind_of(value))} and no list"
            )
        _check_kind(step, name, (step_of(value), item_type(kind_of(value))), wanted)
    elif isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, Handle):
                _check_kind(step, name, (step_of(item), kind_of(item)), wanted)


def _check_kind(step: Step[Any, Any], name: str, given: tuple[str, Any], wanted: Any) -> None:
    source, kind = given
    if clash(kind, wanted):
        raise TraceError(
            f"step {step.name!r} takes {type_name(wanted)} as its {name!r}, and is given the result of step "
            f"{source!r}, {type_name(kind)}"
        )


def _items(step: Step[Any, Any], value: Any) -> Any:
    """Return what a map goes through: a handle, or a list. Raises TraceError."""
    if isinstance(value, Handle) or type(value) is list:
        return value
    if isinstance(value, str | bytes | dict) or not hasattr(value, "__iter__"):
        raise TraceError(f"step {step.name!r} is mapped over {value!r:.60}, which is no list; give a list of its items")
    return list(value)


def _collected(kind: Any, how: str, *, lifted: bool) -> Any:
    if how != MAP or lifted:
        return kind
    return list if kind is Any else list[kind]


def _lowered(value: Any) -> Any:
    """Return a tree with the handles of single items as those of whole lists."""

    def whole(handle: Handle) -> Handle:
        kind = list if kind_of(handle) is Any else list[kind_of(handle)]  # type: ignore[misc]  # known when it is traced
        return Handle(reference_of(handle), step_of(handle), kind=kind, trace=trace_of(handle))

    return replace_handles(value, lambda handle: whole(handle) if is_each(handle) else handle)


def _replaced(value: Any) -> Any:
    if isinstance(value, Each):
        return Each(replace_handles(value.items))
    return replace_handles(value, lambda each: Each(reference_of(each)) if is_each(each) else reference_of(each))


def _without_each(arguments: Mapping[str, Any]) -> list[Any]:
    return [value.items if isinstance(value, Each) else value for value in arguments.values()]


def _user_line() -> str:
    """Return where a body calls a step: the innermost place outside of Tidemill."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_OWN) and frame.f_back is not None:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def listed(items: list[Any]) -> list[Any]:
    """Return a list that a mapped pipeline goes through."""
    return items


_LISTED = Step(listed)
