"""The parity gate: does the compiled model answer as the native one does?

The native model sees float64, as in training; the compiled one float32, as in serving. A row agrees when the
difference is at most 1e-5 of a probability or, for a regression, 1e-5 relative (1e-6 of the target's range near
zero). The gate passes when 99.9 % of held-out rows and 99 % of edge rows agree and no row differs by more than a
thousand times that (0.01 of a probability). Good exports sit below 1e-6, wrong ones above 0.01.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.core import DamagedError, canonical_json
from tidemill.models.signature import Task

Score = Callable[[NDArray[Any]], NDArray[np.float64]]
TOLERANCE = 1e-5
NEAR_ZERO = 1e-6
CEILING = 1000.0  # in tolerances: 0.01 of a probability
SHARES = {"held_out": 0.999, "edge": 0.99}
N_WORST = 5
N_SINGLE = 300


@dataclass(frozen=True)
class ParityRows:
    """The rows of one part of the comparison: float64 of shape (n, f), and what each row is."""

    part: str
    matrix: NDArray[np.float64]
    what: Sequence[str]


@dataclass(frozen=True)
class ParityPart:
    """One part's outcome: rows compared, rows that agree, and the largest difference."""

    n: int
    n_agree: int
    max_difference: float


@dataclass(frozen=True)
class WorstRow:
    """One of the rows that differ most."""

    part: str
    what: str
    native: float | None
    compiled: float | None


@dataclass(frozen=True)
class ParityReport:
    """Whether the compiled model may answer, and on what evidence.

    batch_identical: whether a row's answer has the same bytes alone and in batches of several sizes.
    """

    passed: bool
    reason: str
    batch_identical: bool = False
    parts: dict[str, ParityPart] = field(default_factory=dict)
    worst: tuple[WorstRow, ...] = ()

    def to_json(self) -> bytes:
        """Write the report as canonical JSON."""
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, data: bytes) -> ParityReport:
        """Read what `to_json` wrote. Raises DamagedError when it is something else."""
        try:
            record = json.loads(data)
            parts = {name: ParityPart(**part) for name, part in record.pop("parts").items()}
            worst = tuple(WorstRow(**row) for row in record.pop("worst"))
            return cls(parts=parts, worst=worst, **record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedError(
                f"parity.json is not a parity report ({type(error).__name__}: {error}): "
                f"restore the model package from its source or package the model again."
            ) from error


def check_parity(native: Score, compiled: Score, parts: Sequence[ParityRows], task: Task) -> ParityReport:
    """Compare a compiled model with its native form on the given parts (``held_out`` and ``edge``)."""
    outcomes: dict[str, ParityPart] = {}
    worst: list[tuple[float, WorstRow]] = []
    failures: list[str] = []
    for rows in parts:
        expected, got = native(rows.matrix), compiled(rows.matrix)
        errors = _errors(expected, got, task)
        outcome = _outcome(expected, got, errors)
        outcomes[rows.part] = outcome
        failures += _failures(rows.part, outcome, errors)
        if (errors > 1).any():
            worst += _worst(rows, expected, got, errors)
    worst.sort(key=lambda pair: -pair[0])
    return ParityReport(
        passed=not failures,
        reason="; ".join(failures) or "the compiled model answers as the native one",
        batch_identical=_batch_identical(compiled, parts[0].matrix),
        parts=outcomes,
        worst=tuple(row for _, row in worst[:N_WORST]),
    )


def _errors(expected: NDArray[Any], got: NDArray[Any], task: Task) -> NDArray[np.float64]:
    """Differences in tolerances; infinite where only one of the two is a number."""
    if not len(expected):
        return np.zeros(0)
    finite = np.isfinite(expected)
    tolerance = np.full(len(expected), TOLERANCE)
    if task == "regression":
        span = float(np.ptp(expected[finite])) if finite.any() else 0.0
        tolerance = np.maximum(TOLERANCE * np.abs(np.where(finite, expected, 0.0)), NEAR_ZERO * span)
        tolerance = np.maximum(tolerance, np.finfo(np.float32).tiny)
    with np.errstate(invalid="ignore"):
        errors = np.abs(expected - got) / tolerance
    same = (expected == got) | (np.isnan(expected) & np.isnan(got))
    return np.where(same, 0.0, np.where(np.isfinite(errors), errors, np.inf))


def _outcome(expected: NDArray[Any], got: NDArray[Any], errors: NDArray[Any]) -> ParityPart:
    with np.errstate(invalid="ignore"):
        differences = np.abs(expected - got)
    finite = differences[np.isfinite(differences)]
    largest = float(finite.max()) if len(finite) else 0.0
    return ParityPart(n=len(errors), n_agree=int((errors <= 1).sum()), max_difference=largest)


def _failures(part: str, outcome: ParityPart, errors: NDArray[Any]) -> list[str]:
    failures = []
    name = part.replace("_", "-")
    if outcome.n_agree < SHARES[part] * outcome.n:
        failures.append(
            f"{outcome.n - outcome.n_agree} of {outcome.n} {name} rows differ (at most {1 - SHARES[part]:.1%})"
        )
    n_far = int((errors > CEILING).sum())
    if n_far:
        failures.append(f"{n_far} {name} rows differ by more than {CEILING * TOLERANCE:g} (none may)")
    return failures


def _worst(
    rows: ParityRows, expected: NDArray[Any], got: NDArray[Any], errors: NDArray[Any]
) -> list[tuple[float, WorstRow]]:
    order = np.argsort(-errors, kind="stable")[:N_WORST]
    return [
        (float(errors[i]), WorstRow(rows.part, rows.what[i], _finite(expected[i]), _finite(got[i])))
        for i in order
        if errors[i] > 1
    ]


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _batch_identical(compiled: Score, matrix: NDArray[np.float64]) -> bool:
    """Compare bytes of single rows, small batches and one whole batch, on up to 300 rows."""
    rows = np.ascontiguousarray(matrix[:: max(1, len(matrix) // N_SINGLE)][:N_SINGLE])
    whole = compiled(rows).tobytes()
    for size in (1, 7, 64):
        pieces = [compiled(rows[i : i + size]).tobytes() for i in range(0, len(rows), size)]
        if b"".join(pieces) != whole:
            return False
    return True
