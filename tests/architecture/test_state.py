"""Modules hold no state: constants are never changed, and nothing is `global`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.house import Module, modules

MUTABLE_MAKERS = {
    "list", "dict", "set", "bytearray", "defaultdict", "OrderedDict", "deque", "Counter", "count",
    "Lock", "RLock", "Condition", "Semaphore", "Queue", "SimpleQueue", "local", "WeakValueDictionary",
}  # fmt: skip
CHANGING_METHODS = {
    "append", "extend", "insert", "remove", "pop", "clear", "update", "setdefault", "add", "discard", "popitem",
}  # fmt: skip
#: The context variables that may exist: the current run, and the pipeline whose body is traced.
CONTEXT_VARIABLES = 2


def test_modules_hold_no_state() -> None:
    wrong = [line for module in modules() for line in (*_globals(module), *_changed_constants(module))]
    assert not wrong, "\n".join(wrong)


def _globals(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global):
            yield f"{module.at(node)} declares global {', '.join(node.names)}"
    for name, value in _assignments(module):
        if _is_mutable(value) and not (name.strip("_").isupper() or name.startswith("__")):
            yield f"{module.at(value)} {name} is mutable at module level: make it a constant, or give it an owner"


def _changed_constants(module: Module) -> Iterator[str]:
    mutable = {name for name, value in _assignments(module) if _is_mutable(value)}
    for node in ast.walk(module.tree):
        target: ast.AST | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            target = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING_METHODS:
            target = node.func.value
        if isinstance(target, ast.Name) and target.id in mutable:
            yield f"{module.at(node)} changes the constant {target.id}"


def _assignments(module: Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def _is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    return isinstance(value, ast.Call) and _called(value) in MUTABLE_MAKERS


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_there_are_at_most_two_context_variables() -> None:
    found = [
        f"{module.place} {name}"
        for module in modules()
        for name, value in _assignments(module)
        if isinstance(value, ast.Call) and _called(value) == "ContextVar"
    ]
    assert len(found) <= CONTEXT_VARIABLES, f"there are more context variables: {found}"
