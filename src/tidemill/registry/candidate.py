"""Candidates: a trained model packaged for serving, with the evidence on which a gate will judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidemill.evaluation import EvaluationReport
from tidemill.features import ServingInputs, TrainingSet
from tidemill.models import REFERENCE_FILE, ModelPackage, load_predictor, model_formats, package_model
from tidemill.pipelines import Output, step
from tidemill.registry.reference import build_reference
from tidemill.storage import BlobStore


@dataclass(frozen=True)
class Candidate:
    """What a pipeline offers to an endpoint.

    package: the model's files. report: its evaluation, made on the rows of holdout; a champion can be judged on the
    same rows. serving: what a request must bring.
    """

    package: ModelPackage
    report: EvaluationReport
    serving: ServingInputs
    holdout: TrainingSet

    def summary(self) -> str:
        """Say what it is, in a few words."""
        size = sum(len(data) for data in self.package.files.values())
        return f"candidate {self.package.digest[:12]}, {len(self.package.files)} files, {size / 1024:,.0f} KiB"


@dataclass(frozen=True)
class StoredCandidate:
    """A candidate as the step cache keeps it: digests of its files and report, and the run that offers it."""

    run_id: str
    package_digest: str
    files: dict[str, str]
    report_digest: str
    serving: dict[str, Any]

    @classmethod
    def from_output(cls, run_id: str, output: Output) -> StoredCandidate:
        """Read what the candidate codec has kept."""
        manifest = output.manifest
        return cls(
            run_id, manifest["package_digest"], manifest["files"], manifest["report"]["blob"], manifest["serving"]
        )


class CandidateCodec:
    """Keeps candidates: each file of the package and the report as a blob of its own."""

    name = "candidate"

    def accepts(self, value: object) -> bool:
        """Take candidates."""
        return isinstance(value, Candidate)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the files and the report."""
        return {
            "package_digest": value.package.digest,
            "files": {name: blobs.put(data) for name, data in value.package.files.items()},
            "report": {"blob": blobs.put(value.report.to_json())},
            "serving": value.serving.to_json(),
            "holdout": {"blob": blobs.put(value.holdout.to_bytes())},
        }

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read them back, checked."""
        files = {name: blobs.get(digest) for name, digest in manifest["files"].items()}
        return Candidate(
            ModelPackage(files).verify(manifest["package_digest"]),
            EvaluationReport.from_json(blobs.get(manifest["report"]["blob"])),
            ServingInputs.from_json(manifest["serving"]),
            TrainingSet.from_bytes(blobs.get(manifest["holdout"]["blob"])),
        )


@step
def candidate(model: object, report: EvaluationReport, fit: TrainingSet, holdout: TrainingSet) -> Candidate:
    """Package a trained model for serving, compiled when the compiled form was shown to answer alike.

    The package also holds what these rows and the model's answers look like, for monitoring to compare with.

    model: what the training step returned; a model format must take it.
    report: its evaluation. fit, holdout: the rows it was trained and judged on; the parity gate compares on both.

    Raises UnsupportedModelError when no model format takes the model.
    """
    known = fit.labelled()
    package = package_model(model, known.x, holdout.x)
    reference = build_reference(load_predictor(package, formats=model_formats()), known, holdout)
    return Candidate(package.with_file(REFERENCE_FILE, reference.to_json()), report, fit.serving, holdout)
