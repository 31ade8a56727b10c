"""The verbs of the registry: judge, register, promote, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, NotFoundError, check_name, new_id, not_found
from tidemill.evaluation import EvaluationReport, GateVerdict
from tidemill.models import ModelPackage
from tidemill.registry import _repository as rows
from tidemill.registry import _version_rows as version_rows
from tidemill.registry.candidate import StoredCandidate
from tidemill.registry.catalogue import Catalogue
from tidemill.registry.names import check_alias, normal_text
from tidemill.registry.promotion_guard import NothingServed, Standing
from tidemill.registry.promotion_request import PromotionRequest
from tidemill.registry.records import CHAMPION, ModelReference, ModelVersion, Promotion, RegisteredModel, VerdictRecord
from tidemill.registry.resolving import resolve
from tidemill.registry.searching import ModelSearch
from tidemill.registry.standing import Environments
from tidemill.registry.switching import require_free
from tidemill.storage import BlobStore
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Database, Transaction

_MOST_PROMOTIONS = 1000


class Registry:
    """Registered models, their versions, aliases and verdicts. Thread-safe.

    standing: where models are served; nowhere, when it is left out. catalogue, environments and search hold the verbs
    by which models are described, placed and found.
    """

    def __init__(self, database: Database, blobs: BlobStore, standing: Standing | None = None) -> None:
        self._database = database
        self._blobs = blobs
        self.catalogue = Catalogue(database, standing or NothingServed())
        self.environments = Environments(database)
        self.search = ModelSearch(database)

    def record_verdict(
        self, caller: Caller, model: str, candidate: StoredCandidate, verdict: GateVerdict, endpoint: str
    ) -> VerdictRecord:
        """Store what a gate found about a candidate. Needs editor."""
        require(caller, Role.EDITOR)
        check_name("model", model)
        record = VerdictRecord(
            id=new_id(),
            endpoint=endpoint,
            model=model,
            package_digest=candidate.package_digest,
            report_digest=candidate.report_digest,
            run_id=candidate.run_id,
            passed=verdict.passed,
            verdict=verdict.to_json(),
            judged_at="",
            judged_by=caller.name,
        )

        def store(tx: Transaction) -> VerdictRecord:
            stored = rows.insert_verdict(tx, caller.project, record)
            kind = "gate.passed" if verdict.passed else "gate.refused"
            data = {"endpoint": endpoint, "verdict_id": stored.id, "run_id": candidate.run_id}
            tx.emit(caller.name, caller.project, Event(kind, model, data))
            return stored

        return self._database.write(store)

    def register(
        self,
        caller: Caller,
        candidate: StoredCandidate,
        verdict: VerdictRecord,
        facts: Mapping[str, Any] | None = None,
    ) -> ModelVersion:
        """Register a candidate that its gate let pass. The same package and report give the version they have.

        facts: what else is known of it, as its datasets and features.
        Needs editor. Raises ConflictError when the verdict refused it or judged something else.
        """
        require(caller, Role.EDITOR)
        if not verdict.passed:
            raise ConflictError(
                f"the gate of {verdict.endpoint!r} refused the candidate of run {candidate.run_id}; "
                "only candidates that pass are registered"
            )
        if (verdict.package_digest, verdict.report_digest) != (candidate.package_digest, candidate.report_digest):
            raise ConflictError(f"verdict {verdict.id} judged another package; judge this candidate first")
        draft = ModelVersion(
            model=verdict.model,
            version=0,
            package_digest=candidate.package_digest,
            files=candidate.files,
            report_digest=candidate.report_digest,
            serving=candidate.serving,
            run_id=candidate.run_id,
            verdict_id=verdict.id,
            created_at="",
            created_by=caller.name,
            user_id=caller.name,
            source=f"runs:/{candidate.run_id}",
            facts=dict(facts or {}),
        )

        def store(tx: Transaction) -> ModelVersion:
            known = version_rows.find_same(tx, caller.project, draft)
            if known is not None:
                return known
            if rows.ensure_model(tx, caller.project, verdict.model, caller.name):
                tx.emit(caller.name, caller.project, Event("model.created", verdict.model))
            version = version_rows.insert_version(tx, caller.project, draft)
            data = {"run_id": version.run_id, "package_digest": version.package_digest, "verdict_id": verdict.id}
            tx.emit(caller.name, caller.project, Event("model_version.registered", version.reference, data))
            return version

        return self._database.write(store)

    def promote(self, caller: Caller, reference: str, alias: str = CHAMPION) -> Promotion:
        """Point an alias that no endpoint governs at a version, in one transaction: it names one at every moment.

        Needs deployer. Raises NotFoundError, UsageError, ForbiddenError; GateRefusedError for an alias that moves
        through a gate only, which `Promotions.promote` asks.
        """
        require(caller, Role.DEPLOYER)
        alias = check_alias(alias)

        def switch(tx: Transaction) -> Promotion:
            version = resolve(tx, caller.project, ModelReference.parse(reference))
            require_free(tx, caller.project, version, alias)
            before = rows.find_alias(tx, caller.project, version.model, alias)
            if before is not None and before["version"] == version.version:
                return Promotion(
                    version.model, alias, version.version, version.version, False, before["set_at"], before["set_by"]
                )
            rows.set_alias(tx, caller.project, caller.name, (version.model, alias, version.version))
            after = rows.find_alias(tx, caller.project, version.model, alias) or {}
            previous = before["version"] if before else None
            data = {"alias": alias, "previous": previous, "verdict_id": version.verdict_id or None}
            tx.emit(caller.name, caller.project, Event("model_version.promoted", version.reference, data))
            return Promotion(version.model, alias, version.version, previous, True, after["set_at"], after["set_by"])

        return self._database.write(switch)

    def get(self, caller: Caller, reference: str) -> ModelVersion:
        """Return a version by ``delay/3`` or ``delay@champion``. Raises NotFoundError, UsageError."""
        require(caller, Role.VIEWER)
        parsed = ModelReference.parse(reference)
        return self._database.read(lambda tx: resolve(tx, caller.project, parsed))

    def get_promotion(self, caller: Caller, model: str, alias: str = CHAMPION) -> Promotion | None:
        """Return where an alias points, since when and by whom, or None."""
        require(caller, Role.VIEWER)
        row = self._database.read(lambda tx: rows.find_alias(tx, caller.project, model, alias))
        if row is None:
            return None
        return Promotion(model, alias, row["version"], None, False, row["set_at"], row["set_by"])

    def promotion_of(self, caller: Caller, reference: str, by: str | None = None) -> Promotion | None:
        """Return the last promotion of a version, or the last one up to an instant (ISO 8601 UTC), or None.

        Aliases move on; what stood behind an answer is what the record said when it was given.
        """
        require(caller, Role.VIEWER)
        query = EventQuery(limit=_MOST_PROMOTIONS, subject=reference, kind_prefix="model_version.promoted")
        events = self._database.read(lambda tx: read_events(tx, caller.project, query))
        event = next((event for event in events if by is None or event.at <= by), None)
        if event is None:
            return None
        parsed = ModelReference.parse(reference)
        return Promotion(
            model=parsed.model,
            alias=event.data["alias"],
            version=parsed.version or 0,
            previous=event.data["previous"],
            changed=True,
            at=event.at,
            by=event.actor,
        )

    def list_models(self, caller: Caller) -> list[RegisteredModel]:
        """Return all models by name."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_models(tx, caller.project))

    def list_versions(self, caller: Caller, model: str) -> list[ModelVersion]:
        """Return a model's versions, newest first. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        model = normal_text(model)

        def read(tx: Transaction) -> list[ModelVersion]:
            versions = version_rows.list_versions(tx, caller.project, model)
            if not versions and rows.find_model(tx, caller.project, model) is None:
                raise not_found("model", model, rows.model_names(tx, caller.project))
            return versions

        return self._database.read(read)

    def get_verdict(self, caller: Caller, id_: str) -> VerdictRecord:
        """Return a verdict. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        found = self._database.read(lambda tx: rows.find_verdict(tx, caller.project, id_))
        if found is None:
            raise not_found("gate verdict", id_, [])
        return found

    def list_verdicts(self, caller: Caller, model: str, limit: int = 50) -> list[VerdictRecord]:
        """Return the latest verdicts on candidates for a model, passed or refused, newest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_verdicts(tx, caller.project, model, limit))

    def load_package(self, version: ModelVersion) -> ModelPackage:
        """Return a version's files, checked. Raises NotFoundError, DamagedError."""
        if not version.files:
            why = version.facts.get("not_servable") or "it was registered without files that can be served"
            raise NotFoundError(f"{version.reference} has no model package: {why}")
        files = {name: self._blobs.get(digest) for name, digest in version.files.items()}
        return ModelPackage(files).verify(version.package_digest)

    def load_report(self, version: ModelVersion) -> EvaluationReport:
        """Return the report on which a version was judged. Raises NotFoundError, DamagedError."""
        if not version.report_digest:
            raise NotFoundError(f"{version.reference} has no evaluation report: no gate has judged it")
        return EvaluationReport.from_json(self._blobs.get(version.report_digest))


def verdict_of(registry: Registry, caller: Caller, request: PromotionRequest) -> VerdictRecord | None:
    """Return what a gate found before a promotion, None when none was asked, or retention let it go."""
    try:
        return registry.get_verdict(caller, request.verdict_id)
    except NotFoundError:
        return None


def find_verdict(registry: Registry, caller: Caller, version: ModelVersion) -> VerdictRecord | None:
    """Return the verdict that let a version pass, None for one that no gate has seen."""
    return registry.get_verdict(caller, version.verdict_id) if version.verdict_id else None


def find_report(registry: Registry, version: ModelVersion) -> EvaluationReport | None:
    """Return the report on which a version was judged, None for one that no gate has seen. Raises DamagedError."""
    return registry.load_report(version) if version.report_digest else None
