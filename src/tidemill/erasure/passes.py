"""One pass of an erasure: everything is looked through once, and what is found is taken out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from tidemill.access import Caller
from tidemill.core import Event, SystemClock, id_time, iso
from tidemill.data import ErasedKeys, load_erased_keys
from tidemill.erasure import _repository as repository
from tidemill.erasure.beyond import find_backups, find_file_sets, find_kept_files, find_model_files
from tidemill.erasure.left import delete_blobs, find_unnamed
from tidemill.erasure.messages import Message, erase_message, find_messages
from tidemill.erasure.records import BEYOND, ERASED, FOUND, ErasureItem, ErasureReport, Stores
from tidemill.erasure.scrub import scrub_sqlite
from tidemill.erasure.targets import Targets
from tidemill.storage import CachedBlobs, FileLock
from tidemill.storage.records import Transaction
from tidemill.tracking import Tracking, oldest_running


def look_through(stores: Stores, targets: Targets) -> list[ErasureItem]:
    """Return all that holds the keys, also what cannot be reached. Changes nothing."""
    items = targets.find()
    messages = stores.database.read(lambda tx: list(find_messages(tx, targets.project, targets.keys)))
    items += [ErasureItem("message", each.name, FOUND) for each in messages]
    items += [ErasureItem("blob", digest, FOUND) for digest in _unnamed(stores, targets.keys)]
    return [*items, *_beyond(stores, targets), *_source_files(items)]


def take_out(stores: Stores, tracking: Tracking, caller: Caller, report: ErasureReport) -> None:
    """Take the keys of a request out of everything; it is done unless something from before it is still at work.

    It may be killed at any point and called again: what is taken away is on record in the same transaction, and what
    is left is found anew.
    """
    database, project = stores.database, caller.project
    with FileLock(database.folder / "erasure.lock"):
        at_work = _at_work(stores, tracking, report.id)
        keys, derived = database.read(
            lambda tx: (
                load_erased_keys(tx, project, report.id),
                load_erased_keys(tx, project, report.id, derived=True),
            )
        )
        targets = Targets(stores, project, report, keys, derived)
        waiting = at_work + targets.erase()
        for message in database.read(lambda tx: list(find_messages(tx, project, keys))):
            database.write(partial(_erase_message, project, report.id, (message, keys)))
        _put(stores, targets, (ErasureItem("blob", digest, FOUND) for digest in _unnamed(stores, keys)))
        if not at_work:  # whoever began before may have looked at one, and be about to name it
            blobs = database.read(lambda tx: repository.items(tx, project, report.id, "blob"))
            deleted = delete_blobs(database, stores.blobs, project, blobs)
            _put(stores, targets, deleted)
            if n_again := sum(blob.state == FOUND for blob in deleted):
                waiting.append(f"{n_again:,} blobs were put again while they were deleted")
        _put(stores, targets, _beyond(stores, targets))
        waiting += _scrub(stores)
        database.write(lambda tx: _end(tx, caller, report.id, waiting))


def _at_work(stores: Stores, tracking: Tracking, request_id: str) -> list[str]:
    """Return what began before a request and has not ended: it may still write rows that it has read."""
    tracking.settle_dead_runs()
    waiting = []
    run_id = stores.database.read(oldest_running)
    if run_id is not None and run_id < request_id:
        waiting.append(f"run {run_id} began before and goes on")
    now = SystemClock().now()
    since = stores.in_flight.since(now)
    if since < min(now, id_time(request_id)):
        waiting.append(f"an ingest, an upload or a reading that began at {iso(since)} goes on")
    return waiting


def _erase_message(project: str, request_id: str, found: tuple[Message, ErasedKeys], tx: Transaction) -> None:
    message, keys = found
    erase_message(tx, project, message, keys)
    repository.put_items(tx, project, request_id, [ErasureItem("message", message.name, ERASED)])


def _scrub(stores: Stores) -> Iterator[str]:
    for file in sorted(stores.home.glob("*.db")):
        if not scrub_sqlite(file):
            yield f"{file.name} is read without a pause, so its deleted rows are still in the file"


def _end(tx: Transaction, caller: Caller, request_id: str, waiting: Sequence[str]) -> None:
    repository.end_pass(tx, caller.project, request_id, waiting)
    found = repository.find_request(tx, caller.project, request_id)
    if not waiting and found is not None:
        tx.emit(caller.name, caller.project, Event("entity.erased", request_id, found.counts()))


def _unnamed(stores: Stores, keys: ErasedKeys) -> list[str]:
    blobs = stores.blobs.store if isinstance(stores.blobs, CachedBlobs) else stores.blobs
    return list(find_unnamed(stores.database, blobs, keys))


def _beyond(stores: Stores, targets: Targets) -> list[ErasureItem]:
    files = find_model_files(targets.models(), stores.blobs, targets.keys)
    kept = find_kept_files(stores, targets.project, targets.keys)
    return [*find_backups(stores), *find_file_sets(stores, targets.project, targets.keys), *files, *kept]


def _source_files(items: Sequence[ErasureItem]) -> Iterator[ErasureItem]:
    datasets = [item for item in items if item.kind == "dataset"]
    names = [f"{item.name.partition('@')[0]}: {name}" for item in datasets for name in item.detail["files"]]
    return (ErasureItem("source_file", name, BEYOND) for name in dict.fromkeys(names))


def _put(stores: Stores, targets: Targets, items: Iterable[ErasureItem]) -> None:
    found = list(items)
    if found:
        stores.database.write(lambda tx: repository.put_items(tx, targets.project, targets.request.id, found))
