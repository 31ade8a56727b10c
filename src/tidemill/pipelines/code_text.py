"""The text of code: its source without layout, the names it uses, the files and versions of modules."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Iterator
from types import CodeType
from typing import Any


def source_of(code: CodeType) -> str:
    """Return the source of a function without comments and layout; its bytecode where the source does not say all."""
    try:
        source = ast.unparse(ast.parse(textwrap.dedent(inspect.getsource(code))))
    except (OSError, SyntaxError):
        return bytecode_of(code)
    # Of a lambda the lines are known and not where it ends: its second line may be missing.
    return f"{source}\n{bytecode_of(code)}" if code.co_name == "<lambda>" else source


def bytecode_of(code: CodeType) -> str:
    """Return what the compiler made of a function, those inside it included, as the text of a Python value."""
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, code.co_flags)
    return repr((code.co_code, names, [_constant(constant) for constant in code.co_consts]))


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return bytecode_of(value)
    if isinstance(value, frozenset):
        return ("frozenset", sorted(map(repr, value)))
    return value


def all_names(code: CodeType) -> Iterator[str]:
    """Yield the global and attribute names that code uses, and code inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_names(constant)


def module_file(name: str) -> str | None:
    """Return the file of a module, imported or not; None when it has none."""
    module = sys.modules.get(name)
    if module is not None:
        return getattr(module, "__file__", None)
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return spec.origin if spec is not None else None


def distribution_version(top: str) -> str:
    """Return the version of the distribution that a top-level package comes from."""
    try:
        return importlib.metadata.version(top)
    except importlib.metadata.PackageNotFoundError:
        names = importlib.metadata.packages_distributions().get(top, [])
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in sorted(set(names))) or "unknown"
