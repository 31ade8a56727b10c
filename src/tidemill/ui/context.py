"""The decorator and the field that every page context is made with.

A context is a frozen, keyword-only dataclass; every field says in words what it holds. The words are data
(``field.metadata["help"]``), so that a test fails on a field that says nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")
_REQUIRED: Any = dataclasses.MISSING


def told(words: str, *, default: Any = _REQUIRED, default_factory: Callable[[], Any] = _REQUIRED) -> Any:
    """A dataclass field with its meaning in words; required unless it has a default.

    Examples:
        >>> told("name of the model").metadata["help"]
        'name of the model'
    """
    return dataclasses.field(default=default, default_factory=default_factory, metadata={"help": words})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(told,))
def context(cls: type[T]) -> type[T]:
    """Make a class a page context: a frozen, keyword-only dataclass.

    Examples:
        >>> @context
        ... class Greeting:
        ...     name: str = told("whom to greet")
        >>> Greeting(name="ana").name
        'ana'
    """
    return dataclasses.dataclass(frozen=True, kw_only=True)(cls)
