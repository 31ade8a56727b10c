"""How many pieces of uploads may be on their way at once: of one caller, and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tidemill.storage.blobs.uploads import TooManyUploadsError

MOST_OF_ONE = 4
MOST_IN_ALL = 32


class Slots:
    """Slots for bodies of up to 4 MiB, held in memory while they come. For one event loop.

    Nobody waits for a slot: a caller without one is told to come again, so that a slow one stalls nobody else.

    >>> slots = Slots()
    >>> with slots.taken("ann"), slots.taken("ann"):
    ...     slots.n_taken
    2
    """

    def __init__(self, most_of_one: int = MOST_OF_ONE, most_in_all: int = MOST_IN_ALL) -> None:
        self._most_of_one = most_of_one
        self._most_in_all = most_in_all
        self._taken: Counter[str] = Counter()

    @property
    def n_taken(self) -> int:
        """How many are taken."""
        return self._taken.total()

    @contextmanager
    def taken(self, caller: str) -> Iterator[None]:
        """Hold a slot for a caller. Raises TooManyUploadsError when there is none for it."""
        if self._taken[caller] >= self._most_of_one:
            raise TooManyUploadsError(
                f"{self._most_of_one} of your pieces are on their way, the most at a time; send this one a little later"
            )
        if self.n_taken >= self._most_in_all:
            raise TooManyUploadsError("too many pieces are on their way; send this one a little later")
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
