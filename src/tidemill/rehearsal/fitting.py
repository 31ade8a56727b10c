"""Whether the steps of a graph fit together: what one says it returns, the next says it takes."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Union

from tidemill.pipelines import Graph, Node, Reference

_ANYTHING = (Any, object, inspect.Parameter.empty)


def misfits(graph: Graph) -> list[str]:
    """Return one line for each output that goes to a parameter of another type; what is not annotated fits."""
    return [line for node in graph.nodes for line in _of_node(graph, node)]


def _of_node(graph: Graph, node: Node) -> Iterator[str]:
    taken = _hints(node.step.function)
    for parameter, value in node.arguments.items():
        if isinstance(value, Reference):
            maker = graph.nodes[value.position]
            given = _returned(maker, value.output)
            wanted = taken.get(parameter, Any)
            if not fits(given, wanted):
                yield (
                    f"step {node.step.name!r} takes {_name(wanted)} as {parameter!r} and is given {_name(given)} by "
                    f"step {maker.step.name!r}"
                )


def _returned(node: Node, output: str) -> Any:
    hint = _hints(node.step.function).get("return", Any)
    if not node.step.outputs:
        return hint
    parts = typing.get_args(hint)
    if typing.get_origin(hint) is not tuple or len(parts) != len(node.step.outputs):
        return Any
    return parts[node.step.outputs.index(output)]


def _hints(function: Any) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - an annotation may name what is not imported; then nothing is known of it
        return {}


def fits(given: Any, wanted: Any) -> bool:
    """Tell whether a value of one type may be given where another is asked for, as far as annotations tell.

    >>> fits(bool, int), fits(int, float), fits(str, int), fits(int | None, int), fits(list[int], list)
    (True, True, False, True, True)
    """
    if given in _ANYTHING or wanted in _ANYTHING or isinstance(given, typing.TypeVar | str):
        return True
    options = _options(wanted)
    return any(_fits_one(part, option) for part in _options(given) for option in options)


def _options(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) in (Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)


def _fits_one(given: Any, wanted: Any) -> bool:
    kind, base = typing.get_origin(given) or given, typing.get_origin(wanted) or wanted
    if not isinstance(kind, type) or not isinstance(base, type):
        return True
    if issubclass(kind, (int, bool)) and base in (float, complex):
        return True
    try:
        return issubclass(kind, base)
    except TypeError:  # a protocol with data members cannot be asked
        return True


def _name(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)
