"""What goes wrong while something is logged: said once, in one line, and never raised."""

from __future__ import annotations

import logging
from contextlib import suppress

_LOGGER = logging.getLogger("tidemill.recording")
_MOST = 1000


class Complaints:
    """Says each line once, as a warning of the logger ``tidemill.recording``. Thread-safe; never raises."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, line: str, about: str | None = None) -> None:
        """Say a line, unless one about the same was said before; about: what it is about, if not the line itself."""
        with suppress(Exception):
            about = about or line
            if about in self._said or len(self._said) >= _MOST:
                return
            self._said.add(about)
            _LOGGER.warning("%s", " ".join(line.split()))
