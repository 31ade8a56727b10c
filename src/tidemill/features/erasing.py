"""Taking erased keys out of the online store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidemill.data import ErasedKeys
from tidemill.features import _repository as repository
from tidemill.storage import KeyValueStore
from tidemill.storage.online_values import key_parts
from tidemill.storage.records import Database

_AT_ONCE = 5_000


class OnlineErasure:
    """Finds and removes erased keys among the online values of a project.

    A view is known by the columns of its key. views: of those that were materialized by an older Tidemill, which kept
    no record of these columns.
    """

    def __init__(
        self, database: Database, online: KeyValueStore, project: str, views: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._online = online
        self._project = project
        known = database.read(lambda tx: repository.view_keys(tx, project))
        self.views = {**views, **{name: keys or tuple(views.get(name, ())) for name, keys in known.items()}}

    def find(self, erased: ErasedKeys) -> dict[str, int]:
        """Return how many keys each view holds. Raises UnavailableError."""
        return self._each_view(erased, remove=False)

    def remove(self, erased: ErasedKeys) -> dict[str, int]:
        """Remove the keys; return how many there were of each view. Raises UnavailableError."""
        return self._each_view(erased, remove=True)

    def _each_view(self, erased: ErasedKeys, *, remove: bool) -> dict[str, int]:
        found: dict[str, int] = {}
        for view, keys in self.views.items():
            if not erased.concerns(keys):
                continue
            for space in self._online.spaces(f"{self._project}/{view}/"):
                held = list(self._held(space, keys, erased))
                if held:
                    found[view] = found.get(view, 0) + len(held)
                for start in range(0, len(held) if remove else 0, _AT_ONCE):
                    self._online.remove_many(space, held[start : start + _AT_ONCE])
        return found

    def _held(self, space: str, keys: tuple[str, ...], erased: ErasedKeys) -> Iterator[str]:
        for text in self._online.keys(space):
            values = key_parts(text)
            if len(values) == len(keys) and erased.holds(dict(zip(keys, values, strict=True))):
                yield text
