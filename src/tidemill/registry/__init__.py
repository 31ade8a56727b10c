"""Registry: registered models, their versions, aliases and the verdicts of gates.

candidate  what a pipeline offers: a packaged model with its evidence, and how it is kept
reference  what a model's inputs and answers looked like when it was made; travels in its package
records    references such as ``delay/3``, versions, verdicts, promotions
references which blobs the records of this room name
erasing    what models have to do with erased rows
removal    which versions were ever promoted, and taking others away
service    the verbs: judge, register, promote, read back
policy     `policy`: what must hold before a version comes into an environment; and as it is recorded
promotion_request, promotion_requests  asking for a promotion, approving it; and that it takes place once
switching  moving aliases inside a transaction: only what a policy lets in, only the bytes that its gate saw
evidence_records  what was collected of a package for its gate
"""

from __future__ import annotations

from tidemill.registry.candidate import Candidate, CandidateCodec, StoredCandidate, candidate
from tidemill.registry.erasing import MadeOf, candidate_without, versions_of_runs, view_keys_of_versions
from tidemill.registry.evidence_records import EvidenceRecords, RecordedEvidence
from tidemill.registry.policy import Policy, PolicyInForce, policy, written
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
from tidemill.registry.service import Registry
from tidemill.registry.switching import why_not_moved

__all__ = [
    "APPROVED",
    "BREAK_GLASS",
    "CHAMPION",
    "PENDING",
    "REFUSED",
    "ROLL_BACK",
    "Answer",
    "Asked",
    "Candidate",
    "CandidateCodec",
    "EvidenceRecords",
    "GateRefusedError",
    "Judged",
    "MadeOf",
    "ModelReference",
    "ModelVersion",
    "MovedError",
    "Policy",
    "PolicyInForce",
    "Promotion",
    "PromotionRequest",
    "PromotionRequests",
    "RecordedEvidence",
    "Reference",
    "RegisteredModel",
    "Registry",
    "StoredCandidate",
    "VerdictRecord",
    "VersionFacts",
    "build_reference",
    "candidate",
    "candidate_without",
    "list_version_facts",
    "policy",
    "record_policies",
    "reference_of",
    "referenced_blobs",
    "remove_verdicts",
    "remove_version",
    "require_let_in",
    "runs_registered",
    "versions_of_runs",
    "view_keys_of_versions",
    "why_not_moved",
    "written",
]
