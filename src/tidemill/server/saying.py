"""The server's words to whoever started it."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"tidemill server: {line}\n")
    sys.stderr.flush()
