"""The text of code: its source as people read it, the files and versions of modules."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect
import sys
import textwrap
from pathlib import Path
from typing import Any


def source_of(value: Any) -> str:
    """Return the source of a function or class as it is written; empty when it is not known."""
    try:
        return textwrap.dedent(inspect.getsource(value))
    except (OSError, TypeError, SyntaxError, IndentationError):
        return ""


def module_file(name: str) -> str | None:
    """Return the file of a module, imported or not; None when it has none."""
    module = sys.modules.get(name)
    if module is not None:
        return getattr(module, "__file__", None)
    parent = name.rpartition(".")[0]
    if parent and parent not in sys.modules and parent.partition(".")[0] not in sys.modules:
        return _file_inside(name)
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return spec.origin if spec is not None else None


def _file_inside(name: str) -> str | None:
    """Return the file of a module in a package that is not imported, without importing the package."""
    top, _, inside = name.partition(".")
    file = module_file(top)
    if file is None or not file.endswith("__init__.py"):
        return None
    place = file.removesuffix("__init__.py") + inside.replace(".", "/")
    for candidate in (f"{place}.py", f"{place}/__init__.py"):
        if Path(candidate).is_file():
            return candidate
    return None


def distribution_version(top: str) -> str:
    """Return the version of the distribution that a top-level package comes from."""
    try:
        return importlib.metadata.version(top)
    except importlib.metadata.PackageNotFoundError:
        pass
    own = getattr(sys.modules.get(top), "__version__", None)
    if isinstance(own, str):
        return f"{top} {own}"
    names = importlib.metadata.packages_distributions().get(top, [])
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in sorted(set(names))) or "unknown"
