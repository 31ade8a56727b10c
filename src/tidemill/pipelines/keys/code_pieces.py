"""The pieces that code is made of: a function, class, module or object, what it says itself and what it reaches."""

from __future__ import annotations

import builtins
import os
import re
import sys
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Generic, Protocol

from tidemill.core import digest_bytes, digest_json
from tidemill.pipelines.keys.bytecode import NOTHING, Bytecode, Read, read_bytecode
from tidemill.pipelines.keys.held_values import (
    attributes_of,
    held_by_class,
    held_by_function,
    held_by_known_type,
    held_by_reduction,
    hints_of,
)
from tidemill.pipelines.keys.hidden_state import draws_from, seeds
from tidemill.pipelines.keys.module_places import Imported, Places
from tidemill.pipelines.keys.value_digest import UndigestibleError, value_digest
from tidemill.pipelines.keys.watched_reads import NATIVE_READERS

#: Code that looks things up by name, or reads itself: all of the project counts then.
_DYNAMIC_NAMES = frozenset(
    {"__globals__", "__builtins__", "__subclasses__", "__code__", "f_globals", "f_locals", "f_back", "f_lineno"}
    | {"_getframe", "__import__", "import_module", "co_firstlineno", "getsource", "getsourcelines", "currentframe"}
)
_DYNAMIC = frozenset({"eval", "exec", "compile", "globals", "__import__", "breakpoint"})
_DYNAMIC_MODULES = frozenset({"builtins", "importlib", "inspect", "gc", "ctypes", "runpy", "pkgutil", "sys", "types"})
_LOOKED_THROUGH = frozenset({"builtins", "ctypes", "runpy", "pkgutil", "gc"})
_WORD = re.compile(r"[^\W\d]\w*")
_DOCS = frozenset({"__doc__", "getdoc", "help", "getcomments"})
_EMPTY = (object, Generic, Protocol, ABC, Enum)  # classes that hold nothing
_OF_A_MODULE = frozenset({"__builtins__", "__cached__", "__spec__", "__loader__", "__doc__", "__annotations__"})
_MUTABLE = (list, dict, set, bytearray)
_READERS = NATIVE_READERS | {"open", "read_text", "read_bytes", "load", "loads", "read", "urlopen", "environ", "getenv"}
_MISSING = object()
_AS_A_WHOLE = (os.path.expandvars,)
_ENVIRONMENT = (os.environ, os.getenv, *(getattr(os, name) for name in ("environb", "getenvb") if hasattr(os, name)))
_ENVIRONMENT += _AS_A_WHOLE


@dataclass
class Piece:
    """One thing that code stands on.

    own: digest of what it says itself. held: plain values that it reads, by name. reached: other things that it
    stands on, by name. facts: parts that need no name of their own, such as versions. docs: digest of its docstrings.
    handed: ids of what it hands on whole. everything: it may look anything up. draws: the global generators of chance
    that it draws from. seeds: it sets the state of one itself.
    """

    name: str
    own: str = ""
    held: dict[str, str] = field(default_factory=dict)
    reached: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    docs: str = ""
    handed: set[int] = field(default_factory=set)
    reads_docs: bool = False
    everything: bool = False
    reads_natively: bool = False
    changes: bool = False
    draws: set[str] = field(default_factory=set)
    seeds: bool = False
    _said: tuple[Any, str] | None = None

    def digest(self, own: list[tuple[str, str]], reached: list[list[str]]) -> str:
        """Return the digest of what it says and holds, and of the names of what it reaches."""
        if self._said is None or self._said[0] != reached:
            self._said = (reached, digest_json([self.own, own, reached]))
        return self._said[1]


