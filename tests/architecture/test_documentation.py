"""Undocumented means failing: every room has a map, every public name says what it means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from tests.architecture.house import PACKAGE, Function, Module, front_of, modules, rooms

#: The commands are files of their own, and their table is the map of them.
MAPS_BESIDE = {"cli": "application.py"}


def test_every_room_has_a_map_and_a_list_of_names() -> None:
    wrong = []
    for room in rooms():
        face = front_of(room)
        if face is None:
            wrong.append(f"{room} has no __init__.py")
            continue
        text = ast.get_docstring(face.tree) or ""
        if room in MAPS_BESIDE:
            text += (PACKAGE / room / MAPS_BESIDE[room]).read_text(encoding="utf-8")
        words = set(re.findall(r"\w+", text))
        if unnamed := sorted(_public_files(room) - words):
            wrong.append(f"the map in {face.place} does not name {unnamed}")
        if not face.exports and face.path.name == "__init__.py":
            wrong.append(f"{face.place} has no __all__")
    assert not wrong, "\n".join(wrong)


def _public_files(room: str) -> set[str]:
    folder = PACKAGE / room
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")} if folder.is_dir() else set()


def test_every_file_and_public_name_says_what_it_means() -> None:
    exported = {(module.room, name) for module in modules() for name in module.exports}
    wrong = [line for module in modules() for line in _undocumented(module, exported)]
    assert not wrong, f"{len(wrong)} without a docstring:\n" + "\n".join(wrong)


def _undocumented(module: Module, exported: set[tuple[str, str]]) -> Iterator[str]:
    if module.text.strip() and not ast.get_docstring(module.tree):
        yield module.place
    for node in module.tree.body:
        if not isinstance(node, Function | ast.ClassDef) or (module.room, node.name) not in exported:
            continue
        if _has_decorator(node, "overload"):
            continue
        if not ast.get_docstring(node):
            yield f"{module.at(node)} {node.name}"
        for item in node.body if isinstance(node, ast.ClassDef) else ():
            if _needs_docstring(item) and not ast.get_docstring(item):
                yield f"{module.at(item)} {node.name}.{item.name}"


def _needs_docstring(item: ast.stmt) -> TypeGuard[Function]:
    # The name of a test is its sentence.
    if not isinstance(item, Function) or item.name.startswith(("_", "test_")):
        return False
    # A property reads as an attribute, and a bare `...` as a signature: the class says what they are.
    return not (_has_decorator(item, "property") or _has_decorator(item, "overload") or _is_bare(item))


def _is_bare(function: Function) -> bool:
    (first, *others) = function.body
    return not others and isinstance(first, ast.Expr) and getattr(first.value, "value", None) is Ellipsis


def _has_decorator(node: Function | ast.ClassDef, name: str) -> bool:
    return any(isinstance(decorator, ast.Name) and decorator.id == name for decorator in node.decorator_list)
