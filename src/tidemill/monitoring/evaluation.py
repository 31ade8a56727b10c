"""Evaluating one window: its logged and labelled rows, by one monitor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.access import Caller
from tidemill.core import TidemillError
from tidemill.feedback import Feedback, LoggedRows, inputs_of
from tidemill.monitoring.column_drift import ServedColumns, measure_drift
from tidemill.monitoring.known_versions import KnownVersions
from tidemill.monitoring.monitor import Drift, Monitor, Performance
from tidemill.monitoring.records import DriftResult, PerformanceResult, WindowRecord
from tidemill.monitoring.served_metric import FirstVersion, measure_performance
from tidemill.monitoring.windows import Window


class Reach(NamedTuple):
    """How far an endpoint has come: the first event, the watermark, and the clock when it was looked at."""

    first_event_at: datetime
    watermark: datetime
    now: datetime


class WindowEvaluation:
    """Evaluates windows of the endpoints of a store; keeps nothing but the model versions it has read."""

    def __init__(self, logged: LoggedRows, feedback: Feedback, versions: KnownVersions) -> None:
        self._logged = logged
        self._feedback = feedback
        self._versions = versions

    def evaluate(
        self, caller: Caller, endpoint: str, watched: tuple[Monitor, Window, str], reach: Reach
    ) -> WindowRecord:
        """Return what a monitor finds in a window.

        watched: the monitor, the window, and the first version that the endpoint ever served, empty when unknown.
        """
        monitor, window, first = watched
        verdict: str
        result: DriftResult | PerformanceResult
        if isinstance(monitor, Drift):
            rows = self._logged.frame(caller.project, endpoint, *window)
            versions = _versions(rows)
            verdict, result = self._drift(caller, monitor, rows, next(iter(versions), ""))
            n_labelled = self._feedback.count_labelled(caller.project, endpoint, *window) if rows.height else 0
        else:
            rows = self._feedback.labelled(caller.project, endpoint, *window)
            versions = _versions(rows)
            verdict, result = self._performance(caller, monitor, rows, (versions, first or _first_of(rows)))
            n_labelled = rows.height - rows["label"].null_count()
        return WindowRecord(
            endpoint=endpoint,
            monitor=monitor.name,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            verdict=verdict,
            version=next(iter(versions), ""),
            n_rows=rows.height,
            n_labelled=n_labelled,
            watermark=reach.watermark,
            evaluated_at=reach.now,
            result=result,
            versions=versions,
        )

    def _drift(self, caller: Caller, monitor: Drift, rows: pl.DataFrame, version: str) -> tuple[str, DriftResult]:
        served = ServedColumns(inputs_of(rows), rows.filter(pl.col("model") == version)["value"])
        try:
            reference = self._versions.get(caller, version).reference if version else None
        except TidemillError as error:
            return "no reference", DriftResult(psi=monitor.psi, min_columns=monitor.min_columns, reason=str(error))
        return measure_drift(served, reference, monitor)

    def _performance(
        self, caller: Caller, monitor: Performance, rows: pl.DataFrame, answered: tuple[dict[str, int], str]
    ) -> tuple[str, PerformanceResult]:
        versions, first = answered
        if not rows.height:
            return "no rows", PerformanceResult(monitor.metric, first_version=first)
        try:
            served = self._versions.get(caller, next(iter(versions)))
            report = replace(served.report, task=served.package.signature.task)
        except TidemillError as error:
            return "undefined", PerformanceResult(monitor.metric, first_version=first, reason=str(error))

        def answers(judged: pl.DataFrame) -> NDArray[np.float64]:
            return self._versions.get(caller, first).answers(inputs_of(judged))

        known = FirstVersion(first, answers, served_throughout=list(versions) == [first])
        return measure_performance(rows, monitor, report, known)


def _versions(rows: pl.DataFrame) -> dict[str, int]:
    counted = rows["model"].value_counts(name="n").sort(["n", "model"], descending=True)
    return dict(zip(counted["model"].to_list(), counted["n"].to_list(), strict=True))


def _first_of(rows: pl.DataFrame) -> str:
    """Return the version that answered first, by the time of recording."""
    return str(rows["model"][rows["recorded_at"].arg_min() or 0]) if rows.height else ""
