"""Garbage collection of blobs: what no record names is set aside, and deleted when nobody has asked for it since.

A blob is deleted after two looks, at least a grace period apart. First it must be unreferenced, last put before the
grace period, and before anything began that is in flight: then it is set aside. Set aside it is out of sight, but
whoever puts, gets or looks for it takes it back. When it has lain there for a grace period, for longer than anything
that is in flight, and still no record names it, it is deleted. Nothing is held while that goes on, and a collector
that is killed at any point leaves a store in which every blob can be read; the next one goes on.

The argument, and what it rests on, is in docs/adr/0011-collection.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from tidemill.core import Clock, UsageError, id_time, new_id
from tidemill.storage.blobs.aside import AsideBlob
from tidemill.storage.blobs.bucket_home import CondemnedBlobs
from tidemill.storage.blobs.local_blobs import LocalBlobs
from tidemill.storage.blobs.port import BlobStore, StoredBlob, all_blobs

GRACE = timedelta(days=1)
_LONGEST_GRACE = timedelta(days=36_500)

YOUNG = "put within the grace period"
IN_FLIGHT = "put since work began that is in flight"
RESTING = "set aside, not long enough"

_TORN_AFTER = timedelta(days=1)

#: Digest and owner of every blob that a record names, read anew at each call.
References = Callable[[], Iterable[tuple[str, str]]]
#: When the oldest work in flight began, by the machine's clock; the instant that is given when there is none.
InFlightSince = Callable[[datetime], datetime]


@dataclass(frozen=True)
class Share:
    """Some blobs: how many, and their bytes."""

    n_blobs: int = 0
    n_bytes: int = 0

    def plus(self, n_bytes: int) -> Share:
        """Return the share with one more blob in it."""
        return Share(self.n_blobs + 1, self.n_bytes + n_bytes)


@dataclass(frozen=True)
class CollectionPlan:
    """What a collection finds, or has done. A blob of several owners counts for the first that names it.

    kept: by owner. let_go: in a plan, by owner, what only those things name that retention lets go; once they are gone
    it is found by the collection after that. spared: what no record names and yet stays, by reason. aside: what is set
    aside, in this collection. deleted: what had lain aside long enough. n_torn: half-written files that killed
    processes left. abandoned: uploads that nobody went on with, by whose they are; their blobs in a bucket are found
    afterwards.
    """

    kept: Mapping[str, Share] = field(default_factory=dict)
    let_go: Mapping[str, Share] = field(default_factory=dict)
    spared: Mapping[str, Share] = field(default_factory=dict)
    aside: Share = Share()
    deleted: Share = Share()
    n_torn: int = 0
    abandoned: Mapping[str, Share] = field(default_factory=dict)


class Collected(Protocol):
    """What a collection needs of a store of blobs, beside its list. `LocalBlobs.aside` tells what each is for."""

    def blobs(self) -> Iterator[StoredBlob]:
        """Yield what is stored, whether or not it is set aside."""
        ...

    def set_aside(self, blobs: Sequence[StoredBlob], mark: str) -> None:
        """Set blobs aside, and say so."""
        ...

    def aside(self) -> Iterator[AsideBlob]:
        """Yield what is set aside."""
        ...

    def take_back(self, digest: str) -> bool:
        """Bring a blob back; tell whether it is there by that."""
        ...

    def delete(self, blobs: Sequence[AsideBlob]) -> Iterator[AsideBlob]:
        """Delete blobs that are set aside still; yield those that were."""
        ...

    def remove_torn(self, before: datetime, /) -> int:
        """Remove what killed processes left before an instant; return how many."""
        ...


class CollectedFolder:
    """A local folder, for a collection."""

    def __init__(self, store: LocalBlobs) -> None:
        self._store = store
        self.aside = store.aside.list
        self.take_back = store.aside.take_back
        self.remove_torn = store.remove_torn

    def blobs(self) -> Iterator[StoredBlob]:
        """Yield what is stored."""
        return all_blobs(self._store)

    def set_aside(self, blobs: Sequence[StoredBlob], mark: str) -> None:
        """Move blobs out of sight."""
        for blob in blobs:
            self._store.aside.set_aside(blob.digest, mark)
        self._store.aside.end(mark)

    def delete(self, blobs: Sequence[AsideBlob]) -> Iterator[AsideBlob]:
        """Delete blobs."""
        yield from (blob for blob in blobs if self._store.aside.delete(blob.digest))
        self._store.aside.tidy()


class CollectedBucket:
    """A bucket that one store has for itself, for a collection. store: what deletes, in every cache too."""

    def __init__(self, store: BlobStore, condemned: CondemnedBlobs) -> None:
        self._store = store
        self._condemned = condemned
        self.aside = condemned.list
        self.take_back = condemned.take_back

    def blobs(self) -> Iterator[StoredBlob]:
        """Yield what is stored."""
        return all_blobs(self._store)

    def set_aside(self, blobs: Sequence[StoredBlob], mark: str) -> None:
        """Condemn blobs."""
        for blob in blobs:
            self._condemned.set_aside(blob, mark)
        self._condemned.end(mark)

    def delete(self, blobs: Sequence[AsideBlob]) -> Iterator[AsideBlob]:
        """Delete blobs."""
        yield from self._condemned.delete(blobs, self._store.delete)
        self._condemned.tidy()

    def remove_torn(self, _before: datetime) -> int:
        """Return 0: in a bucket a blob is there whole or not at all."""
        return 0


class BlobCollection:
    """Collects the blobs of a store. Safe beside any number of writers and of other collectors."""

    def __init__(self, store: Collected, clock: Clock, references: References, in_flight: InFlightSince) -> None:
        self._store = store
        self._clock = clock
        self._references = references
        self._in_flight = in_flight

    def plan(self, grace: timedelta = GRACE, staying: References | None = None) -> CollectionPlan:
        """Return what a collection would do now, and what stays for whom. Changes nothing. Raises UsageError.

        staying: what records will name once retention has been applied; None where it lets nothing go.
        """
        return self._look(grace, self._clock.now(), staying)[0]

    def collect(self, grace: timedelta = GRACE) -> CollectionPlan:
        """Set aside what is unreferenced, delete what has lain aside for the grace period; return what was done.

        grace: nothing shorter than any work without a mark takes from its put to its record. With none, what is set
        aside is deleted at once. Raises UsageError for a grace period below zero, or of centuries.
        """
        mark = new_id(self._clock.now())
        found, candidates = self._look(grace, id_time(mark))
        self._store.set_aside(candidates, mark)
        resting, deleted = self._settle_aside(grace)
        n_torn = self._store.remove_torn(self._clock.now() - max(grace, _TORN_AFTER))
        spared = {reason: share for reason, share in found.spared.items() if reason != RESTING}
        return replace(found, spared=spared | _named(RESTING, resting), deleted=deleted, n_torn=n_torn)

    def before(self, grace: timedelta, now: datetime) -> datetime:
        """Return the instant before which something must have been put, or ended, to be taken at `now`.

        Raises UsageError as `check_grace` does.
        """
        return min(now - check_grace(grace), self._in_flight(now))

    def _look(
        self, grace: timedelta, now: datetime, staying: References | None = None
    ) -> tuple[CollectionPlan, list[StoredBlob]]:
        before = self.before(grace, now)
        owners: dict[str, str] = {}
        for digest, owner in self._references():
            owners.setdefault(digest, owner)
        named = owners.keys() if staying is None else {digest for digest, _ in staying()}
        kept: dict[str, Share] = {}
        let_go: dict[str, Share] = {}
        spared: dict[str, Share] = {}
        candidates: list[StoredBlob] = []
        aside = {blob.digest: blob for blob in self._store.aside()}
        for blob in self._store.blobs():
            if blob.digest in aside:  # counted below
                continue
            if blob.digest in owners:
                _count(kept if blob.digest in named else let_go, owners[blob.digest], blob.size)
            elif blob.stored_at > before:
                _count(spared, YOUNG if blob.stored_at > now - grace else IN_FLIGHT, blob.size)
            else:
                candidates.append(blob)
        deleted = Share()
        for each in aside.values():
            if each.digest in owners:
                _count(kept if each.digest in named else let_go, owners[each.digest], each.n_bytes)
            elif each.since < before:
                deleted = deleted.plus(each.n_bytes)
            else:
                _count(spared, RESTING, each.n_bytes)
        aside_now = Share(len(candidates), sum(blob.size for blob in candidates))
        return CollectionPlan(kept, let_go, spared, aside_now, deleted), candidates

    def _settle_aside(self, grace: timedelta) -> tuple[Share, Share]:
        """Take back what is named or was put after all, delete what has lain long enough; return what rests, went."""
        before = self.before(grace, self._clock.now())
        aside = list(self._store.aside())
        # Read after the blobs were set aside: a record that came before is seen, one that comes later asked for them.
        named = {digest for digest, _ in self._references()} if aside else set()
        resting, deleted, doomed = Share(), Share(), []
        for blob in aside:
            if blob.digest in named or _was_put_meanwhile(blob, grace):
                self._store.take_back(blob.digest)
            elif blob.since < before:  # not in the same millisecond as the oldest work in flight
                doomed.append(blob)
            else:
                resting = resting.plus(blob.n_bytes)
        for blob in self._store.delete(doomed):
            deleted = deleted.plus(blob.n_bytes)
        return resting, deleted


def check_grace(grace: timedelta) -> timedelta:
    """Return a grace period. Raises UsageError for one below zero, or so long that no date lies so far back."""
    if not timedelta(0) <= grace <= _LONGEST_GRACE:
        raise UsageError(f"the grace period is {grace}; it takes 0s to {_LONGEST_GRACE.days}d")
    return grace


def _was_put_meanwhile(blob: AsideBlob, grace: timedelta) -> bool:
    """Tell whether a put found the blob in its place after the collector had looked at its age."""
    return blob.stored_at > blob.looked_at - grace


def _count(shares: dict[str, Share], name: str, n_bytes: int) -> None:
    shares[name] = shares.get(name, Share()).plus(n_bytes)


def _named(name: str, share: Share) -> dict[str, Share]:
    return {name: share} if share.n_blobs else {}
