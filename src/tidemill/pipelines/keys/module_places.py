"""Where modules come from: the project, an installed distribution, Python itself, or Tidemill."""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from tidemill.core import digest_bytes, digest_json
from tidemill.pipelines.keys.bytecode import Import
from tidemill.pipelines.keys.code_text import distribution_version, module_file
from tidemill.pipelines.keys.hidden_state import put_into_libraries, settings_of

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_OWN = Path(__file__).resolve().parents[2]
_STDLIB = Path(sysconfig.get_path("stdlib")).resolve()
_WITHOUT_FILE = frozenset({None, "built-in", "frozen"})
_OWN_IMPORT = re.compile(
    r"^\s*(?:from (tidemill[\w.]*) import (\([^)]*\)|[^\n]*)|import (tidemill[\w.]*))", re.MULTILINE
)
_WORD = re.compile(r"\w+")


@functools.cache
def _resolved(folder: str) -> Path:
    return Path(folder).resolve()


@functools.cache
def _is_of_project(file: str) -> bool:
    # Of some two thousand loaded files only the folders are followed, once a process: each link costs a call.
    folder = _resolved(os.path.dirname(file))  # noqa: PTH120 - a fifth of the time of a Path
    installed = not _INSTALLED.isdisjoint(folder.parts) or folder.is_relative_to(_STDLIB)
    return not installed and not folder.is_relative_to(_OWN)


@functools.cache
def _own_file(module: str) -> str | None:
    place = _OWN.joinpath(*module.split(".")[1:])
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    return str(file) if file.is_file() else None


@dataclass
class Imported:
    """What an import inside of a function brings: facts about files and versions, and what is loaded already."""

    facts: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, Any] = field(default_factory=dict)


