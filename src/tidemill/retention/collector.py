"""The verbs: what would go, and letting it go. First what the policy lets go, then blobs that no record names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from tidemill.access import Caller, Role, require
from tidemill.bundles import UnpackedBundles, list_bundle_facts, remove_bundles
from tidemill.core import Clock, Event, SystemClock, id_time
from tidemill.data import file_set_blobs, remove_dataset_version
from tidemill.deployment import deployed_versions
from tidemill.feedback import LoggedRows, remove_quarantined
from tidemill.pipelines import remove_steps
from tidemill.registry import remove_verdicts, remove_version, runs_registered
from tidemill.retention.decision import Going, Instants, decide
from tidemill.retention.references import OTHERS, UNDER_WAY, referenced_blobs, referenced_manifests
from tidemill.retention.rule import Policy, Rule
from tidemill.retention.table_vacuum import TableShare, vacuum_tables
from tidemill.storage import BlobStore, InFlight, LocalBlobs
from tidemill.storage.blob_urls import objects_of
from tidemill.storage.blobs.bucket import Object
from tidemill.storage.blobs.collection import (
    GRACE,
    BlobCollection,
    Collected,
    CollectedBucket,
    CollectedFolder,
    CollectionPlan,
    Share,
    check_grace,
)
from tidemill.storage.blobs.uploads import OpenUpload, Uploads
from tidemill.storage.encryption.encrypted_blobs import EncryptedBlobs
from tidemill.storage.records import Database, Transaction
from tidemill.storage.tables.port import Tables
from tidemill.storage.uploaded import Without
from tidemill.tracking import Tracking, oldest_running, remove_runs

#: What is said where blobs are in a folder that is not the store's own.
NOT_COLLECTED = "blobs are not collected: the setting blobs puts them outside the store's folder; all of them stay"
#: Whose the abandoned uploads of other projects are, and those past the server that no list names.
DIRECT = "direct uploads"
#: An upload is abandoned when no piece of it came for a day, however short the grace period.
_ABANDONED_AFTER = timedelta(days=1)
_AT_ONCE = 200


@dataclass(frozen=True)
class Retained:
    """One line of the policy. ids: what it lets go, or let go. n_kept: what stays of that kind."""

    kind: str
    rule: str
    ids: tuple[str, ...]
    n_kept: int | None = None


@dataclass(frozen=True)
class StoragePlan:
    """What goes, or went: by the policy of the caller's project, and of the blobs of the whole store.

    The blobs of what goes by the policy are unreferenced once it is gone: they are found by the collection after that.
    A plan tells them as `blobs.let_go`.

    not_collected: why no blobs of this store are collected; empty where they are. tables: of which something goes, or
    cannot; of the whole store.
    """

    retention: tuple[Retained, ...] = ()
    blobs: CollectionPlan = field(default_factory=CollectionPlan)
    not_collected: str = ""
    tables: tuple[TableShare, ...] = ()


class Collector:
    """Garbage collection and retention. Thread-safe; any number may be at work."""

    def __init__(  # noqa: PLR0913, PLR0917 - the rooms it asks
        self,
        database: Database,
        blobs: BlobStore,
        rooms: tuple[Tracking, LoggedRows, Tables],
        in_flight: InFlight,
        policy: Policy,
        clock: Clock,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._tracking, self._logged, self._tables = rooms
        self._marks = in_flight
        self._clock = clock
        self._machine = SystemClock()
        self._uploads = Uploads(database.folder / "uploads", blobs)
        self._unpacked = UnpackedBundles(blobs, database.folder)
        self.policy = policy

    def plan(self, caller: Caller, grace: timedelta = GRACE) -> StoragePlan:
        """Return what `collect` would do now. Changes nothing but the state of dead runs. Needs admin.

        Raises UsageError for a grace period below zero, or of centuries.
        """
        require(caller, Role.ADMIN)
        check_grace(grace)
        self._tracking.settle_dead_runs()
        collection, why_not = self._collection(caller.project, grace)
        going = self._going(caller, collection, grace)
        without = _without(caller.project, going)
        staying = partial(self._named, caller.project, self._abandoned_before(grace), without) if without else None
        blobs = collection.plan(grace, staying) if collection else CollectionPlan()
        before = self._abandoned_before(grace)
        uploads = [each for each in self._uploads.list() if each.touched_at < before]
        objects = objects_of(self._blobs)
        incoming = objects.home.incoming(before) if objects and objects.home else ()
        blobs = replace(blobs, abandoned=_abandoned(caller.project, uploads, incoming))
        tables = vacuum_tables(self._tables, self.policy.tables, self._clock.now(), dry_run=True)
        return StoragePlan(tuple(_told(self.policy, going, tables)), blobs, why_not, tables)

    def collect(self, caller: Caller, grace: timedelta = GRACE) -> StoragePlan:
        """Let go what the policy does not keep, then collect blobs; return what went. Needs admin.

        grace: how young something is that may be in flight and is left alone, by the machine's clock. It may be
        killed and called again at any point. Raises UsageError for a grace period below zero, or of centuries.
        """
        require(caller, Role.ADMIN)
        check_grace(grace)
        self._tracking.settle_dead_runs()
        before = self._abandoned_before(grace)
        uploads, objects = self._uploads.sweep(before), objects_of(self._blobs)
        incoming = objects.home.sweep(before) if objects and objects.home else ()
        collection, why_not = self._collection(caller.project, grace)
        going = self._going(caller, collection, grace)
        self._let_go(caller, going)
        blobs = collection.collect(grace) if collection else CollectionPlan()
        blobs = replace(blobs, abandoned=_abandoned(caller.project, uploads, incoming))
        if blobs.deleted.n_blobs or blobs.aside.n_blobs:
            data = {
                "n_deleted": blobs.deleted.n_blobs,
                "deleted_bytes": blobs.deleted.n_bytes,
                "n_aside": blobs.aside.n_blobs,
                "aside_bytes": blobs.aside.n_bytes,
            }
            self._database.write(
                lambda tx: tx.emit(caller.name, caller.project, Event("blobs.collected", "store", data))
            )
        tables = vacuum_tables(self._tables, self.policy.tables, self._clock.now(), dry_run=False)
        self._remove(caller, "tables", [each.name for each in tables if each.n_versions], lambda _tx, _some: None)
        return StoragePlan(tuple(_told(self.policy, going, tables)), blobs, why_not, tables)

    def _collection(self, project: str, grace: timedelta) -> tuple[BlobCollection | None, str]:
        """Return the collection of the store's blobs, or why there is none.

        Where others have blobs too, there are records and marks which are not seen from here.
        """
        store, why_not = self._collected()
        if store is None:
            return None, why_not
        before = self._abandoned_before(grace)
        return BlobCollection(store, self._machine, partial(self._named, project, before), self._in_flight_since), ""

    def _named(self, project: str, before: datetime, without: Without = frozenset()) -> Iterable[tuple[str, str]]:
        """Return name and owner of every blob that a record names, or an upload that went on since `before`."""
        sealed = self._blobs if isinstance(self._blobs, EncryptedBlobs) else None
        named, roots = self._database.read(
            lambda tx: (list(referenced_blobs(tx, project, without)), list(referenced_manifests(tx, project, without)))
        )
        coming = [(digest, UNDER_WAY) for digest, _ in self._uploads.pieces(before)]
        found = chain(named, coming, file_set_blobs(self._blobs, roots))
        # Sealed blobs are collected by the names that they are stored under.
        return ((sealed.name(digest), owner) for digest, owner in found) if sealed else found

    def _collected(self) -> tuple[Collected | None, str]:
        blobs = self._blobs.place if isinstance(self._blobs, EncryptedBlobs) else self._blobs
        objects = objects_of(blobs)
        if objects is not None and objects.home is not None:
            others = objects.home.others()
            if not others:
                deletes = objects if isinstance(self._blobs, EncryptedBlobs) else self._blobs  # in the cache too
                return CollectedBucket(deletes, objects.home.condemned), ""
            return None, (
                f"blobs are not collected: {len(others)} other stores, or homes of this one, have theirs in the same "
                f"place ({others[0]}); give each a prefix of its own, or delete the object of one that is gone"
            )
        own = (self._database.folder / "blobs").resolve()
        if not isinstance(blobs, LocalBlobs) or blobs.folder.resolve() != own:
            return None, NOT_COLLECTED
        return CollectedFolder(blobs), ""

    def _abandoned_before(self, grace: timedelta) -> datetime:
        return self._machine.now() - max(grace, _ABANDONED_AFTER)

    def _in_flight_since(self, now: datetime) -> datetime:
        run_id = self._database.read(oldest_running)
        since = self._marks.since(now)
        return since if run_id is None else min(since, id_time(run_id))

    def _going(self, caller: Caller, collection: BlobCollection | None, grace: timedelta) -> Going:
        now = self._machine.now()
        before = collection.before(grace, now) if collection else min(now - grace, self._in_flight_since(now))
        at = Instants(self._clock.now(), before)
        return self._database.read(lambda tx: decide(tx, caller.project, self.policy, at))

    def _let_go(self, caller: Caller, going: Going) -> None:
        """Remove what goes, in short transactions with an event each, which holds ids only."""
        project = caller.project

        def models(tx: Transaction, some: Sequence[str]) -> None:
            served = deployed_versions(tx, project)
            for reference in some:
                model, _, version = reference.rpartition("/")
                if reference not in served:
                    remove_version(tx, project, model, int(version))

        def runs(tx: Transaction, some: Sequence[str]) -> None:
            free = sorted(set(some) - runs_registered(tx, project, some))
            remove_verdicts(tx, project, free)
            remove_steps(tx, project, free)
            remove_runs(tx, project, free)

        facts = {each.reference: each for each in going.datasets}

        def datasets(tx: Transaction, some: Sequence[str]) -> None:
            for reference in some:
                remove_dataset_version(tx, project, facts[reference])

        def quarantine(tx: Transaction, some: Sequence[str]) -> None:
            remove_quarantined(tx, project, some)

        self._remove(caller, "models", [each.reference for each in going.models], models)
        self._remove(caller, "runs", going.runs, runs)
        self._remove(caller, "datasets", list(facts), datasets)
        gone = [each.reference for each in going.predictions if self._logged.remove(project, each)]
        self._remove(caller, "predictions", gone, lambda _tx, _some: None)
        self._remove(caller, "quarantine", going.quarantine, quarantine)

        def bundles(tx: Transaction, some: Sequence[str]) -> None:
            remove_bundles(tx, project, some)

        self._remove(caller, "bundles", going.bundles, bundles)
        left = self._database.read(lambda tx: {each.digest for each in list_bundle_facts(tx, project)})
        self._unpacked.remove([digest for digest in going.bundles if digest not in left])

    def _remove(
        self, caller: Caller, kind: str, ids: Sequence[str], remove: Callable[[Transaction, Sequence[str]], None]
    ) -> None:
        for some in _batches(ids):

            def write(tx: Transaction, some: Sequence[str] = some) -> None:
                remove(tx, some)
                tx.emit(caller.name, caller.project, Event("retention.applied", kind, {"ids": list(some)}))

            self._database.write(write)


def _without(project: str, going: Going) -> Without:
    """Return what goes of that which names blobs, as the rooms that are asked for these know it."""
    models, datasets = [each.reference for each in going.models], [each.reference for each in going.datasets]
    segments = [each.reference for each in going.predictions]
    return {(project, each) for each in (*models, *datasets, *segments, *going.runs, *going.bundles)}


def _abandoned(project: str, uploads: Iterable[OpenUpload], incoming: Iterable[Object]) -> dict[str, Share]:
    found: dict[str, Share] = {}
    owned = [(f"uploads of {each.project}" if each.project == project else OTHERS, each.n_bytes) for each in uploads]
    for owner, n_bytes in [*owned, *((DIRECT, each.size) for each in incoming)]:
        found[owner] = found.get(owner, Share()).plus(n_bytes)
    return found


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _told(policy: Policy, going: Going, tables: Sequence[TableShare]) -> Iterator[Retained]:
    kept = dict(going.n_kept)
    ids = {
        "models": [each.reference for each in going.models],
        "runs": going.runs,
        "datasets": [each.reference for each in going.datasets],
        "predictions": [each.reference for each in going.predictions],
        "quarantine": going.quarantine,
        "bundles": going.bundles,
        "tables": [each.name for each in tables if each.n_versions],
    }
    for kind, gone in ids.items():
        rule: Rule | None = getattr(policy, kind)
        if rule is not None:
            yield Retained(kind, rule.text, tuple(gone), kept.get(kind))
