"""What the records of all rooms name: a room that puts blobs says here which."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tidemill import bundles, data, feedback, pipelines, registry, tracking
from tidemill.storage import uploaded
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import Without

OTHERS = "other projects"
UNDER_WAY = "uploads under way"

_ROOMS: tuple[Callable[[Transaction, str | None, Without], Iterator[tuple[str, str]]], ...] = (
    data.referenced_blobs,
    registry.referenced_blobs,
    feedback.referenced_blobs,
    pipelines.referenced_blobs,
    bundles.referenced_blobs,
    tracking.referenced_blobs,
    uploaded.referenced_blobs,
)


def referenced_blobs(
    tx: Transaction, project: str | None = None, without: Without = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that any record of the store names.

    project: of which the owners are told by name, before those of all others. without: as if these things were gone.
    """
    if project is not None:
        for room in _ROOMS:
            yield from room(tx, project, without)
    for room in _ROOMS:
        yield from ((digest, OTHERS) for digest, _ in room(tx, None, without))


def referenced_manifests(tx: Transaction, project: str, without: Without = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of the manifest of every file set version; what it names is referenced as well.

    project: of which the owners are told by name, before those of all others. without: as if these things were gone.
    """
    yield from data.file_set_roots(tx, project, without)
    yield from ((digest, OTHERS) for digest, _ in data.file_set_roots(tx, None, without))
