"""What a Python file declares, read from its text: packaging runs no code of the project."""

from __future__ import annotations

import ast
import re

_PIPELINE = "pipeline"
_DECORATED = re.compile(rb"^[ \t]*@[^\n]*\bpipeline\b", re.MULTILINE)


def declared_pipelines(source: bytes) -> tuple[str, ...]:
    """Return the names of the pipelines that a file declares by a decorator, sorted; none when it does not parse.

    >>> declared_pipelines(b"@tm.pipeline\\ndef returns(): ...\\n\\n@tm.pipeline(name='b')\\ndef a(): ...")
    ('b', 'returns')
    """
    if not _DECORATED.search(source):
        return ()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return tuple(sorted({name for function in functions if (name := _name(function)) is not None}))


def _name(function: ast.FunctionDef) -> str | None:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        word = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if word != _PIPELINE:
            continue
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
        return function.name
    return None
