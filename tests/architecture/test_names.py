"""Private names stay in their room, and no file has a name that says nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.house import Import, Module, modules

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}


def test_no_private_name_crosses_a_wall() -> None:
    wrong = [line for module in modules() for line in _private_imports(module)]
    assert not wrong, "\n".join(wrong)


def _private_imports(module: Module) -> Iterator[str]:
    for entry in module.imports:
        if _room_of(entry) in ("", module.room):
            continue
        parts = [*entry.module.split(".")[1:], *([entry.name] if entry.name else [])]
        if private := [part for part in parts if part.startswith("_") and not part.startswith("__")]:
            yield f"{module.at(entry)} takes the private {private[0]} of {_room_of(entry)}"


def _room_of(entry: Import) -> str:
    parts = entry.module.split(".")
    if parts[0] != "tidemill":
        return ""
    return parts[1] if len(parts) > 1 else entry.name or ""


def test_no_private_attribute_of_another_room_is_touched() -> None:
    wrong = [line for module in modules() for line in _private_attributes(module)]
    assert not wrong, "\n".join(wrong)


def _private_attributes(module: Module) -> Iterator[str]:
    foreign = _foreign_names(module)
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in foreign):
            continue
        if node.attr.startswith("_") and not node.attr.startswith("__"):
            yield f"{module.at(node)} touches {node.value.id}.{node.attr}"


def _foreign_names(module: Module) -> set[str]:
    names = set()
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ImportFrom | ast.Import):
            continue
        source = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            full = f"{source}.{alias.name}".strip(".")
            if full.startswith("tidemill.") and full.split(".")[1] != module.room:
                names.add(alias.asname or alias.name.split(".")[0])
    return names


def test_every_file_is_named_after_what_it_holds() -> None:
    wrong = [module.place for module in modules() if EMPTY_NAMES & set(module.place.removesuffix(".py").split("/"))]
    assert not wrong, f"name these after their concept: {wrong}"