class Places:
    """Tells where modules come from, and what stands for those that are not taken apart.

    root: the project's folder. Modules count as loaded when they were so when this was made. Not thread-safe.
    """

    def __init__(self, root: Path, loaded: frozenset[str] | None = None) -> None:
        self.root = root.resolve()
        self.loaded = frozenset(sys.modules) if loaded is None else loaded
        self._of_module: dict[str, bool] = {}
        self._facts: dict[str, dict[str, str]] = {}
        self._trees: dict[str, tuple[str, ast.Module] | None] = {}
        self._put: dict[str, dict[str, Any]] | None = None
        self._own: dict[str, tuple[str, tuple[str, ...]] | None] = {}

    def is_project(self, file: str, module: str) -> bool:
        """Tell whether code is the project's: all that is not installed, wherever it lies.

        A version says what an installed file holds, and nothing but its content says it of any other.
        """
        if not file or file.startswith("<"):
            known = self._of_module.get(module)
            if known is None:
                known = self._of_module[module] = self._is_project_module(module)
            return known
        return _is_of_project(file)

    def _is_project_module(self, module: str) -> bool:
        if module.partition(".")[0] in sys.stdlib_module_names:
            return False
        file = module_file(module)
        # What has no file was made at run time, as a notebook's cells are: only its content says what it is.
        return file in _WITHOUT_FILE or self.is_project(str(file), module)

    def facts(self, module: str) -> dict[str, str]:
        """Return the parts that stand for a module: a version, the digest of a file that Python does not read."""
        known = self._facts.get(module)
        if known is None:
            known = self._facts[module] = self._facts_of(module) | settings_of(module.partition(".")[0])
        return known

    def put_into(self, top: str) -> list[tuple[str, Any]]:
        """Return what the project's loaded modules have put into a library: methods of its classes, accessors."""
        if self._put is None:
            self._put = {}
            for name in sorted(self.loaded):
                module = sys.modules.get(name)
                file = getattr(module, "__file__", None)
                if module is None or not isinstance(file, str) or not file.endswith(".py"):
                    continue
                if self.is_project(file, name) and Path(file).is_relative_to(self.root):
                    text = Path(file).read_text("utf-8", "replace")
                    for library, what, value in put_into_libraries(module, text, self._is_of_project):
                        self._put.setdefault(library, {})[what] = value
        return list(self._put.get(top, {}).items())

    def _is_of_project(self, value: object) -> bool:
        if isinstance(value, ModuleType):
            return self.is_project("", value.__name__)
        module = getattr(value, "__module__", None)
        return isinstance(module, str) and self.is_project("", module)

    def _facts_of(self, module: str) -> dict[str, str]:
        top = module.partition(".")[0]
        if top == "tidemill":
            return self._tidemill(module)
        if top in sys.stdlib_module_names:
            return {}
        file = module_file(top)
        if file in _WITHOUT_FILE:
            return {}
        if not self.is_project(str(file), top):
            return {f"distribution {top}": distribution_version(top)}
        file = module_file(module)
        if file in _WITHOUT_FILE or str(file).endswith(".py"):
            return {}
        return {f"module {module}": digest_bytes(Path(str(file)).read_bytes())}

    def _tidemill(self, module: str) -> dict[str, str]:
        version = distribution_version("tidemill")
        if not _INSTALLED.isdisjoint(_OWN.parts):
            return {"distribution tidemill": version}
        # Not installed, it is being worked on: what a module may call is what it imports, directly or not.
        reached, todo = dict[str, str](), [module]
        looked_at = set[str]()
        while todo:
            name = todo.pop()
            if name in looked_at:
                continue
            looked_at.add(name)
            if name not in self._own:
                file = _own_file(name)
                self._own[name] = None if file is None else _read_own(file, os.stat(file).st_mtime_ns)  # noqa: PTH116
            if (own := self._own[name]) is not None:
                reached[name], imports = own
                todo += imports
        return {f"tidemill {module}": digest_json([version, reached])}

    def constant_of(self, value: Any) -> str | None:
        """Return the installed module that names a value, so that a version says what it is; None when none does."""
        name, kind = getattr(value, "__name__", None), type(value)
        for module in [getattr(value, "__module__", None), *list(sys.modules)] if isinstance(name, str) else []:
            named = getattr(sys.modules.get(str(module)), "__dict__", {}).get(name) is value
            if named and not self.is_project("", str(module)):
                return str(module)
        if self.is_project("", kind.__module__):
            return None
        own = getattr(sys.modules.get(kind.__module__), "__dict__", {})
        return kind.__module__ if any(item is value for item in own.values()) else None

    def imported(self, each: Import, package: str) -> Imported:
        """Return what an import inside of a function brings: the names of a loaded module, the text of another."""
        found = Imported()
        try:
            base = importlib.util.resolve_name("." * each.level + each.module, package) if each.level else each.module
        except ImportError:
            return found
        module = sys.modules.get(base) if base in self.loaded else None
        if not self.is_project("", base) or self.file_of(base) is None:
            found.facts.update(self.facts(base))
        elif module is None:
            self._unloaded(base, each.names, found)
        elif each.names:
            for name in each.names:
                if name in vars(module):
                    found.loaded[f"{base}.{name}"] = vars(module)[name]
                elif self.file_of(f"{base}.{name}") is not None:
                    self._unloaded(f"{base}.{name}", (), found)
                else:
                    found.loaded[f"module {base}"] = module
        else:
            top = base.partition(".")[0]
            found.loaded |= {f"module {name}": sys.modules[name] for name in {top, base} if name in sys.modules}
        return found

    def unloaded(self, module: str) -> Imported:
        """Return what stands for a module of the project that is not loaded: its text, and all that it imports."""
        found = Imported()
        if self.file_of(module) is not None and self.is_project("", module):
            self._unloaded(module, (), found)
        return found

    def _unloaded(self, base: str, names: tuple[str, ...], found: Imported) -> None:
        todo = [base, *(f"{base}.{name}" for name in names)]
        while todo:
            name = todo.pop()
            part = f"text of module {name}"
            if part in found.facts or f"module {name}" in found.loaded:
                continue
            if name in self.loaded and name != base:
                found.loaded[f"module {name}"] = sys.modules.get(name)
                continue
            todo += [parent for parent in [name.rpartition(".")[0]] if parent]
            if not self.is_project("", name):
                found.facts.update(self.facts(name))
                continue
            tree = self._tree(name)
            if tree is not None:
                found.facts[part] = tree[0]
                todo += _imports(tree[1], name, is_package=str(self.file_of(name)).endswith("__init__.py"))

    def _tree(self, module: str) -> tuple[str, ast.Module] | None:
        if module not in self._trees:
            file = self.file_of(module)
            text = Path(file).read_bytes() if file is not None else b""
            try:
                tree = ast.parse(text)
                dumped = digest_bytes(ast.dump(tree).encode("utf-8", "surrogatepass"))
            except (SyntaxError, ValueError):
                tree, dumped = ast.Module([], []), digest_bytes(text)
            self._trees[module] = (dumped, tree) if file is not None else None
        return self._trees[module]

    def file_of(self, module: str) -> str | None:
        """Return the file of a module, loaded or not; None when it has none."""
        file = module_file(module)
        return None if file in _WITHOUT_FILE else file

    def everything(self) -> tuple[dict[str, str], list[ModuleType]]:
        """Return the digests of all of the project's files, and its modules that are loaded."""
        files = {}
        for file in sorted(self.root.rglob("*.py")):
            place = file.relative_to(self.root)
            if not any(part.startswith(".") or part in _INSTALLED for part in place.parts):
                files[f"file {place.as_posix()}"] = digest_bytes(file.read_bytes())
        modules = [
            module for name, module in sorted(sys.modules.items()) if name in self.loaded and self._lies_in(module)
        ]
        return files, modules

    def _lies_in(self, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        inside = isinstance(file, str) and Path(file).is_relative_to(self.root)
        return inside and self.is_project("", module.__name__)


def _imports(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[str]:
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            try:
                base = importlib.util.resolve_name(relative, package) if node.level else relative
            except ImportError:
                continue
            yield base
            top = base.partition(".")[0]
            if top not in sys.stdlib_module_names and top != "tidemill":
                yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


@functools.lru_cache(maxsize=4096)
def _read_own(file: str, changed_at: int) -> tuple[str, tuple[str, ...]]:
    """Return the digest of a file of Tidemill as it was at a time, and what it imports of Tidemill."""
    del changed_at
    text = Path(file).read_bytes()
    return digest_bytes(text), tuple(_own_imports(text.decode()))


def _own_imports(text: str) -> Iterator[str]:
    for base, names, plain in _OWN_IMPORT.findall(text):
        yield base or plain
        yield from (f"{base}.{name}" for name in _WORD.findall(names) if base)
