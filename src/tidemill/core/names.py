"""Names that people give to things: one rule for all of them."""

from __future__ import annotations

import re

from tidemill.core.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def check_name(kind: str, name: str) -> str:
    """Return the name when it can be a file name, a URL part and a column on every platform.

    Raises UsageError otherwise.

    >>> check_name("model", "delay")
    'delay'
    """
    fits = _NAME.fullmatch(name) and not name.endswith(".") and ".." not in name
    if not fits or _RESERVED.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a {kind}: use letters, digits, '_', '-' and '.', "
            "at most 100, starting with a letter or digit"
        )
    return name


def split_version(kind: str, reference: str, separator: str) -> tuple[str, str]:
    """Split ``delay/3`` or ``flights@latest`` into its name and what follows the separator.

    Raises UsageError when the separator is missing.

    >>> split_version("dataset version", "flights@3", "@")
    ('flights', '3')
    """
    name, found, version = reference.partition(separator)
    if not (found and name and version):
        raise UsageError(f"{reference!r} is not a {kind}; write it as name{separator}version")
    return name, version
