"""Discovery: gather a hook's built-in and installed implementations, when asked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Generic, TypeVar

from tidemill.core import not_found
from tidemill.plugins.errors import PluginError
from tidemill.plugins.hooks import Hook

Port = TypeVar("Port")


@dataclass(frozen=True)
class Implementations(Generic[Port]):
    """The implementations of one hook by name, in the order in which they were found; iterable."""

    hook: Hook[Port]
    by_name: Mapping[str, Port]

    def get(self, name: str) -> Port:
        """Return one implementation. Raises NotFoundError naming what there is."""
        if name not in self.by_name:
            raise not_found(self.hook.kind, name, self.by_name)
        return self.by_name[name]

    def names(self) -> tuple[str, ...]:
        """Return the names, built-ins first."""
        return tuple(self.by_name)

    def __iter__(self) -> Iterator[Port]:
        return iter(self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)


def discover(
    hook: Hook[Port], built_in: Mapping[str, Port] | None = None, installed: bool = True
) -> Implementations[Port]:
    """Gather the built-ins of a hook and, unless `installed` is False, those of installed distributions.

    An entry point names an instance, or a class or function that makes one when called without arguments.
    Each is checked against the hook's port, and built-ins pass the same check.

    Raises PluginError when an entry point does not load, is not what the port asks for, or takes a name that
    is already used.
    """
    found: dict[str, Port] = {}
    for name, implementation in (built_in or {}).items():
        _add(found, hook, name, (implementation, "tidemill itself"))
    for entry in sorted(entry_points(group=hook.group), key=lambda e: e.name) if installed else ():
        if not _is_built_in(entry):
            _add(found, hook, entry.name, (_load(hook, entry), _origin(entry)))
    return Implementations(hook, MappingProxyType(found))


def _is_built_in(entry: EntryPoint) -> bool:
    # Our own distribution may list its built-ins as entry points for others to read: they are here already.
    return entry.dist is not None and entry.dist.name == "tidemill"


def _origin(entry: EntryPoint) -> str:
    distribution = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unnamed distribution"
    return f"{distribution} ({entry.value})"


def _load(hook: Hook[Port], entry: EntryPoint) -> object:
    try:
        loaded = entry.load()
        return loaded() if isinstance(loaded, type) or not isinstance(loaded, hook.port) else loaded
    except Exception as error:
        raise PluginError(
            f"The {hook.kind} {entry.name!r} of {_origin(entry)} does not load: "
            f"{type(error).__name__}: {error}. Update or uninstall that distribution."
        ) from error


def _add(found: dict[str, Port], hook: Hook[Port], name: str, offer: tuple[object, str]) -> None:
    implementation, origin = offer
    if not isinstance(implementation, hook.port):
        raise PluginError(
            f"The {hook.kind} {name!r} of {origin} is a {type(implementation).__name__}, which is no "
            f"{hook.port.__name__}: a plugin of {hook.group!r} must have the members of that port."
        )
    if name in found:
        raise PluginError(
            f"The {hook.kind} {name!r} of {origin} takes a name that is already used: "
            f"uninstall one of the two distributions."
        )
    found[name] = implementation
