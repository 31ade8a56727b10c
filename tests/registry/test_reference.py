"""The reference in a model package: what a model learnt from, how much that varied, and what it answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.small_project import ANN, release, write_project
from tidemill.core import DamagedError
from tidemill.data import CategoryProfile, NumberProfile
from tidemill.features import TrainingSet
from tidemill.models import Predictor, load_predictor
from tidemill.registry import Reference, build_reference, reference_of


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    folder = tmp_path_factory.mktemp("reference")
    write_project(folder)
    workspace, _ = release(folder)
    return load_predictor(workspace.registry.load_package(workspace.registry.get(ANN, "late/1")))


def rows(days: int, per_day: int = 50, swing: float = 0.0) -> TrainingSet:
    """Parcels whose weight moves by `swing` from week to week."""
    random, start = np.random.default_rng(2), datetime(2012, 12, 31, tzinfo=UTC)
    n = days * per_day
    at = [start + index * timedelta(days=1) / per_day for index in range(n)]
    week = np.array([(each - start).days // 7 for each in at])
    frame = pl.DataFrame(
        {
            "parcel_id": [f"p{index}" for index in range(n)],
            "sent_at": at,
            "depot": random.choice(list("ABC"), n),
            "weight": random.uniform(0, 20, n) + swing * (week % 2),
            "n_sent": random.poisson(10, n).astype(float),
            "late": [None if index % 10 == 0 else bool(index % 3) for index in range(n)],
        }
    )
    return TrainingSet(frame, "parcel_id", "sent_at", "late", ("depot", "weight", "n_sent"))


def test_a_released_package_holds_its_reference(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, released = release(tmp_path)
    package = workspace.registry.load_package(workspace.registry.get(ANN, "late/1"))
    reference = reference_of(package)
    assert reference is not None
    assert set(reference.inputs.columns) == {"depot", "n_sent", "weight"}
    assert isinstance(reference.inputs.columns["depot"], CategoryProfile)
    assert isinstance(reference.inputs.columns["weight"], NumberProfile)
    assert reference.answers.n == len(released.run.result.holdout)
    assert 0.2 < reference.label_mean < 0.6
    assert Reference.from_json(reference.to_json()) == reference
    snapshot = workspace.home / "serving" / "default" / "late" / "models"
    assert list(snapshot.rglob("reference.json"))


def test_it_is_of_the_labelled_rows(predictor: Predictor) -> None:
    reference = build_reference(predictor, rows(28), rows(14))
    assert reference.inputs.n == 28 * 50 * 9 // 10
    assert reference.answers.n == 14 * 50


def test_a_column_that_always_swings_has_a_large_usual_psi(predictor: Predictor) -> None:
    steady, swinging = (build_reference(predictor, rows(35, swing=swing), rows(14)) for swing in (0.0, 10.0))
    assert steady.usual_psi["weight"] is not None
    assert swinging.usual_psi["weight"] is not None
    assert steady.usual_psi["weight"] < 0.2
    assert swinging.usual_psi["weight"] > 0.5


def test_weeks_that_are_cut_off_or_empty_do_not_count(predictor: Predictor) -> None:
    reference = build_reference(predictor, rows(12), rows(14, per_day=10))
    assert reference.usual_psi == {"depot": None, "n_sent": None, "weight": None}
    assert reference.usual_answer_psi is None
    assert build_reference(predictor, rows(14), rows(14)).usual_answer_psi is not None


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b'{"format": 2}', b'{"format": 1, "answers": {"kind": "number"}}']
)
def test_other_bytes_are_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError, match="reference"):
        Reference.from_json(data)
