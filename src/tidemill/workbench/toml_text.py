"""Writing small TOML files: the standard library reads them and does not write them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tidemill.core import UsageError

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(values: Mapping[str, Any], heading: str = "") -> str:
    """Return a mapping as TOML: plain values first, then a table for each mapping in it; empty ones are left out.

    Raises UsageError for a value that TOML has no form for.

    >>> print(toml_text({"home": "x", "pins": {"flights": "flights@3"}}, "Places."), end="")
    # Places.
    home = "x"
    <BLANKLINE>
    [pins]
    flights = "flights@3"
    """
    lines = [f"# {heading}"] if heading else []
    _write(lines, values, ())
    return "\n".join(lines) + "\n"


def _write(lines: list[str], values: Mapping[str, Any], path: tuple[str, ...]) -> None:
    lines += [f"{_key(name)} = {_value(name, value)}" for name, value in values.items() if not _is_table(value)]
    for name, value in values.items():
        if _is_table(value) and value:
            here = (*path, name)
            if not all(_is_table(item) for item in value.values()):
                lines += ["", f"[{'.'.join(map(_key, here))}]"]
            _write(lines, value, here)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(name, item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(name, item)}" for key, item in value.items()) + "}"
    raise UsageError(f"{name!r} is {value!r}, a {type(value).__name__}, which has no form in TOML")
