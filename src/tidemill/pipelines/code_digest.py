"""The digest of a function's code: its source, that of every project function it reaches, and what it stands on.

False misses are allowed, false hits never. Where a call cannot be resolved by reading, the digest widens: to
the whole module when a project's class or module is used, to every file of the project when code is made or
looked up by name. A global that has no digest makes the function one whose results are not reused.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import inspect
import platform
import sys
import sysconfig
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tidemill.core import digest_bytes, digest_json
from tidemill.pipelines.value_digest import UndigestibleError, value_digest

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_STDLIB = Path(sysconfig.get_path("stdlib")).resolve()
_DYNAMIC = frozenset({"eval", "exec", "compile", "globals", "locals", "vars", "__import__", "import_module"})


@dataclass(frozen=True)
class CodeDigest:
    """What a function's results depend on beside its inputs.

    digest: of all the rest.
    parts: digest by function, module, global or distribution, to say what has changed.
    doubts: why results must not be reused; empty when they may.
    """

    digest: str
    parts: dict[str, str]
    doubts: tuple[str, ...]


@dataclass
class _Visit:
    parts: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


class CodeReader:
    """Digests the code of a project, and Tidemill's own as one piece. `root` is the project's folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._own = Path(__file__).resolve().parents[1]
        self._own_digest: str | None = None

    def digest(self, function: Callable[..., Any]) -> CodeDigest:
        """Return the digest of a function's code and of all it reaches."""
        visit = _Visit({"python": platform.python_version()})
        self._function(visit, inspect.unwrap(function))
        return CodeDigest(digest_json(visit.parts), visit.parts, tuple(visit.doubts))

    def _function(self, visit: _Visit, function: Any) -> None:
        code: CodeType | None = getattr(function, "__code__", None)
        if code is None or not self._is_project(code.co_filename):
            self._foreign(visit, function)
            return
        name = f"function {function.__module__}.{function.__qualname__}"
        if name in visit.parts:
            return
        source = _source(function)
        visit.parts[name] = digest_bytes(source.encode())
        for attribute in ("__defaults__", "__kwdefaults__"):
            self._global(visit, f"{name} {attribute}", getattr(function, attribute))
        for reached, value in _reached(function, code):
            self._value(visit, reached, value)
        names = set(_all_names(code))
        if names & _DYNAMIC:
            self._bundle(visit)
        self._imports(visit, source, function.__module__)

    def _value(self, visit: _Visit, name: str, value: Any) -> None:
        value = inspect.unwrap(value) if callable(value) else value
        if type(value).__module__.startswith("tidemill.") and not isinstance(value, type):
            self._declaration(visit, name, value)
        elif isinstance(value, FunctionType):
            self._function(visit, value)
        elif isinstance(value, ModuleType):
            self._module(visit, value.__name__)
        elif isinstance(value, type) or callable(value):
            self._foreign(visit, value)
        else:
            self._global(visit, name, value)

    def _declaration(self, visit: _Visit, name: str, value: Any) -> None:
        visit.parts["tidemill"] = self._tidemill()
        for attribute, item in sorted(vars(value).items()):
            if not attribute.startswith("__"):
                self._value(visit, f"{name}.{attribute}", item)

    def _foreign(self, visit: _Visit, value: Any) -> None:
        module = getattr(value, "__module__", None) or type(value).__module__
        self._module(visit, str(module))

    def _global(self, visit: _Visit, name: str, value: Any) -> None:
        try:
            visit.parts[f"value {name}"] = value_digest(value)
        except UndigestibleError as error:
            visit.doubts.append(f"it reads {name}, {error}")

    def _module(self, visit: _Visit, name: str) -> None:
        top = name.partition(".")[0]
        file = _module_file(name)
        if top == "tidemill":
            visit.parts["tidemill"] = self._tidemill()
        elif top in sys.stdlib_module_names or file is None or file in {"built-in", "frozen"}:
            return
        elif self._is_project(file):
            self._whole_module(visit, name, Path(file))
        else:
            visit.parts[f"distribution {top}"] = _distribution_version(top)

    def _whole_module(self, visit: _Visit, name: str, file: Path) -> None:
        part = f"module {name}"
        if part in visit.parts:
            return
        content = file.read_bytes()
        visit.parts[part] = digest_bytes(content)
        if file.suffix == ".py":
            self._imports(visit, content.decode("utf-8", "replace"), name)

    def _imports(self, visit: _Visit, source: str, module: str) -> None:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._module(visit, alias.name)
            elif isinstance(node, ast.ImportFrom):
                package = module.rpartition(".")[0]
                relative = "." * node.level + (node.module or "")
                base = importlib.util.resolve_name(relative, package) if node.level else relative
                self._module(visit, base)
                for alias in node.names:
                    if _module_file(f"{base}.{alias.name}") is not None:
                        self._module(visit, f"{base}.{alias.name}")

    def _bundle(self, visit: _Visit) -> None:
        for file in sorted(self._root.rglob("*.py")):
            if not any(part.startswith(".") for part in file.relative_to(self._root).parts):
                visit.parts[f"file {file.relative_to(self._root)}"] = digest_bytes(file.read_bytes())

    def _is_project(self, file: str) -> bool:
        # All that is not installed is the project's, wherever it lies: a version says what an installed file
        # holds, and nothing but its content says it of any other.
        path = Path(file).resolve()
        installed = not _INSTALLED.isdisjoint(path.parts) or path.is_relative_to(_STDLIB)
        return not installed and not path.is_relative_to(self._own)

    def _tidemill(self) -> str:
        if self._own_digest is None:
            files = sorted(self._own.rglob("*.py"))
            self._own_digest = digest_json([digest_bytes(file.read_bytes()) for file in files])
        return self._own_digest


def _source(function: Any) -> str:
    try:
        source = textwrap.dedent(inspect.getsource(function))
        return ast.unparse(ast.parse(source))  # comments and layout do not change what runs
    except (OSError, SyntaxError):
        code: CodeType = function.__code__
        return repr(
            (code.co_code, code.co_names, [const for const in code.co_consts if not isinstance(const, CodeType)])
        )


def _reached(function: Any, code: CodeType) -> Iterator[tuple[str, Any]]:
    module = function.__globals__
    for name in sorted(set(_all_names(code))):
        if name in module:
            yield f"{function.__module__}.{name}", module[name]
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield f"{function.__qualname__}.{name}", cell.cell_contents
        except ValueError:  # a name that is not bound yet, as in a recursive inner function
            continue


def _all_names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _all_names(constant)


def _module_file(name: str) -> str | None:
    module = sys.modules.get(name)
    if module is not None:
        return getattr(module, "__file__", None)
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return spec.origin if spec is not None else None


def _distribution_version(top: str) -> str:
    try:
        return importlib.metadata.version(top)
    except importlib.metadata.PackageNotFoundError:
        names = importlib.metadata.packages_distributions().get(top, [])
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in sorted(set(names))) or "unknown"
