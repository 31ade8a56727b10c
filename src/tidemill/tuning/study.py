"""Studies: what was tried, how it did, and what was chosen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tidemill.core import DamagedError, canonical_json
from tidemill.evaluation import Estimate
from tidemill.pipelines import StepRun
from tidemill.storage import BlobStore
from tidemill.tuning.space import Dimension, dimension_from_json

TrialState = Literal["complete", "failed", "pruned"]


@dataclass(frozen=True)
class Trial:
    """One try. `number` counts from 1; the first is the settings one had anyway.

    params: what the training step was given. value: None unless complete. seconds: training and judging.
    note: why it failed or was pruned, in one line.
    """

    number: int
    params: dict[str, Any]
    state: TrialState
    value: Estimate | None
    seconds: float
    note: str = ""


@dataclass(frozen=True)
class Study:
    """What `tune` found out.

    best: the number of the chosen trial. space: the dimensions by name, as JSON values.
    n_fit, n_judged: rows that each trial learnt from, and later rows with a label that it was judged on.
    """

    step: str
    metric: str
    maximize: bool
    holdout: str
    seed: int
    n_fit: int
    n_judged: int
    space: dict[str, dict[str, Any]]
    trials: tuple[Trial, ...]
    best: int

    @property
    def best_trial(self) -> Trial:
        """The chosen trial."""
        return self.trials[self.best - 1]

    def dimensions(self) -> dict[str, Dimension]:
        """Return what was searched, by name."""
        return {name: dimension_from_json(record) for name, record in self.space.items()}

    @property
    def gain(self) -> float | None:
        """How much better the chosen trial did than the first, never below 0; None when the first did not end."""
        first, best = self.trials[0].value, self.best_trial.value
        if first is None or best is None:
            return None
        return best.value - first.value if self.maximize else first.value - best.value

    def summary(self) -> str:
        """Say the outcome in a few words."""
        best, n_failed = self.best_trial, sum(trial.state == "failed" for trial in self.trials)
        failed = f", {n_failed} failed" if n_failed else ""
        return f"trial {best.number} of {len(self.trials)}{failed}: {self.metric} {best.value}"

    def to_json(self) -> bytes:
        """Write the study as canonical JSON."""
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, data: bytes) -> Study:
        """Read what `to_json` wrote. Raises DamagedError when it is something else."""
        try:
            record = json.loads(data)
            trials = tuple(_trial(trial) for trial in record.pop("trials"))
            return cls(trials=trials, **record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedError(f"These bytes are not a study ({error}): run the pipeline with --no-cache.") from error


def _trial(record: dict[str, Any]) -> Trial:
    value = record["value"]
    return Trial(**{**record, "value": Estimate(**value) if value else None})


class StudyCodec:
    """Keeps studies as canonical JSON."""

    name = "study"

    def accepts(self, value: object) -> bool:
        """Take studies."""
        return isinstance(value, Study)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the study."""
        return {"blob": blobs.put(value.to_json())}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read it back."""
        return Study.from_json(blobs.get(manifest["blob"]))


def studies_of(steps: Iterable[StepRun], blobs: BlobStore) -> list[Study]:
    """Return the studies among the outputs of a run's steps, in order. Raises NotFoundError, DamagedError."""
    outputs = [output for step in steps for output in step.outputs]
    return [Study.from_json(blobs.get(o["manifest"]["blob"])) for o in outputs if o["codec"] == StudyCodec.name]
