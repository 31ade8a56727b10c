"""The verbs of the bundles: store, read back, check, deploy, promote, roll back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.bundles import _repository as rows
from tidemill.bundles.deploying import check_reason, deploy_in, roll_back_in
from tidemill.bundles.draft import BundleDraft
from tidemill.bundles.manifest import check_files
from tidemill.bundles.records import (
    LATEST,
    RUN_TAG,
    WORKING_TREE,
    Bundle,
    BundleCheck,
    BundleDeployment,
    check_environment,
)
from tidemill.bundles.storing import Side, copy_bundle, keep_record, known_blobs, put_draft
from tidemill.bundles.unpacking import unpack_into
from tidemill.core import Clock, ConflictError, Event, UsageError, canonical_json, check_name, new_id, not_found
from tidemill.storage import BlobStore
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import Tracking

_PREFIX = re.compile(r"[0-9a-f]{4,64}")
_LARGEST_REPORT = 4_000_000


class Bundles:
    """The bundles of a store, and which of them is deployed to which environment. Thread-safe.

    side: its records and blobs, to and from which bundles are copied.
    """

    def __init__(self, database: Database, blobs: BlobStore, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self.side = Side(database, blobs)

    def store(self, caller: Caller, draft: BundleDraft) -> Bundle:
        """Store a draft and return its bundle; one that is stored already costs a look. Needs editor.

        Where its code was taken from is said of the bundle as it was first stored; one that had uncommitted changes
        is said to be of the commit that holds them once it is stored from there.

        Raises ConflictError when a file has changed since the draft was made, UsageError for names that cannot be.
        """
        require(caller, Role.EDITOR)
        project, digest = caller.project, draft.digest
        known = self._database.read(lambda tx: rows.find_bundle(tx, project, digest))
        if known is not None and not known.diff_digest:
            return known
        check_files(draft.manifest.files)
        source = draft.source()
        if known is not None:
            if source.commit is None or source.diff:
                return known
            commit = source.commit
            self._database.write(lambda tx: rows.set_source(tx, project, digest, commit))
            return self.get(caller, digest)
        latest = self._database.read(lambda tx: rows.list_bundles(tx, project, 1))
        put_draft(self._blobs, draft, known_blobs(latest))
        diff_digest = self._blobs.put(source.diff.encode()) if source.diff else ""
        bundle = Bundle(draft.manifest, source.commit, diff_digest, source.made_with, "", caller.name)
        self._database.write(lambda tx: keep_record(tx, caller, bundle, []))
        return self.get(caller, digest)

    def get(self, caller: Caller, digest: str) -> Bundle:
        """Return a bundle by its digest, or by at least four digits of its beginning; `latest` is the newest.

        Raises NotFoundError, UsageError for what is no digest, or begins several.
        """
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: _found(tx, caller.project, digest))

    def list(self, caller: Caller, limit: int = 100) -> list[Bundle]:
        """Return the latest bundles, newest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_bundles(tx, caller.project, limit))

    def for_run(self, caller: Caller, run_id: str) -> Bundle | None:
        """Return the bundle of the code that a run was made with; None when it was recorded without.

        Raises NotFoundError for an unknown run.
        """
        digest = Tracking(self._database).get_run(caller, run_id).tags.get(RUN_TAG)
        return self._database.read(lambda tx: rows.find_bundle(tx, caller.project, digest)) if digest else None

    def unpack(self, caller: Caller, bundle: Bundle, folder: Path) -> Path:
        """Write a bundle's files into a folder that is missing or empty, all or none, and return the folder.

        Raises UsageError for a folder that holds something, DamagedError for a bundle that cannot be trusted.
        """
        require(caller, Role.VIEWER)
        return unpack_into(bundle, self._blobs, folder)

    def record_check(
        self, caller: Caller, digest: str, name: str, passed: bool, report: Mapping[str, Any]
    ) -> BundleCheck:
        """Store what came of a check of a bundle; of two with one name the later one counts. Needs editor.

        report: JSON. Raises NotFoundError, UsageError for a bad name or a report that is too large or no JSON.
        """
        require(caller, Role.EDITOR)
        check_name("check", name)
        try:
            data = canonical_json(dict(report))
        except (TypeError, ValueError) as error:
            raise UsageError(f"the report of check {name!r} is no JSON: {error}") from error
        if len(data) > _LARGEST_REPORT:
            raise UsageError(f"the report of check {name!r} has {len(data):,} bytes; at most {_LARGEST_REPORT:,}")
        bundle = self.get(caller, digest)
        report_digest = self._blobs.put(data)
        check = BundleCheck(new_id(), bundle.digest, name, bool(passed), report_digest, "", caller.name)

        def keep(tx: Transaction) -> BundleCheck:
            stored = rows.insert_check(tx, caller.project, check)
            told = {"check": name, "passed": stored.passed, "check_id": stored.id}
            tx.emit(caller.name, caller.project, Event("bundle.checked", bundle.digest, told))
            return stored

        return self._database.write(keep)

    def checks(self, caller: Caller, digest: str) -> Sequence[BundleCheck]:
        """Return the checks of a bundle, the latest first. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        return self._database.read(
            lambda tx: rows.list_checks(tx, caller.project, _found(tx, caller.project, digest).digest)
        )

    def deploy(self, caller: Caller, digest: str, environment: str, *, override: str | None = None) -> BundleDeployment:
        """Let the scheduled and triggered runs of an environment use a bundle. Needs deployer.

        `working-tree` in the place of a digest lets them use the project's folder again. To deploy what is deployed
        changes nothing.
        override: why a bundle is deployed that did not pass the check `ci`; kept with it and in the audit trail.

        Raises NotFoundError, ConflictError for a bundle that did not pass, UsageError for a bad name or reason.
        """
        require(caller, Role.DEPLOYER)
        check_environment(environment)
        reason = check_reason(override)

        def change(tx: Transaction) -> BundleDeployment:
            bundle = "" if digest == WORKING_TREE else _found(tx, caller.project, digest).digest
            return deploy_in(tx, caller, bundle, environment, (reason, ""))

        return self._database.write(change)

    def deployed(self, caller: Caller, environment: str) -> BundleDeployment | None:
        """Return what is deployed to an environment; None when its runs use the working tree."""
        require(caller, Role.VIEWER)
        last = self._database.read(lambda tx: rows.last_deployment(tx, caller.project, environment))
        return last if last is not None and last.digest else None

    def deployments(self, caller: Caller, environment: str | None = None) -> Sequence[BundleDeployment]:
        """Return what was deployed, to one environment or all, the latest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_deployments(tx, caller.project, environment))

    def promote(
        self,
        caller: Caller,
        from_environment: str,
        to_environment: str,
        *,
        target: Bundles | None = None,
        override: str | None = None,
    ) -> BundleDeployment:
        """Deploy to one environment what is deployed to another. Needs deployer.

        target: the bundles of the other environment's store when it has its own: the bundle goes there first, with its
        checks. The digest is the same at both ends.

        Raises ConflictError when nothing is deployed there, or it did not pass; what copying raises.
        """
        require(caller, Role.DEPLOYER)
        check_environment(to_environment)
        reason = check_reason(override)
        source = self.deployed(caller, from_environment)
        if source is None:
            raise ConflictError(
                f"no bundle is deployed to {from_environment!r}, so there is none to promote; deploy one there first"
            )
        if target is not None and target is not self:
            copy_bundle(caller, self.get(caller, source.digest), self.side, target.side)
        database = self._database if target is None else target.side.database
        return database.write(
            lambda tx: deploy_in(tx, caller, source.digest, to_environment, (reason, from_environment))
        )

    def roll_back(self, caller: Caller, environment: str) -> BundleDeployment:
        """Deploy again what was deployed to an environment before; once more goes further back. Needs deployer.

        Raises ConflictError when there was nothing before.
        """
        require(caller, Role.DEPLOYER)
        check_environment(environment)
        return self._database.write(lambda tx: roll_back_in(tx, caller, environment))


def _found(tx: Transaction, project: str, digest: str) -> Bundle:
    if digest == LATEST and (newest := rows.list_bundles(tx, project, 1)):
        return newest[0]
    if not _PREFIX.fullmatch(digest):
        raise UsageError(
            f"{digest[:80]!r} names no bundle; give four or more digits of its digest, or latest: 'tidemill bundles'"
        )
    known = rows.digests_from(tx, project, digest)
    if not known:
        recent = [bundle.short for bundle in rows.list_bundles(tx, project, 5)]
        raise not_found("bundle", digest[:12], recent)
    if len(known) > 1:
        raise UsageError(
            f"{digest!r} begins several bundles: {', '.join(each[:16] for each in known)}; give more digits"
        )
    bundle = rows.find_bundle(tx, project, known[0])
    assert bundle is not None  # noqa: S101 - read in the same transaction
    return bundle
