"""What a gate judges: a candidate that a run offers, or a version that is registered already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tidemill.deployment.endpoint import Endpoint
from tidemill.evaluation import EvaluationReport, ModelTest
from tidemill.features import TrainingSet
from tidemill.models import ModelPackage
from tidemill.pipelines import PipelineRun, StepRun
from tidemill.registry import StoredCandidate


@dataclass(frozen=True)
class Offer:
    """What a run offers to an endpoint: the candidate it returned, and how it is stored.

    tests: of the project, to be run on it. folder: of the project, in which its documents are.
    """

    endpoint: Endpoint
    run: PipelineRun
    candidate: StoredCandidate
    tests: tuple[ModelTest, ...] = ()
    folder: Path | None = None


@dataclass(frozen=True)
class Contender:
    """A model that wants to come in.

    endpoint: whose gate it is, and the name of the model. label_delay: how long the endpoint's labels take.
    name: what commands call it, ``delay/3``; empty before it is registered. holdout: the rows it was judged on; None
    when they are not kept. loads: how its trial in a process of its own went, in words.
    """

    endpoint: str
    label_delay: timedelta
    name: str
    run_id: str
    report: EvaluationReport
    package: ModelPackage
    holdout: TrainingSet | None
    loads: tuple[bool, str] | None


def dataset_references(steps: Sequence[StepRun]) -> list[str]:
    """Return the dataset versions that steps have read, such as ``flights@1``, each once."""
    references: dict[str, None] = {}
    for step in steps:
        for entry in step.inputs:
            name = entry["reference"].rpartition(" on ")[2]
            if "@" in name:
                references[name] = None
    return list(references)


def made_of(steps: Sequence[StepRun]) -> dict[str, list[str]]:
    """Return the dataset versions and the features that steps have read; what there is none of is left out.

    Features are told with what they were made of, as ``depot_load on parcels@3``.
    """
    read = dict.fromkeys(entry["reference"] for step in steps for entry in step.inputs)
    features = [each for each in read if " on " in each and "@" in each.rpartition(" on ")[2]]
    found = {"datasets": dataset_references(steps), "features": features}
    return {kind: names for kind, names in found.items() if names}
