"""The parity gate's rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tidemill.core import DamagedError
from tidemill.models.parity import ParityReport, ParityRows, check_parity

N = 2_000


def rows(part: str, n: int = N) -> ParityRows:
    return ParityRows(part, np.linspace(0.1, 0.9, n).reshape(n, 1), [f"row {i}" for i in range(n)])


def native(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return matrix[:, 0].astype(np.float32).astype(np.float64)


def wrong_by(difference: float, n_rows: int) -> ParityReport:
    """Compare with a model that is wrong by so much on so many rows, whatever batch they come in."""
    edge = float(native(rows("held_out").matrix)[n_rows - 1]) if n_rows else 0.0

    def compiled(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        values = native(matrix)
        return values + difference * (values <= edge)

    return check_parity(native, compiled, [rows("held_out"), rows("edge")], "binary")


def test_equal_models_pass() -> None:
    report = wrong_by(0.0, 0)
    assert report.passed
    assert report.batch_identical
    assert report.worst == ()
    assert report.parts["held_out"].n == N


@pytest.mark.parametrize(
    ("difference", "n_rows", "passed"),
    [
        (9e-6, N, True),  # inside the tolerance everywhere
        (1e-4, 2, True),  # outside on one row of a thousand
        (1e-4, 3, False),
        (0.009, 1, True),
        (0.011, 1, False),  # nothing may be this far off
    ],
)
def test_the_rule(difference: float, n_rows: int, passed: bool) -> None:
    report = wrong_by(difference, n_rows)
    assert report.passed is passed
    if not passed:
        assert report.worst[0].native is not None
        assert report.worst[0].compiled == pytest.approx(report.worst[0].native + difference)


def test_a_number_against_no_number_is_far_off() -> None:
    def compiled(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(native(matrix) > 0.899, np.nan, native(matrix))

    report = check_parity(native, compiled, [rows("held_out"), rows("edge")], "binary")
    assert not report.passed
    assert report.worst[0].compiled is None


def test_answers_that_depend_on_the_batch_are_noticed() -> None:
    def compiled(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return native(matrix) + 1e-12 * len(matrix)

    report = check_parity(native, compiled, [rows("held_out"), rows("edge")], "regression")
    assert report.passed
    assert not report.batch_identical


@given(st.floats(1e-3, 1e9), st.floats(-5e-6, 5e-6))
def test_a_regression_is_judged_relative_to_its_size(scale: float, error: float) -> None:
    def scaled(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return native(matrix) * scale

    def compiled(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return scaled(matrix) * (1 + error)

    assert check_parity(scaled, compiled, [rows("held_out", 50)], "regression").passed


def test_a_report_is_read_back() -> None:
    report = wrong_by(0.02, 3)
    assert ParityReport.from_json(report.to_json()) == report
    with pytest.raises(DamagedError, match=r"parity\.json"):
        ParityReport.from_json(b"[]")
