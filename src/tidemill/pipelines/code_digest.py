"""The digest of a function's code: its source, that of every project function it reaches, and what it stands on.

False misses are allowed, false hits never. Where a call cannot be resolved by reading, the digest widens: to
the whole module when a project's class or module is used, to every file of the project when code is made or
looked up by name. A global that has no digest makes the function one whose results are not reused.
"""

from __future__ import annotations

import ast
import importlib.util
import platform
import sys
import sysconfig
from abc import ABC
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any, Generic, Protocol

from tidemill.core import digest_bytes, digest_json
from tidemill.pipelines.code_text import all_names, distribution_version, module_file, source_of
from tidemill.pipelines.held_values import attributes_of, held_by_function, held_by_known_type
from tidemill.pipelines.value_digest import UndigestibleError, value_digest

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_STDLIB = Path(sysconfig.get_path("stdlib")).resolve()
_DYNAMIC = frozenset({"eval", "exec", "compile", "globals", "locals", "vars", "__import__", "import_module"})
_EMPTY = (object, Generic, Protocol, ABC)  # classes that hold nothing
_NOWHERE = sysconfig.__file__  # stands for the file of a module that has none: it comes with Python


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
    #: What was visited, under which name; holding it keeps its id from being given to something else.
    seen: dict[int, tuple[str, object]] = field(default_factory=dict)

    def name(self, name: str, value: object) -> str:
        """Return the name under which a value's part stands: two lambdas of one module have one name."""
        one, number = name, 1
        while one in self.parts:
            number += 1
            one = f"{name} #{number}"
        self.parts[one] = ""
        self.seen[id(value)] = (one, value)
        return one


class CodeReader:
    """Digests the code of a project, and Tidemill's own as one piece. `root` is the project's folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._own = Path(__file__).resolve().parents[1]
        self._own_digest: str | None = None

    def digest(self, function: Callable[..., Any]) -> CodeDigest:
        """Return the digest of a function's code and of all it reaches."""
        visit = _Visit({"python": platform.python_version()})
        self._value(visit, "itself", function)
        return CodeDigest(digest_json(visit.parts), visit.parts, tuple(dict.fromkeys(visit.doubts)))

    def _value(self, visit: _Visit, name: str, value: Any) -> None:
        """Take what a name stands for. The name is noted with it: two names may change places."""
        if isinstance(value, ModuleType):
            visit.parts[f"value {name}"] = f"module {value.__name__}"
            self._module(visit, value.__name__)
            return
        if isinstance(value, FunctionType | type):
            if id(value) not in visit.seen:
                (self._class if isinstance(value, type) else self._function)(visit, value)
            visit.parts[f"value {name}"] = visit.seen[id(value)][0]
            return
        try:
            visit.parts[f"value {name}"] = value_digest(value)
            if isinstance(value, Enum):
                self._value(visit, f"{name} class", type(value))
        except UndigestibleError as error:
            if id(value) not in visit.seen:
                self._object(visit, visit.name(f"object {name}", value), value, str(error))
            visit.parts[f"value {name}"] = visit.seen[id(value)][0]

    def _function(self, visit: _Visit, function: Any) -> None:
        # A wrapper bears the names of what it wraps: only its code says where it comes from.
        code, module = function.__code__, str(function.__globals__.get("__name__", ""))
        name = visit.name(f"function {module}.{code.co_qualname}", function)
        if self._is_project(code.co_filename):
            source = source_of(code)
            visit.parts[name] = digest_bytes(source.encode())
            names = set(all_names(code))
            for reached in sorted(names & function.__globals__.keys()):
                self._value(visit, f"{module}.{reached}", function.__globals__[reached])
            if names & _DYNAMIC:
                self._bundle(visit)
            self._imports(visit, source, module)
        else:
            self._module(visit, module)
            if self._constant_of(function):
                return
        self._state(visit, name, held_by_function(function))

    def _class(self, visit: _Visit, kind: Any) -> None:
        name = visit.name(f"class {kind.__module__}.{kind.__qualname__}", kind)
        self._module(visit, kind.__module__)
        if "<locals>" in kind.__qualname__:
            self._state(visit, name, dict(vars(kind)) | {"__dict__": None, "__weakref__": None})

    def _object(self, visit: _Visit, name: str, value: Any, why: str) -> None:
        """Take a value that is not plain: what it holds counts, and the code of its class."""
        home = self._constant_of(value) if callable(value) else None
        self._module(visit, home or type(value).__module__)
        state = None if home else self._held_by(value)
        if state is not None:
            self._state(visit, name, state)
        elif home is None:
            visit.doubts.append(f"it reads {name.removeprefix('object ')}, {why}")

    def _held_by(self, value: Any) -> Mapping[str, Any] | None:
        """Return what decides what an object does; None when that cannot be known."""
        known = held_by_known_type(value)
        if known is not None:
            return known
        if isinstance(value, MethodType):
            fields = self._fields(value.__self__)
            owner = {"of": value.__self__} if fields is None else fields
            return {"method": value.__func__, "method of": type(value.__self__), **owner}
        if type(value).__module__.startswith("tidemill."):
            held = attributes_of(value, type(value).__mro__)
            return {"class": type(value)} | {name: item for name, item in held.items() if " __" not in name}
        return self._fields(value) if callable(value) else None

    def _fields(self, value: Any) -> dict[str, Any] | None:
        """Return the attributes of an object whose classes are all the project's; None for another."""
        kinds = [kind for kind in type(value).__mro__ if kind not in _EMPTY]
        if not kinds or not all(self._is_project(module_file(kind.__module__) or _NOWHERE) for kind in kinds):
            return None
        classes = {f"class {number}": kind for number, kind in enumerate(kinds)}
        return classes | attributes_of(value, kinds)

    def _constant_of(self, value: Any) -> str | None:
        """Return the installed module that names a value, so that a version says what it is; None when none does."""
        name, kind = getattr(value, "__name__", None), type(value)
        for module in [getattr(value, "__module__", None), *list(sys.modules)] if isinstance(name, str) else []:
            named = getattr(sys.modules.get(str(module)), "__dict__", {}).get(name) is value
            if named and not self._is_project(module_file(str(module)) or _NOWHERE):
                return str(module)
        if self._is_project(module_file(kind.__module__) or _NOWHERE):
            return None
        own = getattr(sys.modules.get(kind.__module__), "__dict__", {})
        return kind.__module__ if any(item is value for item in own.values()) else None

    def _state(self, visit: _Visit, name: str, state: Mapping[str, Any]) -> None:
        for attribute, item in sorted(state.items()):
            self._value(visit, f"{name}.{attribute}", item)

    def _module(self, visit: _Visit, name: str) -> None:
        top = name.partition(".")[0]
        if top == "tidemill":
            visit.parts["tidemill"] = self._tidemill()
        elif self._is_installed(top):
            visit.parts[f"distribution {top}"] = distribution_version(top)
        elif top not in sys.stdlib_module_names:
            file = module_file(name)
            if file is not None and file not in {"built-in", "frozen"}:
                self._whole_module(visit, name, Path(file))

    def _is_installed(self, top: str) -> bool:
        """Tell whether a top-level name is that of an installed package, whose version says what is in it."""
        # To look for a module inside of it would import it, which may take seconds.
        file = None if top in sys.stdlib_module_names else module_file(top)
        return file is not None and file not in {"built-in", "frozen"} and not self._is_project(file)

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
                top = base.partition(".")[0]
                if top == "tidemill" or top in sys.stdlib_module_names or self._is_installed(top):
                    continue
                for alias in node.names:
                    if module_file(f"{base}.{alias.name}") is not None:
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
