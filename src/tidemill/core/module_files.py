"""Which Python file of a folder declares a project: the only one there that names tidemill and is no test."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def module_files(files: Iterable[Path]) -> list[Path]:
    """Return those of a folder's files that may be the project's module, in order: where there is one, it is."""
    modules = sorted(file for file in files if file.suffix == ".py" and not _is_test(file.stem))
    return [file for file in modules if "tidemill" in file.read_text("utf-8", "replace")]


def _is_test(name: str) -> bool:
    """Tell whether pytest takes a module for one of its own."""
    return name.startswith("test_") or name.endswith("_test") or name == "conftest"
