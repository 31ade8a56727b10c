"""Versions, verdicts and policies as records, without a model behind them, for tests of promotions."""

from __future__ import annotations

from tidemill.access import Caller, Role
from tidemill.core import digest_json, new_id
from tidemill.evaluation import GateCheck, GateVerdict, at_least
from tidemill.registry import (
    Asked,
    ModelVersion,
    PolicyInForce,
    Registry,
    StoredCandidate,
    VerdictRecord,
    record_policies,
)
from tidemill.storage import BlobStore
from tidemill.storage.records import Database

ANN, BO, EVE = (Caller(name, role=Role.DEPLOYER) for name in ("ann", "bo", "eve"))
RULE = at_least("auc", 0.6)
LIVE = PolicyInForce("late", "live", "late", ("live", "champion"), True, (RULE,))
STAGING = PolicyInForce("late", "staging", "late", ("staging",), False, (RULE,))


def verdict_of(*, passed: bool) -> GateVerdict:
    """Return what a gate of one rule finds."""
    check = GateCheck(RULE, "auc", 0.7, 0.69, 0.71, 0.6, passed=passed, sentence="auc is 0.700")
    return GateVerdict(passed=passed, checks=(check,))


def register(registry: Registry, blobs: BlobStore, n: int, model: str = "late") -> list[ModelVersion]:
    """Register so many versions of a model."""
    made = []
    for number in range(n):
        files = {"model.txt": blobs.put(f"{model} {number}".encode())}
        report = blobs.put(f"report of {model} {number}".encode())
        candidate = StoredCandidate(new_id(), digest_json(files), files, report, {})
        verdict = registry.record_verdict(EVE, model, candidate, verdict_of(passed=True), model)
        made.append(registry.register(EVE, candidate, verdict))
    return made


def judged(registry: Registry, version: ModelVersion, *, passed: bool = True, caller: Caller = ANN) -> VerdictRecord:
    """Record a verdict on a version."""
    seen = StoredCandidate(version.run_id, version.package_digest, version.files, version.report_digest, {})
    return registry.record_verdict(caller, version.model, seen, verdict_of(passed=passed), version.model)


def govern(database: Database, *policies: PolicyInForce) -> None:
    """Let policies be those in force."""
    model = policies[0].model
    database.write(lambda tx: record_policies(tx, ANN, (model, model, list(policies))))


def asking(registry: Registry, version: ModelVersion, environment: str = "live", *, passed: bool = True) -> Asked:
    """Return what asks for a promotion, judged just now."""
    return Asked(new_id(), version.reference, environment, judged(registry, version, passed=passed).id)
