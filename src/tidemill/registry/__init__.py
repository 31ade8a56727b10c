"""Registry: registered models, their versions, aliases and the verdicts of gates.

candidate       what a pipeline offers: a packaged model with its evidence, and how it is kept
reference       what a model's inputs and answers looked like when it was made; travels in its package
records         references such as ``delay/3``, models, versions, verdicts, promotions
names           what can name a model, an alias, a tag
sources         where a version came from, as text
environments    names of environments, and the stages that MLflow knows for them
promotion_guard what keeps a promotion from going round a gate, and what answers from being taken away
references      which blobs the records of this room name
erasing         what models have to do with erased rows
removal         which versions were ever promoted, and taking others away
searching       where the names of a filter stand, and pages
resolving       from a reference to its version
service         the verbs: judge, register, promote, read back
catalogue       the verbs that describe, tag, rename and take away, and that register what no gate has judged
standing        the verbs that let versions enter and leave environments, and that remove aliases
"""

from __future__ import annotations

from tidemill.registry.candidate import Candidate, CandidateCodec, StoredCandidate, candidate
from tidemill.registry.catalogue import Catalogue
from tidemill.registry.environments import NO_STAGE, PRODUCTION, STAGES, environment_of, stage_of
from tidemill.registry.erasing import MadeOf, candidate_without, versions_of_runs, view_keys_of_versions
from tidemill.registry.names import check_alias, check_model_name
from tidemill.registry.promotion_guard import CHAMPION, NothingServed, Standing, check_promotion, is_guarded
from tidemill.registry.records import (
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
from tidemill.registry.searching import IS_PROMPT, ModelSearch, ModelsFound, RegistryQuery, VersionsFound
from tidemill.registry.service import Registry, find_report, find_verdict
from tidemill.registry.sources import check_stored_source, fully_unquoted
from tidemill.registry.standing import Environments

__all__ = [
    "CHAMPION",
    "IS_PROMPT",
    "NO_STAGE",
    "PRODUCTION",
    "STAGES",
    "Candidate",
    "CandidateCodec",
    "Catalogue",
    "Environments",
    "MadeOf",
    "ModelReference",
    "ModelSearch",
    "ModelVersion",
    "ModelsFound",
    "NewVersion",
    "NothingServed",
    "Promotion",
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
    "check_promotion",
    "check_stored_source",
    "environment_of",
    "find_report",
    "find_verdict",
    "fully_unquoted",
    "is_guarded",
    "list_version_facts",
    "reference_of",
    "referenced_blobs",
    "remove_verdicts",
    "remove_version",
    "runs_registered",
    "stage_of",
    "versions_of_runs",
    "view_keys_of_versions",
]
