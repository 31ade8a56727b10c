"""A process that reads the log again and again until it is killed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.feedback.conftest import START, open_store
from tidemill.core import ManualClock


def read(home: str) -> None:
    """Read on without end."""
    store = open_store(Path(home), ManualClock(START + timedelta(weeks=10)))
    while True:
        store.logged.catch_up("default", "delay")
