"""The service of this room: files in, immutable dataset versions out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, Event, UsageError, check_name, not_found
from tidemill.data import _repository as repository
from tidemill.data.checks import CheckResult, checks_digest, require_passed, run_checks
from tidemill.data.common_columns import Committed
from tidemill.data.dataset_version import DatasetVersion, Manifest, version_number
from tidemill.data.erased_keys import ErasedMeanwhileError, load_erased_keys, require_generation
from tidemill.data.ingest import Before, Gathered, gather, require_unique_key, rules, scan_parts
from tidemill.data.reading_rules import Reading
from tidemill.data.source import Source, clean_digest
from tidemill.storage import BlobStore, InFlight
from tidemill.storage.records import Database, Transaction


class Datasets:
    """Dataset versions of the caller's project. Thread-safe."""

    def __init__(self, database: Database, blobs: BlobStore, clock: Clock, reading: Reading | None = None) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._reading = reading or Reading()
        self._in_flight = InFlight(database.folder / "in_flight")

    def current(self, caller: Caller, source: Source, root: Path, clean: str = "") -> DatasetVersion:
        """Return the version that a run reads: the one that the source is pinned to, else that of its files now.

        A pinned source's files are not looked at, so they may have changed or be gone.

        Raises NotFoundError for a pin to a version that the store does not hold; else what `ingest` raises.
        """
        pinned = self._reading.pins.get(source.name)
        if pinned is not None:
            return self.get(caller, pinned)
        return self.ingest(caller, self._reading.read_as(source), self._reading.root or root, clean)

    def ingest(self, caller: Caller, source: Source, root: Path, clean: str = "") -> DatasetVersion:
        """Bring a source's files in, and return the version that holds exactly their content.

        Files are found below `root`. Content that is already there gives the version that holds it, with `created`
        false; an unchanged file costs a stat. `clean` is the digest of the cleaning function and all it reaches;
        without it `clean_digest` of the source counts. Rows of a key that was erased are left out and counted.

        Raises IngestError for files that cannot be a dataset, CheckError for rows that break a check; then nothing
        is committed. ConflictError for the name of a file set, ForbiddenError below the editor's role.
        """
        require(caller, Role.EDITOR)
        check_name("dataset", source.name)
        while True:
            with self._in_flight.mark(), suppress(ErasedMeanwhileError):
                return self._ingest(caller, source, root, clean or clean_digest(source))

    def _ingest(self, caller: Caller, source: Source, root: Path, clean: str) -> DatasetVersion:
        before = self._database.read(lambda tx: _before(tx, caller.project, source.name))
        gathered = gather(source, root.absolute(), self._blobs, before, clean)
        digest = self._blobs.put(gathered.manifest.to_bytes())
        asked = checks_digest(rules(source))
        found = self._database.read(lambda tx: _find_judged(tx, caller.project, source.name, (digest, asked)))
        if found is not None and not gathered.fresh:
            return replace(found, n_suppressed=gathered.n_suppressed)
        rows = scan_parts(self._blobs, gathered.manifest.parts)
        results = found.checks if found is not None else self._check(source, gathered, rows)
        draft = found or self._draft(caller, gathered.manifest, rows, (digest, clean))
        evidence = repository.Evidence(asked, results)
        return self._database.write(lambda tx: _commit(tx, caller, draft, evidence, gathered))

    def get(self, caller: Caller, reference: str) -> DatasetVersion:
        """Return a version by ``flights@3``, ``flights@latest`` or ``flights``.

        Raises NotFoundError, with the names or numbers that there are; UsageError for a malformed reference.
        """
        require(caller, Role.VIEWER)
        name, _, number = reference.partition("@")
        if number not in {"", "latest"} and not (number.isascii() and number.isdigit()):
            raise UsageError(f"{reference!r} names no dataset version; write {name}@3 or {name}@latest")
        where = {} if number in {"", "latest"} else {"version": version_number(number)}
        return self._database.read(lambda tx: _get(tx, caller.project, name, where))

    def list(self, caller: Caller, name: str | None = None) -> tuple[DatasetVersion, ...]:
        """Return the project's versions, or those of one dataset, by name and number."""
        require(caller, Role.VIEWER)
        return tuple(self._database.read(lambda tx: repository.versions(tx, caller.project, name)))

    def check_results(self, caller: Caller, reference: str) -> tuple[CheckResult, ...]:
        """Return what the latest checks found in a version. Raises NotFoundError."""
        return self.get(caller, reference).checks

    def scan(self, version: DatasetVersion) -> pl.LazyFrame:
        """Return a version's rows, lazily, in the order of its parts; without those that were erased (`redactions`).

        Raises NotFoundError or DamagedError when a part's blob is missing or altered.
        """
        return scan_parts(self._blobs, version.parts)

    def _check(self, source: Source, gathered: Gathered, rows: pl.LazyFrame) -> tuple[CheckResult, ...]:
        parts = gathered.manifest.parts
        results = run_checks(rows, rules(source))
        if any(r.check == "unique" and r.column == source.key and not r.passed for r in results):
            require_unique_key(source, self._blobs, parts)
        n_rows = sum(part.n_rows for part in parts)
        require_passed(results, f"the source {source.name!r} ({n_rows:,} rows of {len(parts):,} files)")
        return results

    def _draft(
        self, caller: Caller, manifest: Manifest, rows: pl.LazyFrame, digests: tuple[str, str]
    ) -> DatasetVersion:
        at = pl.col(manifest.event_time)
        first, last = rows.select(low=at.min(), high=at.max()).collect().row(0)
        return DatasetVersion(
            name=manifest.name,
            version=0,
            digest=digests[0],
            n_rows=sum(part.n_rows for part in manifest.parts),
            schema=manifest.schema,
            parts=manifest.parts,
            checks=(),
            key=manifest.key,
            event_time=manifest.event_time,
            first_event_at=first,
            last_event_at=last,
            clean_digest=digests[1],
            created_at=self._clock.now(),
            created_by=caller.name,
        )