class Pieces:
    """Takes code apart, each thing once. Not thread-safe; values are taken as they are when first met.

    scans: what was read of code before, which does not change.
    """

    def __init__(self, places: Places, scans: dict[CodeType, Bytecode]) -> None:
        self._places = places
        self.scans = scans
        self._known: dict[int, tuple[Any, Piece]] = {}
        self._digests: dict[int, tuple[Any, str | None]] = {}

    def piece(self, value: Any) -> Piece:
        """Return what a function, class, module or object is made of."""
        known = self._known.get(id(value))
        if known is None:
            known = (value, self._make(value))  # holding it keeps its id from being given to something else
            self._known[id(value)] = known
        return known[1]

    def hold(self, piece: Piece, label: str, value: Any) -> None:
        """Let a piece stand on a value: by its digest when it is plain, else as a piece of its own."""
        if not isinstance(value, FunctionType | type | ModuleType):
            digest = self._plain(value)
            if digest is not None:
                piece.held[label] = digest
                piece.changes |= isinstance(value, _MUTABLE) or type(value).__module__ in {"numpy", "polars", "pandas"}
                return
        piece.reached[label] = value

    def _plain(self, value: Any) -> str | None:
        known = self._digests.get(id(value))
        if known is None or known[0] is not value:
            try:
                known = (value, value_digest(value, self._places.root, enums=False))
            except UndigestibleError:
                known = (value, None)
            self._digests[id(value)] = known
        return known[1]

    def _make(self, value: Any) -> Piece:
        if isinstance(value, ModuleType):
            return self._whole_module(value)
        if isinstance(value, FunctionType):
            return self._function(value)
        return self._class(value) if isinstance(value, type) else self._object(value)

    def _function(self, function: FunctionType) -> Piece:
        # A wrapper bears the names of what it wraps: only its code says where it comes from.
        code, module = function.__code__, str(function.__globals__.get("__name__", ""))
        piece = Piece(f"function {module}.{code.co_qualname}")
        if not self._places.is_project(code.co_filename, module):
            self._from(piece, module)
            if self._places.constant_of(function):
                return piece
        else:
            if code not in self.scans:
                self.scans[code] = read_bytecode(code)
            scan = self.scans[code]
            piece.own = digest_bytes(scan.text.encode("utf-8", "surrogatepass"))
            piece.docs = digest_json(function.__doc__) if isinstance(function.__doc__, str) else ""
            piece.changes |= scan.changes
            self._names(piece, scan)
            for read in scan.reads:
                self._read(piece, module, function.__globals__, read)
            package = str(function.__globals__.get("__package__") or "")
            for each in scan.imports:
                self._import(piece, scan, self._places.imported(each, package), each.module)
            self._hints(piece, module, function)
        self._hold_all(piece, held_by_function(function))
        return piece

    def _names(self, piece: Piece, scan: Bytecode) -> None:
        piece.everything |= bool(scan.names & _DYNAMIC_NAMES)
        piece.reads_docs |= bool(scan.names & _DOCS)
        piece.reads_natively |= bool(scan.names & NATIVE_READERS)

    def _hints(self, piece: Piece, module: str, value: Any) -> None:
        """Take the names in hints that are kept as text, which a library may look up."""
        own = vars(sys.modules[module]) if module in sys.modules else {}
        for hint in hints_of(value).values():
            for name in _WORD.findall(hint) if isinstance(hint, str) else ():
                if isinstance(own.get(name), type):
                    self.hold(piece, f"{module}.{name}", own[name])

    def _import(self, piece: Piece, scan: Bytecode, found: Imported, module: str) -> None:
        piece.facts.update(found.facts)
        for label, value in found.loaded.items():
            self.hold(piece, label, value)
            piece.handed.add(id(value))
        looks = module in _LOOKED_THROUGH or (module == "sys" and "modules" in scan.names)
        piece.everything |= looks

    def _read(self, piece: Piece, module: str, names: Mapping[str, Any], read: Read) -> None:
        value = names.get(read.name, _MISSING)
        if read.module:
            value, module = sys.modules.get(read.module, _MISSING), read.module
            if value is _MISSING or self._places.is_project("", read.module):
                return  # what it imports of the project counts as a whole
        elif value is _MISSING:
            value = vars(builtins).get(read.name, _MISSING)
            piece.everything |= read.name in _DYNAMIC
            if value is _MISSING or _is_usual(value):
                return
        label, chain, inside = f"{module}.{read.name}", list(read.chain), None
        while isinstance(value, ModuleType) and chain and self._opens(piece, value, chain[0]):
            inside, attribute = value, chain.pop(0)
            if not read.module:
                piece.facts[f"name {label}"] = f"module {inside.__name__}"
            value, label = getattr(inside, attribute), f"{inside.__name__}.{attribute}"
            self._from(piece, inside.__name__)
        piece.everything |= _looks_up(value) and not chain
        self._chance(piece, value)
        if any(value is each for each in _ENVIRONMENT):
            self._environment(piece, chain, None if value in _AS_A_WHOLE else read.constant)
        elif value is not sys.modules and not self._of_a_library(inside, value) and not self._by_version(read, value):
            if not read.called and not chain:
                piece.handed.add(id(value))
            self.hold(piece, label, value)

    def _chance(self, piece: Piece, value: object) -> None:
        source = draws_from(value)
        if source is not None:
            piece.draws.add(source)
            piece.seeds |= seeds(value)

    def _opens(self, piece: Piece, module: ModuleType, name: str) -> bool:
        """Tell whether a module has a name by itself, without its `__getattr__` and without importing a part of it."""
        if not name.startswith("__") and _has(module, name):
            return True
        self._import(piece, NOTHING, self._places.unloaded(f"{module.__name__}.{name}"), "")
        return False

    def _of_a_library(self, module: ModuleType | None, value: Any) -> bool:
        """Tell whether a name of an installed module stands for an object of its own, such as a stream or settings."""
        if module is None or self._places.is_project("", module.__name__) or isinstance(value, FunctionType | type):
            return False
        return self._plain(value) is None and not self._is_own(type(value))

    def _by_version(self, read: Read, value: Any) -> bool:
        """Tell whether a version counts for a value already: it is installed code that a function imports by itself.

        Whether that was loaded before, as in a worker's second run, must make no other key.
        """
        if not read.module or not isinstance(value, FunctionType | BuiltinFunctionType | type | ModuleType):
            return False
        home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        return not self._places.is_project("", home or read.module)

    def _environment(self, piece: Piece, chain: list[str], name: str | None) -> None:
        """Take the variable of the environment that is asked for by a text, or say that all of them are."""
        piece.changes = True
        if name is not None and chain in ([], ["get"]):
            piece.facts[f"environment variable {name}"] = digest_json(os.environ.get(name))
        else:
            piece.doubts.append("it reads os.environ as a whole: ask for one variable by its name")

    def _class(self, kind: type) -> Piece:
        piece = Piece(f"class {kind.__module__}.{kind.__qualname__}")
        if not self._places.is_project("", kind.__module__):
            self._from(piece, kind.__module__)
            if "<locals>" in kind.__qualname__:
                self._hold_all(piece, held_by_class(kind))
            return piece
        piece.own = digest_json([each.__qualname__ for each in kind.__mro__])
        for base in (*kind.__bases__, type(kind)):
            if base not in _EMPTY and base is not type:
                self.hold(piece, f"{piece.name} base {base.__qualname__}", base)
        self._hold_all(piece, held_by_class(kind))
        self._hints(piece, kind.__module__, kind)
        piece.docs = digest_json(vars(kind).get("__doc__")) if isinstance(vars(kind).get("__doc__"), str) else ""
        # A library's base class may read what documents the class: fields of a form, words of a prompt.
        strange = [base for base in kind.__mro__[1:] if not self._places.is_project("", base.__module__)]
        if any(base.__module__.partition(".")[0] not in sys.stdlib_module_names for base in strange):
            piece.handed.add(id(kind))
            piece.handed |= {id(item) for item in piece.reached.values()}
        return piece

    def _object(self, value: Any) -> Piece:
        """Take a value that is not plain: what it holds counts, and the code of its class."""
        kind = type(value)
        piece = Piece(f"object {kind.__module__}.{kind.__qualname__}", changes=True)
        home = self._places.constant_of(value) if callable(value) or not self._is_own(kind) else None
        self._from(piece, home or kind.__module__)
        if home:
            piece.own = digest_json(str(getattr(value, "__name__", "")))
            return piece
        state = self._held_by(value)
        if state is None:
            piece.doubts.append(f"it reads {{}}, a {kind.__module__}.{kind.__qualname__}, which has no digest")
        else:
            self._hold_all(piece, state)
        if self._memoized(value):
            piece.doubts.append("it reads {}, which keeps what it has read before: hand that in as an argument")
        return piece

    def _held_by(self, value: Any) -> Mapping[str, Any] | None:
        """Return what decides what an object does; None when that cannot be known."""
        kind = type(value)
        if isinstance(value, Enum):
            return {"class": kind, "member": value.name}
        known = held_by_known_type(value)
        if known is not None:
            return known
        if isinstance(value, MethodType):
            return {"method": value.__func__, "of": value.__self__}
        if kind.__module__.startswith("tidemill."):
            held = attributes_of(value, kind.__mro__)
            return {"class": kind} | {name: item for name, item in held.items() if " __" not in name}
        kinds = [each for each in kind.__mro__ if each not in _EMPTY]
        own = {"class": kind, **attributes_of(value, kinds)}
        if all(self._is_own(each) for each in kinds):
            return own
        reduced = held_by_reduction(value)
        return None if reduced is None else {**own, **reduced} if self._is_own(kind) else {"class": kind, **reduced}

    def _memoized(self, value: Any) -> bool:
        """Tell whether a memoized function keeps what it has read already, as while it was imported."""
        inner = getattr(value, "__wrapped__", None)
        if not hasattr(value, "cache_parameters") or not isinstance(inner, FunctionType):
            return False
        code = inner.__code__
        if code not in self.scans:
            self.scans[code] = read_bytecode(code)
        return not self.scans[code].names.isdisjoint(_READERS) and value.cache_info().currsize > 0

    def _is_own(self, kind: type) -> bool:
        return self._places.is_project("", kind.__module__)

    def _whole_module(self, module: ModuleType) -> Piece:
        piece = Piece(f"module {module.__name__}")
        if self._places.is_project("", module.__name__):
            for name, value in sorted(vars(module).items()):
                if name not in _OF_A_MODULE:
                    self.hold(piece, f"{module.__name__}.{name}", value)
        self._from(piece, module.__name__)
        return piece

    def _from(self, piece: Piece, module: str) -> None:
        """Take a version for what an installed module says, and the file of a project's that Python cannot read."""
        piece.facts.update(self._places.facts(module))
        for name, value in self._places.put_into(module.partition(".")[0]):
            if value is not None:
                self.hold(piece, name, value)

    def _hold_all(self, piece: Piece, held: Mapping[str, Any]) -> None:
        for name, value in sorted(held.items()):
            self.hold(piece, f"{piece.name}.{name}", value)


def _is_usual(value: Any) -> bool:
    """Tell whether a builtin is one of Python's own."""
    if isinstance(value, BuiltinFunctionType) or any(
        value is each for each in (None, True, False, ..., NotImplemented)
    ):
        return True
    return callable(value) and getattr(value, "__module__", "builtins") == "builtins"


def _looks_up(value: Any) -> bool:
    """Tell whether a value finds code by its name, or is a module that does so handed on whole."""
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in _DYNAMIC_MODULES
    named = getattr(value, "__module__", None) in {"importlib", "runpy", "pkgutil", "inspect", "gc"}
    return named or value is sys.modules or any(value is each for each in (eval, exec, compile, globals, __import__))


def _has(module: ModuleType, name: str) -> bool:
    # The front door opens its names when they are asked for; with other modules that may take seconds.
    return name in vars(module) or (module.__name__ == "tidemill" and hasattr(module, name))
