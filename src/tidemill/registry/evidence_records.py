"""What is recorded of a package beside its report, for its gate: latency, tests of the model, documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import Event, UsageError
from tidemill.evaluation import Collected, Document, Latency, ModelTestResult, collected_from_json, collected_to_json
from tidemill.registry import _promotion_rows as rows
from tidemill.storage import BlobStore
from tidemill.storage.records import Database, Transaction

_LONGEST = 250


@dataclass(frozen=True)
class RecordedEvidence:
    """A piece of evidence, with who collected it and when."""

    kind: str
    name: str
    evidence: Collected
    collected_at: str
    collected_by: str


class EvidenceRecords:
    """What was collected of packages, by their digest. Thread-safe."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def record(self, caller: Caller, package_digest: str, collected: Sequence[Collected]) -> None:
        """Record what was collected, in the place of what was collected of the same kind and name. Needs editor."""
        require(caller, Role.EDITOR)
        values = [_row(package_digest, each) for each in collected]
        if not values:
            return

        def store(tx: Transaction) -> None:
            for each in values:
                rows.store_evidence(tx, caller.project, caller.name, each)
            data = {"kinds": sorted({each["kind"] for each in values}), "n": len(values)}
            tx.emit(caller.name, caller.project, Event("gate.evidence_recorded", package_digest, data))

        self._database.write(store)

    def attach(self, caller: Caller, package_digest: str, name: str, content: bytes) -> Document:
        """Keep a document about a package. Needs editor. Raises UsageError for a name that is none."""
        require(caller, Role.EDITOR)
        if not name.strip() or len(name) > _LONGEST or "\0" in name:
            raise UsageError(f"a document is named by 1 to {_LONGEST} characters, not {name[:80]!r}")
        document = Document(name, self._blobs.put(content), len(content))
        self.record(caller, package_digest, [document])
        return document

    def of(self, caller: Caller, package_digest: str) -> list[RecordedEvidence]:
        """Return what was collected of a package, by kind and name."""
        require(caller, Role.VIEWER)
        found = self._database.read(lambda tx: rows.list_evidence(tx, caller.project, package_digest))
        return [
            RecordedEvidence(
                row["kind"],
                row["name"],
                collected_from_json(row["kind"], row["record"]),
                row["collected_at"],
                row["collected_by"],
            )
            for row in found
        ]


def _row(package_digest: str, evidence: Collected) -> dict[str, Any]:
    kind, name, blob = "latency", evidence.runtime if isinstance(evidence, Latency) else "", None
    if isinstance(evidence, ModelTestResult):
        kind, name = "model_test", evidence.name
    elif isinstance(evidence, Document):
        kind, name, blob = "document", evidence.name, evidence.digest
    record = collected_to_json(evidence)
    return {"package_digest": package_digest, "kind": kind, "name": name, "record": record, "blob": blob}
