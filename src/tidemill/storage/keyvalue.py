"""The key-value port of the online features, and the choice of its backend.

Light on purpose: the data plane imports it, so it needs the standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from tidemill.storage.redis_keyvalue import RedisKeyValue
from tidemill.storage.sqlite_keyvalue import SqliteKeyValue

#: How long a call may wait for a server that does not answer, unless told otherwise.
TIMEOUT_S = 5.0


class KeyValueStore(Protocol):
    """Latest values by space and key. Thread-safe; nothing is cached, so all processes see one state.

    Keys are any text, also empty or with NUL, and differ by every code point; values are any bytes. What is stored
    here can be computed again: it survives the death of a process, in a file also a power cut; what a server keeps
    through one is set there.

    Every method raises UnavailableError when the store does not answer or cannot be written, in one line that names
    the place without its password, and UsageError for a key that is no Unicode text. A call that failed may be
    repeated.
    """

    def put_many(self, space: str, items: Iterable[tuple[str, bytes]]) -> int:
        """Store the values, replacing older ones, and return how many; of equal keys the last one stays.

        Each value is replaced whole. A large batch goes in parts, so that readers need not wait for it: one that
        breaks off may have stored some of its values.
        """
        ...

    def replace(self, space: str, items: Iterable[tuple[str, bytes]]) -> int:
        """Make the space hold these values and no others, and return how many, at any size in one step.

        A reader sees the space before or after, never between; nothing has changed when it breaks off.
        """
        ...

    def get_many(self, space: str, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values in the order of the keys, None where there is none, all of one state of the space."""
        ...

    def count(self, space: str) -> int:
        """Return how many keys the space holds, 0 for one that does not exist."""
        ...

    def remove_many(self, space: str, keys: Iterable[str]) -> int:
        """Remove these keys and return how many of them there were."""
        ...

    def keys(self, space: str) -> Iterator[str]:
        """Yield the keys of the space in no order, those that stay meanwhile at least once. Not for hot paths."""
        ...

    def clear(self, space: str) -> None:
        """Remove every key of the space."""
        ...

    def spaces(self, prefix: str = "") -> list[str]:
        """Return the names of the spaces that hold something and begin so, sorted. Not for hot paths."""
        ...

    def close(self) -> None:
        """Close the connections; the object can be used again afterwards."""
        ...


def open_keyvalue(place: str | Path, timeout_s: float = TIMEOUT_S) -> KeyValueStore:
    """Return the store at a path (SQLite) or at a URL: ``redis://``, ``rediss://`` (TLS) or ``unix://``.

    Nothing is connected to before the first call. timeout_s: how long a call may wait for a server.

    Raises UsageError for a URL that names no such store, UnavailableError when the client for it is not installed.

    >>> open_keyvalue("http://localhost")
    Traceback (most recent call last):
    tidemill.core.errors.UsageError: online values cannot be kept in 'http://'; allowed are redis://, rediss:// ...
    """
    if isinstance(place, str) and "://" in place:
        return RedisKeyValue(place, timeout_s)
    return SqliteKeyValue(Path(place))
