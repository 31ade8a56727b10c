"""The codec of plain Python values that JSON would change: tuples, sets, instants, decimals, dataclasses, enums."""

from __future__ import annotations

import dataclasses
import json
import sys
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from tidemill.core import DamagedError, digest_json
from tidemill.pipelines.keys.code_digest import CodeReader
from tidemill.pipelines.keys.module_places import Places
from tidemill.storage import BlobStore


class _Other(Protocol):
    name: str

    def accepts(self, value: object) -> bool: ...
    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]: ...
    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any: ...


#: Scalars as text, and back.
_SCALARS: dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    int: (str, int),
    float: (float.hex, float.fromhex),
    complex: (repr, complex),
    Decimal: (str, Decimal),
    Fraction: (str, Fraction),
    uuid.UUID: (str, uuid.UUID),
    bytes: (bytes.hex, bytes.fromhex),
    bytearray: (bytearray.hex, bytearray.fromhex),
    date: (date.isoformat, date.fromisoformat),
    timedelta: (
        lambda value: f"{value.days} {value.seconds} {value.microseconds}",
        lambda text: timedelta(*map(int, text.split())),
    ),
}
_SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
_MAKERS: dict[str, Callable[[list[Any]], Any]] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


class ValueCodec:
    """Plain values and containers of them, as JSON that says their types; what others keep inside them too.

    root: the project's folder, whose classes may come back. others: keep tables, arrays and models inside of a value.
    """

    name = "value"

    def __init__(self, root: Path, others: Sequence[_Other]) -> None:
        self._root = root
        self._others = tuple(others)

    def accepts(self, value: object) -> bool:
        """Take a value when all in it is taken."""
        try:
            return self._takes(value)
        except RecursionError:
            return False

    def _takes(self, value: Any) -> bool:  # noqa: PLR0911 - a table of types
        kind = type(value)
        if value is None or kind in {str, bool} or kind in _SCALARS or kind in {datetime, time}:
            return getattr(value, "tzinfo", None) is None or _zone(value.tzinfo) is not None
        if isinstance(value, np.generic):
            return not value.dtype.hasobject and value.dtype.names is None
        if kind in _SEQUENCES:
            return all(self._takes(item) for item in value)
        if kind is dict:
            return all(self._takes(key) and self._takes(item) for key, item in value.items())
        if isinstance(value, Enum):
            return self._is_own(kind) and value.name in kind.__members__
        if self._is_own(kind) and (fields := _fields(value)) is not None:
            return all(self._takes(item) for item in fields.values())
        return any(other.accepts(value) for other in self._others)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store JSON, and what others keep. The code of its classes counts in the digest: it comes along."""
        parts: dict[str, Any] = {}
        kinds: dict[str, str] = {}
        tree = self._tree(value, (parts, kinds, blobs))
        text = json.dumps(tree, ensure_ascii=True).encode()
        content = digest_json([tree, [part["digest"] for part in parts.values()], kinds])
        return {"blob": blobs.put(text), "parts": parts, "content": content}

    def _tree(self, value: Any, into: tuple[dict[str, Any], dict[str, str], BlobStore]) -> Any:  # noqa: PLR0911
        kind = type(value)
        parts, kinds, blobs = into
        if value is None or kind in {str, bool}:
            return value
        if kind in _SCALARS:
            return [kind.__name__, _SCALARS[kind][0](value)]
        if kind in {datetime, time}:
            zone = None if value.tzinfo is None else _zone(value.tzinfo)
            return [kind.__name__, value.replace(tzinfo=None).isoformat(), zone, value.fold]
        if isinstance(value, np.generic):
            return ["numpy", value.dtype.str, value.tobytes().hex()]
        if kind in _SEQUENCES:
            items = [self._tree(item, into) for item in value]
            return [_SEQUENCES[kind], items if kind in {list, tuple} else sorted(items, key=repr)]
        if kind is dict:
            return ["dict", [[self._tree(key, into), self._tree(item, into)] for key, item in value.items()]]
        if isinstance(value, Enum):
            kinds[_named(kind)] = self._code(kind)
            return ["enum", _named(kind), value.name]
        if self._is_own(kind) and (fields := _fields(value)) is not None:
            kinds[_named(kind)] = self._code(kind)
            return ["made", _named(kind), [[name, self._tree(item, into)] for name, item in fields.items()]]
        codec = next(other for other in self._others if other.accepts(value))
        manifest = codec.encode(value, blobs)
        digest = manifest.get("content") or digest_json({"codec": codec.name, "manifest": manifest})
        parts[str(len(parts))] = {"codec": codec.name, "manifest": manifest, "digest": digest}
        return ["part", str(len(parts) - 1)]

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Return the value; an object comes back with its fields, without running its `__init__`.

        Raises NotFoundError, DamagedError.
        """
        try:
            return self._value(json.loads(blobs.get(manifest["blob"])), manifest["parts"], blobs)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError) as error:
            raise DamagedError(f"a kept value cannot be read ({error}); run the pipeline with --no-cache") from error

    def _value(self, tree: Any, parts: dict[str, Any], blobs: BlobStore) -> Any:  # noqa: PLR0911
        if not isinstance(tree, list):
            return tree
        kind, given = tree[0], tree[1]
        for type_, (_, read) in _SCALARS.items():
            if kind == type_.__name__:
                return read(given)
        if kind == "numpy":
            return np.frombuffer(bytes.fromhex(tree[2]), np.dtype(given))[0]
        if kind in {"datetime", "time"}:
            made = (datetime if kind == "datetime" else time).fromisoformat(given)
            return made.replace(tzinfo=_zone_of(tree[2]), fold=tree[3])
        if kind in _MAKERS:
            return _MAKERS[kind]([self._value(item, parts, blobs) for item in given])
        if kind == "dict":
            return {self._value(key, parts, blobs): self._value(item, parts, blobs) for key, item in given}
        if kind == "enum":
            return self._class(given)[tree[2]]
        if kind == "made":
            return _made(self._class(given), {name: self._value(item, parts, blobs) for name, item in tree[2]})
        part = parts[given]
        codec = next(other for other in self._others if other.name == part["codec"])
        return codec.decode(part["manifest"], blobs)

    def _class(self, named: str) -> Any:
        module, _, name = named.partition(":")
        places = Places(self._root)
        file = places.file_of(module)
        if module not in sys.modules and (file is None or not Path(file).is_relative_to(self._root)):
            raise DamagedError(f"a kept value is of the class {name} of {module}, which is not the project's")
        kind: Any = import_module(module)
        for part in name.split("."):
            kind = getattr(kind, part)
        if not isinstance(kind, type) or not self._is_own(kind) or not (_is_record(kind) or issubclass(kind, Enum)):
            raise DamagedError(f"a kept value is of {named}, which is no dataclass, named tuple or enum of the project")
        return kind

    def _is_own(self, kind: type) -> bool:
        if kind.__module__.partition(".")[0] in sys.stdlib_module_names or "<" in kind.__qualname__:
            return False
        found: Any = sys.modules.get(kind.__module__)
        for part in kind.__qualname__.split("."):
            found = getattr(found, part, None)
        return found is kind and Places(self._root).is_project("", kind.__module__)

    def _code(self, kind: type) -> str:
        return CodeReader(self._root).digest(kind).digest


def _named(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _is_record(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))


def _fields(value: Any) -> dict[str, Any] | None:
    """Return the fields of a dataclass or named tuple that holds nothing else; None for anything else."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True)) if not getattr(value, "__dict__", None) else None
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return None
    names = [each.name for each in dataclasses.fields(value)]
    if not all(hasattr(value, name) for name in names) or not set(getattr(value, "__dict__", ())) <= set(names):
        return None
    return {name: getattr(value, name) for name in names}


def _made(kind: Any, fields: dict[str, Any]) -> Any:
    if issubclass(kind, tuple):
        return kind(**fields)
    if set(fields) != {each.name for each in dataclasses.fields(kind)}:
        raise DamagedError(f"a kept {kind.__qualname__} has other fields than the class has now; use --no-cache")
    made = object.__new__(kind)
    for name, item in fields.items():
        object.__setattr__(made, name, item)
    return made


def _zone(zone: Any) -> str | None:
    if zone is UTC:
        return "UTC"
    if type(zone) is ZoneInfo and zone.key:
        return f"zone {zone.key}"
    return None


def _zone_of(text: str | None) -> Any:
    if text is None:
        return None
    return UTC if text == "UTC" else ZoneInfo(text.removeprefix("zone "))
