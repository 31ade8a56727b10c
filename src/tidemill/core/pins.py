"""Two tables of the settings: dataset versions that runs are pinned to, and params that they take."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

from tidemill.core.errors import UsageError

Pins = tuple[tuple[str, str], ...]
ParamTables = tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]

_REFERENCE = re.compile(r"(?P<name>[^@\s]+)@(?P<version>[0-9]{1,10})")


def parse_pins(value: Any, where: str) -> Pins:
    """Read a table of pins, or ``flights@3, weather@1``. Raises UsageError for what names no version of its source.

    >>> parse_pins({"flights": "flights@3", "weather": 1}, "a test"), parse_pins("flights@3", "a test")
    ((('flights', 'flights@3'), ('weather', 'weather@1')), (('flights', 'flights@3'),))
    """
    if isinstance(value, str):
        value = {each.strip().partition("@")[0]: each.strip() for each in value.split(",") if each.strip()}
    if isinstance(value, tuple):
        value = dict(value)
    if not isinstance(value, dict):
        raise UsageError(f'{where} sets pins to {value!r}; it takes a table such as flights = "flights@3"')
    return tuple((name, _reference(name, reference, where)) for name, reference in value.items())


def _reference(name: str, value: Any, where: str) -> str:
    text = f"{name}@{value}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    found = _REFERENCE.fullmatch(text)
    if found is None or found["name"] != name:
        raise UsageError(f"{where} pins {name!r} to {value!r}; write a version of it, as {name}@3")
    return text


def parse_param_tables(value: Any, where: str) -> ParamTables:
    """Read the params of pipelines by name, as tables or as JSON text. Raises UsageError.

    >>> parse_param_tables('{"delays": {"n_trees": 5}}', "a test")
    (('delays', (('n_trees', 5),)),)
    """
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        with suppress(json.JSONDecodeError):
            value = json.loads(value)
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        raise UsageError(f"{where} sets params to {value!r}; it takes a table for each pipeline, as [params.delays]")
    return tuple((pipeline, tuple(table.items())) for pipeline, table in value.items())
