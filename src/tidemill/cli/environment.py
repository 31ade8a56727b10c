"""The environment of a command: `--env NAME` anywhere on the line, as TIDEMILL_ENV is for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tidemill.core import UsageError

_OPTION, _VARIABLE = "--env", "TIDEMILL_ENV"


@contextmanager
def environment_of(arguments: list[str]) -> Iterator[None]:
    """Take `--env NAME` out of the arguments and set TIDEMILL_ENV while the block runs.

    Raises UsageError when no name follows.
    """
    name = _taken(arguments)
    if name is None:
        yield
        return
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before


def _taken(arguments: list[str]) -> str | None:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    name: str | None = None
    for place in range(end - 1, -1, -1):
        option, joined, value = arguments[place].partition("=")
        if option != _OPTION:
            continue
        if not joined:
            value = arguments[place + 1] if place + 1 < end else ""
            del arguments[place + 1 : place + 2]
        del arguments[place]
        end = arguments.index("--") if "--" in arguments else len(arguments)
        if not value or value.startswith("-"):
            raise UsageError("--env takes the name of an environment of tidemill.toml, such as --env staging")
        name = name or value
    return name
