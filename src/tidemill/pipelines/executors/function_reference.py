"""Functions and declarations as another process finds them: by module and name, never as code in a message."""

from __future__ import annotations

import functools
import importlib
import operator
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from tidemill.pipelines.executors.errors import ELSE_IN_PROCESS, NotSendableError
from tidemill.pipelines.graph.step import Step


@dataclass(frozen=True)
class Declared:
    """Where a module declares something. name: attributes, parted by dots."""

    module: str
    name: str

    def find(self) -> Any:
        """Import the module and return what it declares under the name. Raises ImportError, AttributeError."""
        return operator.attrgetter(self.name)(importlib.import_module(self.module))


def declared_function(function: Any, what: str) -> Declared:
    """Return where a function is declared, as itself or as a step.

    what: how the function is called in a message, such as "step 'train'".
    Raises NotSendableError for one of a notebook, or one made inside another function.

    >>> import json
    >>> declared_function(json.dumps, "the function")
    Declared(module='json', name='dumps')
    """
    name = getattr(function, "__module__", None) or "__main__"
    if name == "__main__":
        raise NotSendableError(
            f"{what} is defined in a notebook or script (__main__): move it to a module, {ELSE_IN_PROCESS}"
        )
    found = _name_in(sys.modules.get(name), function)
    if found is None:
        raise NotSendableError(
            f"{what} is defined inside another function, where no other process finds it: move it to the top of "
            f"module {name!r} and give it what it needs as arguments, {ELSE_IN_PROCESS}"
        )
    return Declared(name, found)


def declared_value(value: object, modules: Iterable[str], what: str) -> Declared:
    """Return where a value such as a source is declared, looking through these modules first. Raises NotSendableError.

    what: how it is called in a message.
    """
    for name in dict.fromkeys((*modules, *list(sys.modules))):
        module = sys.modules.get(name)
        if name == "__main__" or not isinstance(module, ModuleType):
            continue
        for key, held in list(vars(module).items()):
            if held is value:
                return Declared(name, key)
    raise NotSendableError(
        f"{what} is no name of a module, so no other process finds it: declare it at the top of one, {ELSE_IN_PROCESS}"
    )


def plain_function(found: Any) -> Any:
    """Return the function that a step, or a function itself, stands for."""
    return found.function if isinstance(found, Step) else found


def _name_in(module: ModuleType | None, function: Any) -> str | None:
    if module is None:
        return None
    for name, found in _candidates(module, function):
        if _is_that(found, function):
            return name
    return None


def _candidates(module: ModuleType, function: Any) -> Iterator[tuple[str, Any]]:
    name = getattr(function, "__qualname__", "")
    if name and "<" not in name:
        with suppress(AttributeError):  # it goes by another name there, or by none
            yield name, functools.reduce(getattr, name.split("."), module)
    yield from list(vars(module).items())


def _is_that(found: Any, function: Any) -> bool:
    found = plain_function(found)
    if found is function:
        return True
    # A project that was imported anew holds other objects of the same code.
    both = isinstance(found, FunctionType) and isinstance(function, FunctionType)
    return both and not function.__closure__ and not found.__closure__ and found.__code__ == function.__code__
