"""The package as data: rooms, modules and the imports in them, read from the source without running it."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tidemill"
#: Floors above the rooms: they own the web, template and command line libraries.
DOORS = ("client", "ui", "server", "cli", "__main__")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported module, or one name imported from it."""

    module: str
    name: str | None
    line: int
    in_function: bool
    type_checking: bool

    @property
    def library(self) -> str:
        """The top-level package that is imported."""
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    path: Path

    @property
    def place(self) -> str:
        """The path inside the package, with forward slashes."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def room(self) -> str:
        """The child of the package that the file belongs to; '' for the front door itself."""
        parts = self.path.relative_to(PACKAGE).parts
        if len(parts) > 1:
            return parts[0]
        return "" if parts[0] == "__init__.py" else self.path.stem

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.place)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self.tree, in_function=False, type_checking=False))

    @cached_property
    def exports(self) -> tuple[str, ...]:
        """The literal `__all__` of the file, () when it has none."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and any(_is_name(target, "__all__") for target in node.targets):
                return tuple(ast.literal_eval(node.value))
        return ()

    def at(self, node: ast.AST | Import) -> str:
        """Return where something stands, as `place:line`."""
        line = node.line if isinstance(node, Import) else getattr(node, "lineno", 0)
        return f"{self.place}:{line}"


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _imports(node: ast.AST, *, in_function: bool, type_checking: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, None, child.lineno, in_function, type_checking)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                yield Import(child.module or "", alias.name, child.lineno, in_function, type_checking)
        else:
            yield from _imports(
                child,
                in_function=in_function or isinstance(child, Function | ast.Lambda),
                type_checking=type_checking or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)),
            )


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the package, in the order of their paths."""
    return tuple(Module(path) for path in sorted(PACKAGE.rglob("*.py")))


@cache
def rooms() -> tuple[str, ...]:
    """The children of the package that hold code, by name."""
    return tuple(sorted({module.room for module in modules()} - {""}))


def front_of(room: str) -> Module | None:
    """The file that is a room's face: its `__init__`, or the room itself when it is one file."""
    for path in (PACKAGE / room / "__init__.py", PACKAGE / f"{room}.py"):
        if path.exists():
            return Module(path)
    return None


@cache
def project() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contracts() -> list[dict[str, Any]]:
    """The import-linter contracts of pyproject.toml."""
    found: list[dict[str, Any]] = project()["tool"]["importlinter"]["contracts"]
    return found
