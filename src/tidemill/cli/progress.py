"""How far a long command is, as one line on a terminal that is written anew; nothing where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tidemill.storage.home_files import Told

_EVERY_S = 0.1


@contextmanager
def shown_progress() -> Iterator[Told]:
    """Yield what to tell how far it is: what is being done, how much of it is done, and of how much."""
    last = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - last < _EVERY_S and done < total):
            return
        last = now
        share = f"{100 * done // total:3d} %  {done:,} of {total:,}" if total else ""
        sys.stderr.write(f"\r\x1b[K{what}  {share}")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        if last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
