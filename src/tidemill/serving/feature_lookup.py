"""Looking up online features: the latest stored value of a view, unless it is too old or not known yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tidemill.core import DamagedError
from tidemill.serving.snapshot import OnlineView
from tidemill.storage.online_values import decode_value, key_text, space_name

Values = tuple[Any, ...]


class OnlineReader(Protocol):
    """What a lookup needs of a key-value store."""

    def get_many(self, space: str, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values in the order of the keys, None where there is none. Raises UnavailableError."""
        ...


class FeatureLookup:
    """Reads one view for the rows of a request. As thread-safe as the store."""

    def __init__(self, view: OnlineView, project: str, store: OnlineReader, keys: Callable[[Any], Values]) -> None:
        self.view = view
        self._space = space_name(project, view.name, view.columns)
        self._store = store
        self._keys = keys
        self._ttl_ms = None if view.ttl_s is None else int(view.ttl_s * 1000)
        self._nothing: Values = (None,) * len(view.columns)

    def read(self, rows: Sequence[Any], event_at_ms: Sequence[int]) -> tuple[list[Values], list[bytes | None]]:
        """Return for each row its values in the view's column order, and the stored bytes that were used.

        As in the as-of join, a value counts when it was known at the row's event time and at most the TTL
        before it; else every column is None. Raises UnavailableError when the store cannot be read.
        """
        keys = [key_text(self._keys(row)) for row in rows]
        stored = self._store.get_many(self._space, keys)
        values: list[Values] = []
        used: list[bytes | None] = []
        for data, at_ms in zip(stored, event_at_ms, strict=True):
            found = self._usable(data, at_ms)
            values.append(self._nothing if found is None else found)
            used.append(None if found is None else data)
        return values, used

    def _usable(self, data: bytes | None, at_ms: int) -> Values | None:
        if data is None:
            return None
        known_at_ms, values = decode_value(data)
        if known_at_ms > at_ms or (self._ttl_ms is not None and at_ms - known_at_ms > self._ttl_ms):
            return None
        if len(values) != len(self._nothing):
            raise DamagedError(
                f"view {self.view.name!r} has {len(values)} values stored, the snapshot expects "
                f"{len(self._nothing)}; materialize it again"
            )
        return tuple(values)
