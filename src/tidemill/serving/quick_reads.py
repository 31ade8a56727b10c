"""Reads that never pile up: while the online store is away, they are refused at once.

The loop that answers requests stands still while it reads online values. A store that has failed once is therefore
asked again from a thread, and requests are refused until that thread has had an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tidemill.core import UnavailableError
from tidemill.storage import KeyValueStore

_ASK_EVERY_S = 0.25


class QuickReads:
    """Reads of a key-value store, of which at most one at a time waits in vain. Thread-safe."""

    def __init__(self, store: KeyValueStore, ask_every_s: float = _ASK_EVERY_S) -> None:
        self._store = store
        self._ask_every_s = ask_every_s
        self._lock = threading.Lock()
        self._away = ""

    def get_many(self, space: str, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values in the order of the keys. Raises UnavailableError, at once while the store is away."""
        if self._away:
            raise UnavailableError(self._away)
        try:
            return self._store.get_many(space, keys)
        except UnavailableError as error:
            self._wait_for_it(str(error))
            raise

    def _wait_for_it(self, trouble: str) -> None:
        with self._lock:
            if self._away:
                return
            self._away = trouble
        threading.Thread(target=self._ask, name="online-store", daemon=True).start()

    def _ask(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._ask_every_s):
            try:
                self._store.count("")
            except UnavailableError as error:
                self._away = str(error)
                continue
            self._away = ""
            return
