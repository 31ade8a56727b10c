"""The verbs of erasure: what holds an entity, taking it out of everything, and letting it come back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, UsageError, did_you_mean, iso, new_id, not_found
from tidemill.data import ErasedKeys, add_erased_keys, forget_suppressed, open_erased_keys, remove_erased_keys
from tidemill.erasure import _repository as repository
from tidemill.erasure.again import apply_again, tell_backups
from tidemill.erasure.beyond import advice, find_backups
from tidemill.erasure.keys import Key, check_keys
from tidemill.erasure.messages import names_a_key
from tidemill.erasure.passes import look_through, take_out
from tidemill.erasure.records import DONE, OPEN, PLANNED, ErasureReport, Stores
from tidemill.erasure.targets import Targets
from tidemill.storage.encryption.key_file import is_encrypted
from tidemill.storage.records import Transaction, is_shared
from tidemill.tracking import Tracking

_MOST_WHY = 500
_SHOWN = 30


class Erasures:
    """Erases entities from the caller's project. Thread-safe; one erasure is worked on at a time.

    Keys are kept as hashes only. A request that was killed anywhere goes on by `finish`.
    """

    def __init__(self, stores: Stores, tracking: Tracking) -> None:
        self._stores = stores
        self._tracking = tracking

    def plan(self, caller: Caller, keys: Sequence[Mapping[str, object]]) -> ErasureReport:
        """Return what holds these keys, each its values by column, composite when several. Changes nothing.

        Needs admin. Raises UsageError for what is no list of keys, or columns that nothing here has.
        """
        require(caller, Role.ADMIN)
        checked = check_keys(keys, "what to erase")
        targets = self._targets(caller, checked, ErasedKeys(secrets.token_bytes(32)))
        items = look_through(self._stores, targets)
        return self._told(replace(targets.request, items=tuple(items)))

    def erase(self, caller: Caller, keys: Sequence[Mapping[str, object]], why: str) -> ErasureReport:
        """Take these keys out of everything, keep them from coming back, and return what was found and done.

        why: kept with the request; it may not name a key. Work that began before is waited for by `finish`: the report
        says for what. Needs admin. Raises what `plan` raises, and UsageError for no reason or one that names a key.
        """
        require(caller, Role.ADMIN)
        checked, database = check_keys(keys, "what to erase"), self._stores.database
        secret = database.write(lambda tx: open_erased_keys(tx, caller.project))
        targets = self._targets(caller, checked, secret)
        report = replace(
            targets.request,
            id=new_id(),
            state=OPEN,
            why=_reason(why, checked, targets.keys),
            requested_at=iso(self._stores.clock.now()),
            requested_by=caller.name,
        )
        hashes = {secret.hash_of(key) for key in checked}

        def begin(tx: Transaction) -> None:
            repository.add_request(tx, caller.project, report)
            add_erased_keys(tx, caller.project, report.id, hashes)
            data = {"columns": list(report.columns), "n_keys": report.n_keys}
            tx.emit(caller.name, caller.project, Event("erasure.requested", report.id, data))

        database.write(begin)
        self._tell_backups()
        return self._go_on(caller, report)

    def finish(self, caller: Caller, request_id: str | None = None) -> tuple[ErasureReport, ...]:
        """Go on with the requests that are not done, or with one; return their reports. Needs admin.

        After a restore these are also the ones that were made since the backup.

        Raises NotFoundError for a request that is not there; ConflictError and DamagedError when what was erased since
        the backup cannot be told.
        """
        require(caller, Role.ADMIN)
        if apply_again(self._stores.database, self._stores.home, caller.name):
            self._tell_backups()
        if request_id is not None:
            return (self._go_on(caller, self.get(caller, request_id)),)
        left = self._stores.database.read(lambda tx: repository.requests(tx, caller.project, unfinished=True))
        return tuple(self._go_on(caller, report) for report in reversed(left))

    def list(self, caller: Caller) -> tuple[ErasureReport, ...]:
        """Return all requests without what they found, newest first. Needs admin."""
        require(caller, Role.ADMIN)
        return tuple(self._stores.database.read(lambda tx: repository.requests(tx, caller.project)))

    def get(self, caller: Caller, request_id: str) -> ErasureReport:
        """Return a request with what was found and done. Needs admin. Raises NotFoundError."""
        require(caller, Role.ADMIN)
        found = self._stores.database.read(lambda tx: repository.find_request(tx, caller.project, request_id))
        if found is None:
            raise not_found("erasure", request_id[:40], [each.id for each in self.list(caller)])
        return self._told(found)

    def lift(self, caller: Caller, request_id: str) -> ErasureReport:
        """Let the keys of a request come back with the next ingest. What was erased stays so. Needs admin.

        Raises NotFoundError; ConflictError for a request that is not done, or was lifted before.
        """
        require(caller, Role.ADMIN)
        report = self.get(caller, request_id)
        if report.state != DONE:
            raise ConflictError(
                f"the erasure {request_id} is {report.state} and not done; 'tidemill erase --finish' goes on with it"
            )
        if report.lifted_at is not None:
            raise ConflictError(f"the erasure {request_id} was lifted by {report.lifted_by} at {report.lifted_at}")

        def write(tx: Transaction) -> None:
            remove_erased_keys(tx, caller.project, request_id)
            forget_suppressed(tx, caller.project)
            repository.mark_lifted(tx, caller.project, request_id, caller.name)
            tx.emit(caller.name, caller.project, Event("erasure.lifted", request_id, {"n_keys": report.n_keys}))

        self._stores.database.write(write)
        self._tell_backups()
        return self.get(caller, request_id)

    def _targets(self, caller: Caller, keys: Sequence[Key], secret: ErasedKeys) -> Targets:
        """Return what is looked through for keys, under a planned request. Raises UsageError for unknown columns."""
        columns = tuple(sorted(keys[0]))
        planned = ErasureReport("", PLANNED, columns, len(keys))
        wanted = secret.holding(secret.hash_of(key) for key in keys)
        targets = Targets(self._stores, caller.project, planned, wanted, secret.holding(()))
        there = targets.columns()
        for name in columns:
            if name not in there:
                raise UsageError(
                    f"nothing here has a column {name!r}, no dataset, feature view, request or table."
                    f"{did_you_mean(name, there)} There is: {', '.join(sorted(there)[:_SHOWN]) or 'none'}"
                )
        return targets

    def _go_on(self, caller: Caller, report: ErasureReport) -> ErasureReport:
        if report.state != DONE:
            take_out(self._stores, self._tracking, caller, report)
        return self.get(caller, report.id)

    def _tell_backups(self) -> None:
        known = [item for item in find_backups(self._stores) if item.detail["made_at"] != "unknown"]
        folders = sorted({Path(item.name).parent for item in known})
        tell_backups(self._stores.database, folders, encrypted=is_encrypted(self._stores.home))

    def _told(self, report: ErasureReport) -> ErasureReport:
        return replace(report, advice=advice(report, shared=is_shared(self._stores.database)))


def _reason(why: str, keys: Sequence[Key], erased: ErasedKeys) -> str:
    """Return a reason that may be kept. Raises UsageError."""
    said = " ".join(why.split())
    if not 0 < len(said) <= _MOST_WHY:
        raise UsageError(f"say why in 1 to {_MOST_WHY} characters, such as the number of the person's request")
    if names_a_key(erased, said) or any(value in said for key in keys for value in key.values() if len(value) > 3):
        raise UsageError("the reason names a key, and it is kept; name the request instead")
    return said
