"""Collecting evidence that takes running the model: latency, tests of the project; and keeping its documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from tidemill.access import Caller
from tidemill.deployment.contender import Contender
from tidemill.evaluation import (
    Collected,
    GateRule,
    Latency,
    ModelTest,
    ModelTestResult,
    Rule,
    measure_latency,
    run_model_tests,
)
from tidemill.models import load_predictor, predict_frame
from tidemill.registry import EvidenceRecords

_TEST_ROWS = 1000
_LARGEST_DOCUMENT = 20 * 2**20


def measured(contender: Contender) -> Latency:
    """Measure how long an answer takes, on rows of the holdout. Raises EvaluationError, UsageError without any."""
    predictor = load_predictor(contender.package)
    rows = _rows(contender)
    about = f"{len(rows):,} rows of its holdout, one at a time, in process"
    return measure_latency(lambda row: predict_frame(predictor, row), rows, predictor.runtime, about)


def tested(contender: Contender, tests: Sequence[ModelTest]) -> tuple[ModelTestResult, ...]:
    """Run tests of the project on a model."""
    predictor = load_predictor(contender.package)
    return run_model_tests(tests, lambda rows: predict_frame(predictor, rows), _rows(contender))


def collect(
    caller: Caller,
    contender: Contender,
    rules: Iterable[Rule],
    of: tuple[Sequence[ModelTest], Path | None],
    records: EvidenceRecords,
) -> None:
    """Collect and record what rules ask for, can be had here and is not there yet; tests are always run again.

    of: the project's tests, and its folder, in which documents are looked for. A model that does not pass its trial is
    not run.
    """
    tests, folder = of
    kinds = {rule.kind: rule for rule in rules if isinstance(rule, GateRule)}
    digest, found = contender.package.digest, list[Collected]()
    if contender.loads and contender.loads[0]:
        known = {each.kind for each in records.of(caller, digest)}
        if "latency_at_most" in kinds and "latency" not in known:
            found.append(measured(contender))
        if "model_tests" in kinds and tests:
            found += tested(contender, tests)
    records.record(caller, digest, found)
    for rule in rules:
        if isinstance(rule, GateRule) and rule.kind == "documents" and folder is not None:
            for name in rule.names:
                content = _document(folder, name)
                if content is not None:
                    records.attach(caller, digest, name, content)


def _rows(contender: Contender) -> pl.DataFrame:
    if contender.holdout is None:
        return pl.DataFrame()
    rows = contender.holdout.x
    return rows.gather_every(-(-len(rows) // _TEST_ROWS)) if len(rows) > _TEST_ROWS else rows


def _document(folder: Path, name: str) -> bytes | None:
    """Return a file of the project's folder; None for what is none, is outside, or is larger than 20 MiB."""
    path = (folder / name).resolve()
    try:
        if not path.is_relative_to(folder.resolve()) or not path.is_file() or path.stat().st_size > _LARGEST_DOCUMENT:
            return None
        return path.read_bytes()
    except OSError:
        return None
