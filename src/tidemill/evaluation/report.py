"""An evaluation report: the evidence on which gates judge and people approve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tidemill.core import DamagedError, canonical_json, from_iso, iso
from tidemill.evaluation.curves import CalibrationBin, RocPoint
from tidemill.evaluation.estimate import Estimate
from tidemill.evaluation.metrics import Task


@dataclass(frozen=True)
class SliceMetrics:
    """The metrics of the rows where a column has a value."""

    column: str
    value: str
    n: int
    metrics: dict[str, Estimate]
    undefined: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EvaluationReport:
    """How a model did on rows whose label is known.

    metrics: estimates by name; undefined: for metrics that these rows do not allow, why.
    slices: in the order asked for, largest first. n_rows: rows judged on; n_unlabelled: rows left out.
    window: the first and last event time of the rows judged on, aware UTC. threshold: of accuracy, precision, recall.
    roc, calibration: small curves for charts.
    """

    task: Task
    metrics: dict[str, Estimate]
    n_rows: int
    n_unlabelled: int
    undefined: dict[str, str] = field(default_factory=dict)
    slices: tuple[SliceMetrics, ...] = ()
    window: tuple[datetime, datetime] | None = None
    threshold: float = 0.5
    roc: tuple[RocPoint, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()

    def summary(self) -> str:
        """Say the main metrics in a few words.

        >>> EvaluationReport("binary", {"auc": Estimate(0.707, 0.699, 0.715, 900)}, 900, 25).summary()
        'auc 0.707 (95 % 0.699 to 0.715) on 900 rows'
        """
        shown = [name for name in ("auc", "log_loss", "mae", "r2") if name in self.metrics]
        return f"{', '.join(f'{name} {self.metrics[name]}' for name in shown) or 'no metric'} on {self.n_rows:,} rows"

    def to_json(self) -> bytes:
        """Write the report as canonical JSON."""
        record = asdict(self)
        record["window"] = [iso(at) for at in self.window] if self.window else None
        return canonical_json(record)

    @classmethod
    def from_json(cls, data: bytes) -> EvaluationReport:
        """Read what `to_json` wrote. Raises DamagedError when it is something else."""
        try:
            return cls(**_fields(json.loads(data)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedError(
                f"These bytes are not an evaluation report ({type(error).__name__}: {error}): evaluate the model again."
            ) from error


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    window = record["window"]
    return record | {
        "metrics": _estimates(record["metrics"]),
        "slices": tuple(SliceMetrics(**{**s, "metrics": _estimates(s["metrics"])}) for s in record["slices"]),
        "window": (from_iso(window[0]), from_iso(window[1])) if window else None,
        "roc": tuple(RocPoint(**point) for point in record["roc"]),
        "calibration": tuple(CalibrationBin(**each) for each in record["calibration"]),
    }


def _estimates(record: Mapping[str, Any]) -> dict[str, Estimate]:
    return {name: Estimate(**estimate) for name, estimate in record.items()}
