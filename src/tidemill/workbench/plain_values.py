"""Params as they are stored, which is text, and as values again."""

from __future__ import annotations

import ast
from typing import Any

_PLAIN = (bool, int, float, str, list, dict)


def read_plain(text: str) -> Any:
    """Return the value that a text was made of; the text itself when only that gives it back exactly.

    >>> read_plain("5"), read_plain("0.10"), read_plain("14d"), read_plain("True")
    (5, '0.10', '14d', True)
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
    return value if isinstance(value, _PLAIN) and not isinstance(value, str) and str(value) == text else text
