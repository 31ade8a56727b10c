"""Registry: registered models, their versions, aliases and the verdicts of gates.

candidate  what a pipeline offers: a packaged model with its evidence, and how it is kept
reference  what a model's inputs and answers looked like when it was made; travels in its package
records    references such as ``delay/3``, versions, verdicts, promotions
references which blobs the records of this room name
erasing    what models have to do with erased rows
removal    which versions were ever promoted, and taking others away
service    the verbs: judge, register, promote, read back
"""

from __future__ import annotations

from tidemill.registry.candidate import Candidate, CandidateCodec, StoredCandidate, candidate
from tidemill.registry.erasing import MadeOf, candidate_without, versions_of_runs, view_keys_of_versions
from tidemill.registry.records import ModelReference, ModelVersion, Promotion, RegisteredModel, VerdictRecord
from tidemill.registry.reference import Reference, build_reference, reference_of
from tidemill.registry.references import referenced_blobs
from tidemill.registry.removal import (
    VersionFacts,
    list_version_facts,
    remove_verdicts,
    remove_version,
    runs_registered,
)
from tidemill.registry.service import CHAMPION, Registry

__all__ = [
    "CHAMPION",
    "Candidate",
    "CandidateCodec",
    "MadeOf",
    "ModelReference",
    "ModelVersion",
    "Promotion",
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
    "reference_of",
    "referenced_blobs",
    "remove_verdicts",
    "remove_version",
    "runs_registered",
    "versions_of_runs",
    "view_keys_of_versions",
]
