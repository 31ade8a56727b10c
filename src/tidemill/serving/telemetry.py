"""Telemetry of the data plane in the Prometheus text format (version 0.0.4).

Labels are the project's own names, model version and status code; nothing that a caller sends becomes a label.
Requests to endpoints that there are not count together, as model "unknown" without a version.
Each worker process counts its own requests.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path

from tidemill.serving.log_writer import EndpointLog

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_HEADS = {
    "tidemill_inference_requests_total": ("counter", "Answered requests by model version and status code."),
    "tidemill_inference_duration_seconds": ("histogram", "Time from a request's head to its answer."),
    "tidemill_prediction_log_rows_total": ("counter", "Predictions stored in the log or dropped from it."),
    "process_cpu_seconds_total": ("counter", "CPU time of this worker."),
    "process_resident_memory_bytes": ("gauge", "Resident memory of this worker."),
    "process_start_time_seconds": ("gauge", "When this worker started, seconds since 1970."),
    "process_open_fds": ("gauge", "Open file descriptors of this worker."),
}


class InferenceSeries:
    """Counts and durations of one model version. Used from the loop's thread only."""

    def __init__(self, model: str) -> None:
        name, _, version = model.rpartition("/") if "/" in model else (model, "", "")
        self.labels = f'model="{_escaped(name)}",version="{_escaped(version)}"'
        self.n_by_code: dict[int, int] = {}
        self.n_by_bound = [0] * (len(_BOUNDS_S) + 1)
        self.seconds = 0.0

    def observe(self, code: int, seconds: float) -> None:
        """Count one answered request."""
        self.n_by_code[code] = self.n_by_code.get(code, 0) + 1
        self.n_by_bound[bisect_left(_BOUNDS_S, seconds)] += 1
        self.seconds += seconds


class Telemetry:
    """All series of one worker."""

    def __init__(self) -> None:
        self._series: dict[str, InferenceSeries] = {}
        self._started_at = time.time()

    def series(self, model: str) -> InferenceSeries:
        """Return the series of a model version such as `delay/3`; the same one each time."""
        return self._series.setdefault(model, InferenceSeries(model))

    def render(self, logs: Mapping[tuple[str, str], EndpointLog]) -> bytes:
        """Return everything as text."""
        samples: dict[str, list[str]] = {name: [] for name in _HEADS}
        for series in list(self._series.values()):
            samples["tidemill_inference_requests_total"] += [
                f'{{{series.labels},code="{code}"}} {count}' for code, count in sorted(series.n_by_code.items())
            ]
            samples["tidemill_inference_duration_seconds"] += _histogram(series)
        for (project, endpoint), log in sorted(logs.items()):
            labels = f'project="{_escaped(project)}",endpoint="{_escaped(endpoint)}"'
            samples["tidemill_prediction_log_rows_total"] += [
                f'{{{labels},outcome="stored"}} {log.counts.n_stored}',
                f'{{{labels},outcome="dropped"}} {log.counts.n_dropped}',
            ]
        for name, value in self._process().items():
            samples[name] = [f" {value}"]
        return "".join(_family(name, lines) for name, lines in samples.items()).encode()

    def _process(self) -> dict[str, float]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        values = {
            "process_cpu_seconds_total": usage.ru_utime + usage.ru_stime,
            "process_start_time_seconds": self._started_at,
        }
        if sys.platform == "linux":
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            values["process_resident_memory_bytes"] = pages * os.sysconf("SC_PAGE_SIZE")
            values["process_open_fds"] = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only
        return values


def _histogram(series: InferenceSeries) -> list[str]:
    lines, total = [], 0
    for bound, count in zip((*_BOUNDS_S, "+Inf"), series.n_by_bound, strict=True):
        total += count
        lines.append(f'_bucket{{{series.labels},le="{bound}"}} {total}')
    return [*lines, f"_sum{{{series.labels}}} {series.seconds:.6f}", f"_count{{{series.labels}}} {total}"]


def _family(name: str, lines: list[str]) -> str:
    if not lines:
        return ""
    kind, text = _HEADS[name]
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n" + "".join(f"{name}{line}\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
