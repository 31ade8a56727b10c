"""What an erasure is: its request, what was found, what was done with it, and what is left to people."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidemill.core import Clock
from tidemill.erasure.tables import ErasableTables
from tidemill.feedback import LoggedRows
from tidemill.storage import BlobStore, InFlight, KeyValueStore
from tidemill.storage.records import Database

PLANNED, OPEN, WAITING, DONE = "planned", "open", "waiting", "done"
#: States of an item: still to be done; done; kept on purpose, since others need it; beyond what Tidemill can reach.
FOUND, ERASED, KEPT, BEYOND = "found", "erased", "kept", "beyond"


@dataclass(frozen=True)
class Stores:
    """Where rows of an entity may be. folder: the project's, below which sources find their files."""

    database: Database
    blobs: BlobStore
    online: KeyValueStore
    logged: LoggedRows
    in_flight: InFlight
    home: Path
    folder: Path
    clock: Clock
    tables: ErasableTables | None = None


@dataclass(frozen=True)
class ErasureItem:
    """One thing that held the entity, by kind and name, and what became of it.

    Kinds: dataset, step_output, model, online, prediction, label, table, message, blob; and beyond reach: source_file,
    file_set, model_file, kept_file, large_file, backup. detail: counts, ids and instants, never a value of the entity.
    """

    kind: str
    name: str
    state: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ErasureReport:
    """A request and what was found and done. A planned one has no id, and nothing has changed.

    columns: those of the keys; n_keys: how many keys. waiting: what must end before it is done, in words.
    advice: what is left to people, in words.
    """

    id: str
    state: str
    columns: tuple[str, ...]
    n_keys: int
    why: str = ""
    requested_at: str = ""
    requested_by: str = ""
    finished_at: str | None = None
    lifted_at: str | None = None
    lifted_by: str | None = None
    waiting: tuple[str, ...] = ()
    items: tuple[ErasureItem, ...] = ()
    advice: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[ErasureItem, ...]:
        """Return the items of a kind."""
        return tuple(item for item in self.items if item.kind == kind)

    def counts(self) -> dict[str, int]:
        """Return how many items there are of each kind, and rows, keys and labels of them."""
        found = {kind: len(self.of(kind)) for kind in dict.fromkeys(item.kind for item in self.items)}
        for kind, name in (("dataset", "n_rows"), ("online", "n_keys"), ("label", "n_labels"), ("table", "n_rows")):
            for item in self.of(kind):
                found[f"{kind}.{name}"] = found.get(f"{kind}.{name}", 0) + int(item.detail.get(name, 0))
        return found