def _before(tx: Transaction, project: str, name: str) -> Before:
    newest = repository.find_version(tx, project, name)
    committed = Committed(newest[1].reference, newest[1].schema) if newest else Committed()
    return Before(repository.cached_parts(tx, project, name), committed, load_erased_keys(tx, project))


def _find_judged(tx: Transaction, project: str, name: str, digests: tuple[str, str]) -> DatasetVersion | None:
    """Find the version of this content, if the same checks were run on it before."""
    content, asked = digests
    found = repository.find_version(tx, project, name, digest=content)
    results = found and repository.find_evidence(tx, project, found[0], asked)
    return replace(found[1], checks=results) if found and results is not None else None


def _commit(
    tx: Transaction, caller: Caller, draft: DatasetVersion, evidence: repository.Evidence, gathered: Gathered
) -> DatasetVersion:
    """Keep the version unless its content is there already, what its checks found, and what its files became."""
    project = caller.project
    require_generation(tx, project, gathered.generation)
    found = repository.find_version(tx, project, draft.name, digest=draft.digest)
    if found is None:
        newest = repository.find_version(tx, project, draft.name)
        if newest is None:
            repository.require_free_name(tx, project, draft.name, of="dataset")
        version = replace(draft, version=newest[1].version + 1 if newest else 1, created=True)
        row_id = repository.add_version(tx, project, version)
        data = {"digest": version.digest, "n_rows": version.n_rows, "n_parts": len(version.parts)}
        tx.emit(caller.name, project, Event("dataset.committed", version.reference, data))
    else:
        row_id, version = found
        if version.redactions:  # its rows were erased and have come back: it holds again what its digest says
            repository.restore_parts(tx, project, row_id, gathered.manifest.parts)
            tx.emit(caller.name, project, Event("dataset.restored", version.reference, {"digest": version.digest}))
            version = replace(version, parts=gathered.manifest.parts, redactions=())
    repository.keep_evidence(tx, project, row_id, evidence, caller.name)
    repository.keep_parts(tx, project, draft.name, gathered.fresh)
    return replace(version, checks=evidence.results, n_suppressed=gathered.n_suppressed)


def _get(tx: Transaction, project: str, name: str, where: dict[str, Any]) -> DatasetVersion:
    found = repository.find_version(tx, project, name, **where)
    if found is not None:
        return found[1]
    names = repository.names(tx, project)
    if name not in names:
        raise not_found("dataset", name, names)
    known = [version.reference for version in repository.versions(tx, project, name)]
    raise not_found("dataset version", f"{name}@{where['version']}", known)
