"""Registry: registered models, their versions, aliases and the verdicts of gates.

candidate       what a pipeline offers: a packaged model with its evidence, and how it is kept
reference       what a model's inputs and answers looked like when it was made; travels in its package
records         references such as ``delay/3``, models, versions, verdicts, promotions
names           what can name a model, an alias, a tag
sources         where a version came from, as text
environments    names of environments, and the stages that MLflow knows for them
promotion_guard what keeps what answers from being taken away
references      which blobs the records of this room name
erasing         what models have to do with erased rows
removal         which versions were ever promoted, and taking others away
searching       where the names of a filter stand, and pages
overview        lists of models as people look through them, a stretch at a time
resolving       from a reference to its version
service         the verbs: judge, register, promote, read back
catalogue       the verbs that describe, tag, rename and take away, and that register what no gate has judged
arrivals        models of another store, taken in whole, and read to leave for one
standing        the verbs that let versions enter and leave environments, and that remove aliases
policy     `policy`: what must hold before a version comes into an environment; and as it is recorded
promotion_request, promotion_requests  asking for a promotion, approving it; and that it takes place once
switching  moving aliases inside a transaction: only what a policy lets in, only the bytes that its gate saw
evidence_records  what was collected of a package for its gate
"""

from __future__ import annotations

from tidemill.registry._promotion_rows import governed
from tidemill.registry.arrivals import ArrivedModel, ArrivingModel, ModelArrivals
from tidemill.registry.candidate import Candidate, CandidateCodec, StoredCandidate, candidate
from tidemill.registry.catalogue import Catalogue
from tidemill.registry.environments import NO_STAGE, PRODUCTION, STAGES, environment_of, stage_of
from tidemill.registry.erasing import MadeOf, candidate_without, versions_of_runs, view_keys_of_versions
from tidemill.registry.evidence_records import EvidenceRecords, RecordedEvidence
from tidemill.registry.names import check_alias, check_model_name, is_alias
from tidemill.registry.overview import ModelGlance, count_models, count_versions, model_glances
from tidemill.registry.policy import Policy, PolicyInForce, policy, written
from tidemill.registry.promotion_guard import NothingServed, Standing
from tidemill.registry.promotion_request import (
    APPROVED,
    BREAK_GLASS,
    PENDING,
    REFUSED,
    ROLL_BACK,
    Answer,
    Asked,
    GateRefusedError,
    MovedError,
    PromotionRequest,
)
from tidemill.registry.promotion_requests import Judged, PromotionRequests, record_policies, require_let_in
from tidemill.registry.records import (
    CHAMPION,
    ModelReference,
    ModelVersion,
    NewVersion,
    Promotion,
    RegisteredModel,
    VerdictRecord,
)
from tidemill.registry.reference import Reference, build_reference, reference_of
from tidemill.registry.references import referenced_blobs
from tidemill.registry.removal import (
    VersionFacts,
    list_version_facts,
    remove_verdicts,
    remove_version,
    runs_registered,
)
from tidemill.registry.resolving import get_model, resolve
from tidemill.registry.searching import IS_PROMPT, ModelSearch, ModelsFound, RegistryQuery, VersionsFound
from tidemill.registry.service import Registry, find_report, find_verdict, verdict_of
from tidemill.registry.sources import check_stored_source, fully_unquoted
from tidemill.registry.standing import Environments
from tidemill.registry.switching import why_not_moved

__all__ = [
    "APPROVED",
    "BREAK_GLASS",
    "CHAMPION",
    "IS_PROMPT",
    "NO_STAGE",
    "PENDING",
    "PRODUCTION",
    "REFUSED",
    "ROLL_BACK",
    "STAGES",
    "Answer",
    "ArrivedModel",
    "ArrivingModel",
    "Asked",
    "Candidate",
    "CandidateCodec",
    "Catalogue",
    "Environments",
    "EvidenceRecords",
    "GateRefusedError",
    "Judged",
    "MadeOf",
    "ModelArrivals",
    "ModelGlance",
    "ModelReference",
    "ModelSearch",
    "ModelVersion",
    "ModelsFound",
    "MovedError",
    "NewVersion",
    "NothingServed",
    "Policy",
    "PolicyInForce",
    "Promotion",
    "PromotionRequest",
    "PromotionRequests",
    "RecordedEvidence",
    "Reference",
    "RegisteredModel",
    "Registry",
    "RegistryQuery",
    "Standing",
    "StoredCandidate",
    "VerdictRecord",
    "VersionFacts",
    "VersionsFound",
    "build_reference",
    "candidate",
    "candidate_without",
    "check_alias",
    "check_model_name",
    "check_stored_source",
    "count_models",
    "count_versions",
    "environment_of",
    "find_report",
    "find_verdict",
    "fully_unquoted",
    "get_model",
    "governed",
    "is_alias",
    "list_version_facts",
    "model_glances",
    "policy",
    "record_policies",
    "reference_of",
    "referenced_blobs",
    "remove_verdicts",
    "remove_version",
    "require_let_in",
    "resolve",
    "runs_registered",
    "stage_of",
    "verdict_of",
    "versions_of_runs",
    "view_keys_of_versions",
    "why_not_moved",
    "written",
]
