"""The model versions that answer: their reports, references and predictors, read once and the last few kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.access import Caller
from tidemill.evaluation import EvaluationReport
from tidemill.models import ModelPackage, Predictor, load_predictor, model_formats, predict_frame
from tidemill.registry import ModelVersion, Reference, Registry, reference_of

MOST_KEPT = 6


@dataclass(frozen=True)
class KnownVersion:
    """A version with its files. What is read from them is kept."""

    version: ModelVersion
    package: ModelPackage
    report: EvaluationReport

    @cached_property
    def reference(self) -> Reference | None:
        """What it learnt from; None for a package made before references were kept. Raises DamagedError."""
        return reference_of(self.package)

    @cached_property
    def _predictor(self) -> Predictor:
        return load_predictor(self.package, formats=model_formats())

    def answers(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        """Answer rows that hold its inputs; others are left aside. Raises UsageError when one is missing."""
        return predict_frame(self._predictor, rows)


class KnownVersions:
    """Model versions by their reference, such as ``delay/3``. Thread-safe: versions never change."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kept: OrderedDict[tuple[str, str], KnownVersion] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, caller: Caller, reference: str) -> KnownVersion:
        """Return a version. Raises NotFoundError, DamagedError."""
        key = (caller.project, reference)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        version = self._registry.get(caller, reference)
        found = KnownVersion(version, self._registry.load_package(version), self._registry.load_report(version))
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found
