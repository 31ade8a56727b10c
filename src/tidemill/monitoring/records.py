"""What a monitor found in a window: records as stored, and as the doors show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from tidemill.evaluation import Estimate

Role = Literal["input", "answer"]
DriftVerdict = Literal["steady", "drifted", "too few rows", "no rows", "no reference"]
PerformanceVerdict = Literal["measured", "too few labels", "no rows", "undefined"]


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column of a window lies from the rows that the model learnt from.

    role: an input of the model, or its answers (compared with those on its holdout).
    psi: the population stability index; None when the log does not hold the column.
    usual: the largest PSI among the training rows' own weeks; None when there were too few of them.
    limit: from which PSI the column counts as drifted: the declared one, the usual one, or what chance alone gives.
    ks: the Kolmogorov-Smirnov distance, of numbers only.
    null_ratio, null_ratio_before: the share of missing values now, and in the reference.
    """

    column: str
    role: Role
    psi: float | None
    limit: float
    usual: float | None
    ks: float | None
    null_ratio: float
    null_ratio_before: float
    drifted: bool


@dataclass(frozen=True)
class DriftResult:
    """Inputs and answers of a window beside a reference. columns: those that are furthest beyond their limit first."""

    columns: tuple[ColumnDrift, ...] = ()
    psi: float = 0.0
    min_columns: int = 1
    reason: str = ""

    @property
    def n_drifted(self) -> int:
        """How many columns are at their limit or beyond."""
        return sum(column.drifted for column in self.columns)

    @property
    def worst(self) -> ColumnDrift | None:
        """The column that is furthest beyond its limit, or nearest to it."""
        return self.columns[0] if self.columns else None

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self) | {"columns": [asdict(column) for column in self.columns]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> DriftResult:
        """Read what `to_json` gave."""
        return cls(**{**value, "columns": tuple(ColumnDrift(**column) for column in value["columns"])})


@dataclass(frozen=True)
class PerformanceResult:
    """A metric of what was served in a window, on the rows whose label has come.

    served: the metric of the answers as they were given; None unless the verdict is ``measured``.
    never_retrained: the same rows answered by `first_version`, the first that the endpoint ever served; equal to
        `served` while that one serves, None when it cannot answer these rows (`reason` says why).
    reference: the metric of the window's version on its own holdout.
    mature: the label delay had passed when it was measured.
    reason: why there is no number, or what is wanting; empty otherwise.
    """

    metric: str
    served: Estimate | None = None
    never_retrained: Estimate | None = None
    first_version: str = ""
    reference: Estimate | None = None
    mature: bool = True
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PerformanceResult:
        """Read what `to_json` gave."""
        estimates = {name: _estimate(value[name]) for name in ("served", "never_retrained", "reference")}
        return cls(**{**value, **estimates})


@dataclass(frozen=True)
class WindowRecord:
    """What one monitor found in one window [starts_at, ends_at) of event time. Instants are aware UTC.

    monitor: ``drift`` or ``performance``, which says what `result` is.
    version: the model version that answered most of its rows, such as ``delay/3``; empty without rows.
    versions: how many rows each version answered, most first.
    watermark: how far event time had come when it was evaluated; evaluated_at: by the workspace's clock.
    n_revised: how often it was evaluated again since rows or labels came late.
    """

    endpoint: str
    monitor: str
    starts_at: datetime
    ends_at: datetime
    verdict: str
    version: str
    n_rows: int
    n_labelled: int
    watermark: datetime
    evaluated_at: datetime
    result: DriftResult | PerformanceResult
    versions: dict[str, int] = field(default_factory=dict)
    n_revised: int = 0

    @property
    def whole(self) -> bool:
        """Whether one version answered all of its rows."""
        return len(self.versions) == 1

    @property
    def numbers(self) -> dict[str, Any]:
        """The few numbers on which triggers decide, as the window's event tells them."""
        result = self.result
        if isinstance(result, DriftResult):
            worst = result.worst
            found = {"column": worst.column, "psi": worst.psi} if worst else {}
            return {"n_drifted": result.n_drifted, **found}
        if result.served is None:
            return {"metric": result.metric}
        reference = result.reference.value if result.reference else None
        return {"metric": result.metric, **asdict(result.served), "reference": reference}

    @property
    def coverage(self) -> float | None:
        """The share of its rows whose label has come; None without rows."""
        return self.n_labelled / self.n_rows if self.n_rows else None

    def to_json(self) -> dict[str, Any]:
        """Return all of it as values that JSON can hold, but for instants."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "result"}
        shown = {**kept, "whole": self.whole, "coverage": self.coverage, "result": self.result.to_json()}
        if isinstance(self.result, DriftResult):
            shown["result"]["n_drifted"] = self.result.n_drifted
        return shown


def _estimate(value: Mapping[str, Any] | None) -> Estimate | None:
    return None if value is None else Estimate(**value)
