"""Files, functions and classes stay readable. The table is printed by `make sizes`."""

from __future__ import annotations

import ast
import statistics

from tests.architecture.house import Function, modules
from tools.sizes import FileSize, measure, render

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
P95_FUNCTION = 40
MOST_METHODS = 12
#: Written by tools/schema.py from the tables, and never edited by hand.
GENERATED = "storage/migrations/"


def test_no_file_is_too_long() -> None:
    sizes = measure()
    long = [
        f"{file.path} {file.lines}"
        for file in sizes
        if file.lines > LONGEST_FILE and not file.path.startswith(GENERATED)
    ]
    assert not long, f"cut these by concept, over {LONGEST_FILE} lines: {long}\n{render(sizes)}"


def test_functions_are_short() -> None:
    functions = [(f"{file.path} {one.name}", one.lines) for file in _written() for one in file.functions]
    long = [entry for entry in functions if entry[1] > LONGEST_FUNCTION]
    assert not long, f"over {LONGEST_FUNCTION} lines: {long}"
    p95 = statistics.quantiles([lines for _, lines in functions], n=20)[-1]
    assert p95 <= P95_FUNCTION, f"95 % of the functions should be within {P95_FUNCTION} lines, not {p95:.0f}"


def test_no_class_knows_everything() -> None:
    wide = []
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                public = [
                    item
                    for item in node.body
                    if isinstance(item, Function) and not item.name.startswith(("_", "test_"))
                ]
                if len(public) > MOST_METHODS:
                    wide.append(f"{module.at(node)} {node.name} has {len(public)} public methods")
    assert not wide, "\n".join(wide)


def _written() -> list[FileSize]:
    return [file for file in measure() if not file.path.startswith(GENERATED)]
