"""A hook: a named place where implementations of one port are gathered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Port = TypeVar("Port")


@dataclass(frozen=True)
class Hook(Generic[Port]):
    """What a room declares beside its port, and what its built-ins and plugins register under.

    name: the hook's name in the plural, such as ``model_formats``; its group is ``tidemill.<name>``.
    port: the runtime-checkable Protocol (or class) that each implementation must satisfy.
    kind: what one implementation is called in messages, such as ``model format``.
    """

    name: str
    port: type[Any]
    kind: str

    @property
    def group(self) -> str:
        """The entry-point group of this hook.

        >>> Hook("model_formats", object, "model format").group
        'tidemill.model_formats'
        """
        return f"tidemill.{self.name}"
