"""What the loop takes from an evaluated window: the numbers on which a trigger decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tidemill.core import from_iso
from tidemill.monitoring import WindowRecord


@dataclass(frozen=True)
class Measured:
    """A metric of the served answers with its interval, and the version's own on its holdout."""

    metric: str
    value: float
    low: float
    high: float
    n: int
    reference: float


@dataclass(frozen=True)
class WindowFact:
    """A window [starts_at, ends_at) as its event tells it.

    version: that which answered, `whole` when it answered all of the window. column, psi: the column that drifted
    most. measured: None unless the metric and its reference are known.
    """

    monitor: str
    starts_at: datetime
    ends_at: datetime
    verdict: str
    version: str
    whole: bool
    n_drifted: int | None = None
    column: str | None = None
    psi: float | None = None
    measured: Measured | None = None

    @property
    def days(self) -> str:
        """Return the window in words: first and last day, or instants when it does not run from midnight."""
        last = self.ends_at - timedelta(days=1)
        if self.ends_at - self.starts_at < timedelta(days=1) or (self.starts_at.time() != self.ends_at.time()):
            return f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}"
        return (
            f"{self.starts_at:%Y-%m-%d}" if last <= self.starts_at else f"{self.starts_at:%Y-%m-%d} to {last:%Y-%m-%d}"
        )

    def counts_against(self, champion: str) -> bool:
        """Tell whether a champion answered for all of it: only then does it say anything of that champion."""
        return self.whole and self.version == champion

    @classmethod
    def from_event(cls, data: Mapping[str, Any]) -> WindowFact:
        """Read the data of an event `window.evaluated`."""
        return cls(
            monitor=str(data["monitor"]),
            starts_at=from_iso(data["starts_at"]),
            ends_at=from_iso(data["ends_at"]),
            verdict=str(data["verdict"]),
            version=str(data.get("version") or ""),
            whole=bool(data.get("whole")),
            n_drifted=data.get("n_drifted"),
            column=data.get("column"),
            psi=data.get("psi"),
            measured=_measured(data),
        )

    @classmethod
    def from_record(cls, record: WindowRecord) -> WindowFact:
        """Return what a trigger needs of a window that was evaluated before."""
        return cls(record.monitor, record.starts_at, record.ends_at, record.verdict, record.version, whole=record.whole)


def _measured(data: Mapping[str, Any]) -> Measured | None:
    names = ("metric", "value", "low", "high", "n", "reference")
    given = [data.get(name) for name in names]
    return None if any(each is None for each in given) else Measured(*given)  # type: ignore[arg-type]
