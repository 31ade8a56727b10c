"""A component: a step or pipeline as somebody else may use it, with what it takes, returns, says and shows."""

from __future__ import annotations

import doctest
import inspect
import sys
import typing
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any, Protocol, runtime_checkable

from tidemill.pipelines import Pipeline, Step
from tidemill.plugins import Hook


@runtime_checkable
class Shareable(Protocol):
    """What can be a component: a `Step` or a `Pipeline`, both of which have a name and the function that they are."""

    name: str
    function: Callable[..., Any]


COMPONENTS: Hook[Shareable] = Hook("components", Shareable, "component")


@dataclass(frozen=True)
class ComponentPort:
    """One input or output: its name, its type as written, and for an input its default as text, if it has one."""

    name: str
    type: str
    default: str | None = None


@dataclass(frozen=True)
class Component:
    """One line of the catalogue.

    kind: `step` or `pipeline`. package: the distribution that it comes from, or the project's module. version: its own,
    else that of the distribution; empty for a project's own code, which is told apart by its content.
    take: the Python that imports it. summary: the first line of docs. example: the doctest in its docstring.
    """

    name: str
    kind: str
    package: str
    version: str
    take: str
    summary: str
    docs: str
    inputs: tuple[ComponentPort, ...]
    outputs: tuple[ComponentPort, ...]
    example: str

    def to_json(self) -> dict[str, Any]:
        """Return the component as JSON values."""
        return asdict(self)


def describe(item: Shareable, entry: str = "") -> Component:
    """Return what the catalogue says of a step or pipeline. entry: the name under which it is offered, if another."""
    function = item.function
    docs = inspect.getdoc(function) or ""
    module = function.__module__
    package, version = origin_of(module)
    return Component(
        entry or item.name,
        "pipeline" if isinstance(item, Pipeline) else "step",
        package,
        str(getattr(item, "version", "") or version),
        f"from {_door(module, item.name)} import {item.name}",
        docs.partition("\n")[0],
        docs,
        _inputs(function),
        _outputs(item, function),
        _example(docs),
    )


def origin_of(module: str) -> tuple[str, str]:
    """Return the distribution and version that a module comes from; the module itself, with none, for other code.

    >>> origin_of("polars.dataframe")[0], origin_of("no_such_module")
    ('polars', ('no_such_module', ''))
    """
    top = module.partition(".")[0]
    try:
        return top, metadata.version(top)
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(top, [])
    return (names[0], metadata.version(names[0])) if names else (top, "")


def _door(module: str, name: str) -> str:
    """Return the shortest package above a module that has the name too."""
    parts = module.split(".")
    for n in range(1, len(parts)):
        package = ".".join(parts[:n])
        if getattr(sys.modules.get(package), name, None) is not None:
            return package
    return module


def _inputs(function: Callable[..., Any]) -> tuple[ComponentPort, ...]:
    empty = inspect.Parameter.empty
    return tuple(
        ComponentPort(name, _type(each.annotation), None if each.default is empty else repr(each.default))
        for name, each in inspect.signature(function).parameters.items()
    )


def _outputs(item: Shareable, function: Callable[..., Any]) -> tuple[ComponentPort, ...]:
    annotation = inspect.signature(function).return_annotation
    names = item.output_names() if isinstance(item, Step) else ("result",)
    try:
        hint = typing.get_type_hints(function).get("return")
    except Exception:  # noqa: BLE001 - an annotation may name what is not imported; its text is shown then
        hint = None
    parts = typing.get_args(hint)
    if len(names) > 1 and len(parts) == len(names):
        return tuple(ComponentPort(name, _type(part)) for name, part in zip(names, parts, strict=True))
    return tuple(ComponentPort(name, _type(annotation) if len(names) == 1 else "") for name in names)


def _type(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return ""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _example(docs: str) -> str:
    try:
        examples = doctest.DocTestParser().get_examples(docs)
    except ValueError:
        return ""
    lines = []
    for each in examples:
        first, *more = each.source.rstrip("\n").split("\n")
        lines += [f">>> {first}", *(f"... {line}" for line in more), *each.want.splitlines()]
    return "\n".join(lines)
