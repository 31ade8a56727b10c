"""Why a prediction came out as it did: one chain of records, from the answer down to the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidemill.access import Caller
from tidemill.core import NotFoundError, iso
from tidemill.data import Datasets, DatasetVersion
from tidemill.deployment import Deployments, Revision, dataset_references
from tidemill.governance.predictions import Predictions
from tidemill.pipelines import Runner, StepHistory, StepRun, StepWhy
from tidemill.registry import ModelVersion, Promotion, Registry, VerdictRecord, find_verdict
from tidemill.serving import LoggedPrediction
from tidemill.tracking import RunDetail, Tracking


@dataclass(frozen=True)
class Why:
    """What stands behind one prediction. Every part is read back from the store.

    promotion: the promotion of its model version that stood when it was given; None when it was deployed without.
    """

    prediction: LoggedPrediction
    revision: Revision
    version: ModelVersion
    verdict: VerdictRecord | None
    promotion: Promotion | None
    run: RunDetail | None
    steps: tuple[StepRun, ...]
    datasets: tuple[DatasetVersion, ...]


@dataclass(frozen=True)
class Lineage:
    """What stands behind one model version; `promotion` is its last one, None when it never was promoted.

    verdict, run: None for a version that no gate has judged, or that no run of this store has made.
    """

    version: ModelVersion
    verdict: VerdictRecord | None
    promotion: Promotion | None
    run: RunDetail | None
    steps: tuple[StepRun, ...]
    datasets: tuple[DatasetVersion, ...]


class Evidence:
    """Answers why, from the records of the rooms below and the prediction log. Thread-safe; it writes nothing."""

    def __init__(
        self,
        registry: Registry,
        deployments: Deployments,
        runs: tuple[Tracking, Runner, StepHistory],
        datasets: Datasets,
        predictions: Predictions,
    ) -> None:
        self._registry = registry
        self._deployments = deployments
        self._tracking, self._runner, self._history = runs
        self._datasets = datasets
        self._predictions = predictions

    def why(self, caller: Caller, prediction_id: str) -> Why:
        """Return what stands behind a prediction. Raises UsageError for no id, NotFoundError."""
        prediction = self._predictions.get(caller, prediction_id)
        revision = self._revision(caller, prediction)
        lineage = self.lineage(caller, revision.reference)
        promotion = self._registry.promotion_of(caller, revision.reference, iso(prediction.recorded_at))
        return Why(
            prediction,
            revision,
            lineage.version,
            lineage.verdict,
            promotion,
            lineage.run,
            lineage.steps,
            lineage.datasets,
        )

    def lineage(self, caller: Caller, reference: str) -> Lineage:
        """Return what stands behind a model version. Raises NotFoundError."""
        version = self._registry.get(caller, reference)
        run = self._find_run(caller, version.run_id)
        steps = tuple(self._runner.steps(caller, version.run_id)) if run is not None else ()
        return Lineage(
            version=version,
            verdict=find_verdict(self._registry, caller, version),
            promotion=self._registry.promotion_of(caller, version.reference),
            run=run,
            steps=steps,
            datasets=tuple(self._datasets.get(caller, name) for name in dataset_references(steps)),
        )

    def why_step(self, caller: Caller, run: str, step: str | None = None) -> list[StepWhy]:
        """Return why the steps of a run were reused or executed; `step` is the name or number of one.

        run: an id or the beginning of one. Raises NotFoundError, UsageError for a beginning that is not unique.
        """
        return self._history.why(caller, run, step)

    def output(self, caller: Caller, run: str, step: str, name: str | None = None) -> Any:
        """Return what a step of a run returned. Raises NotFoundError: it says how to make again what is gone."""
        return self._history.output(caller, run, step, name)

    def is_run(self, caller: Caller, run: str) -> bool:
        """Tell whether an id, or the beginning of one, is that of a run with steps. Raises UsageError for several."""
        return self._history.find_run(caller, run) is not None

    def _find_run(self, caller: Caller, run_id: str) -> RunDetail | None:
        try:
            return self._tracking.get_run(caller, run_id) if run_id else None
        except NotFoundError:
            return None

    def _revision(self, caller: Caller, prediction: LoggedPrediction) -> Revision:
        for revision in self._deployments.list_revisions(caller, prediction.endpoint):
            if revision.revision == prediction.revision:
                return revision
        raise NotFoundError(
            f"Revision {prediction.revision} of endpoint {prediction.endpoint!r}, which made this prediction, "
            "is not in this store: it was answered by another one"
        )


def feature_row(prediction: LoggedPrediction) -> dict[str, Any]:
    """Return the values that the model saw by column: those sent, then those looked up."""
    row = dict(prediction.row)
    for looked_up in prediction.features.values():
        if looked_up is not None:
            row.update(looked_up.values)
    return row
