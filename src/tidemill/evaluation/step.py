"""The evaluation step of a pipeline, and how its report is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidemill.evaluation.evaluate import evaluate as evaluate_predictions
from tidemill.evaluation.report import EvaluationReport
from tidemill.features import TrainingSet
from tidemill.models import native_predictor, predict_frame
from tidemill.pipelines import step
from tidemill.storage import BlobStore


@step
def evaluate(model: object, rows: TrainingSet, slices: Sequence[str] = ()) -> EvaluationReport:
    """Judge a trained model, or a loaded predictor, on the rows that have a label.

    slices: columns by whose values the metrics are also given. The model answers in the native form in which it
    would be packaged, and says itself whether it tells two classes apart or predicts a number.
    Raises EvaluationError, UnsupportedModelError, UsageError.
    """
    predictor = native_predictor(model, rows.x)
    return evaluate_predictions(lambda x: predict_frame(predictor, x), rows, slices, predictor.signature.task)


class ReportCodec:
    """Keeps evaluation reports as canonical JSON."""

    name = "evaluation_report"

    def accepts(self, value: object) -> bool:
        """Take evaluation reports."""
        return isinstance(value, EvaluationReport)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the report."""
        return {"blob": blobs.put(value.to_json())}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read it back."""
        return EvaluationReport.from_json(blobs.get(manifest["blob"]))
