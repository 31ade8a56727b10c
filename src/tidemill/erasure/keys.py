"""Reading the keys to erase: words such as ``passenger_id=123``, or a file with a key a row."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from tidemill.core import UsageError

Key = dict[str, str]
MOST_KEYS = 100_000


def parse_keys(words: Sequence[str]) -> list[Key]:
    """Read the columns of one key, composite when there are several. Raises UsageError, which shows no value.

    >>> parse_keys(["origin=JFK", "flight_no=7"])
    [{'origin': 'JFK', 'flight_no': '7'}]
    """
    key: Key = {}
    for number, word in enumerate(words, 1):
        name, found, value = word.partition("=")
        if not found or not name or not value:
            raise UsageError(f"word {number} of what to erase is no COLUMN=VALUE; write it as passenger_id=123")
        if name in key:
            raise UsageError(f"the column {name!r} is given twice; erase several keys from a file with --from")
        key[name] = value
    return [key] if key else []


def read_keys(path: Path) -> list[Key]:
    """Read keys from a CSV file: its header names the columns of the key, each row is a key. Raises UsageError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"the keys in {path} cannot be read ({said}); give a CSV file with a header") from None
    return check_keys(rows, str(path))


def check_keys(keys: Sequence[Mapping[str, object]], of: str) -> list[Key]:
    """Return keys as texts by column. Raises UsageError, which shows no value, for what is no list of keys."""
    if not keys:
        raise UsageError(f"{of} holds no key; give COLUMN=VALUE, or a CSV file with a header and a key a row")
    if len(keys) > MOST_KEYS:
        raise UsageError(f"{of} holds {len(keys):,} keys; at most {MOST_KEYS:,} are erased at once")
    columns = set(keys[0])
    checked = []
    for number, key in enumerate(keys, 1):
        if set(key) != columns or not key or not all(name and _is_value(value) for name, value in key.items()):
            raise UsageError(f"key {number} of {of} lacks a value for one of its columns, or has too many")
        checked.append({name: str(value) for name, value in key.items()})
    return checked


def _is_value(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value) != ""
