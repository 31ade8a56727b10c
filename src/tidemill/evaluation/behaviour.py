"""Tests of a model: functions of the project whose results are evidence for its gate.

Source: M. T. Ribeiro et al., "Beyond accuracy: behavioral testing of NLP models with CheckList", 2020: minimum
functionality, invariance and directional expectation; here for rows of a table.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.core import UsageError
from tidemill.evaluation.evidence import ModelTestResult

#: From inputs (n, f) to one answer per row.
Answers = Callable[[pl.DataFrame], NDArray[np.float64]]


@dataclass(frozen=True)
class ModelTest:
    """A test by name: a function of the model, and when it takes a second parameter of rows of the holdout's inputs."""

    name: str
    function: Callable[..., Any]

    def __call__(self, *given: Any) -> Any:
        """Run the function as it stands."""
        return self.function(*given)


def model_test(function: Callable[..., Any]) -> ModelTest:
    """Make a function a test of the endpoint's models. It stays a plain function.

    It is given the model, to be called with a frame of inputs for one answer a row, and as second parameter rows of the
    holdout's inputs. It returns what `invariance`, `directional` or `minimum_functionality` return, true or false, or
    nothing; an AssertionError fails it with its words. Raises UsageError for a function of other parameters.

    >>> @model_test
    ... def answers_something(model, rows):
    ...     assert len(model(rows)) == len(rows)
    >>> answers_something.name
    'answers_something'
    """
    if len(inspect.signature(function).parameters) not in {1, 2}:
        raise UsageError(f"the test {function.__name__!r} takes the model, and when it wants them rows: model, rows")
    return ModelTest(function.__name__, function)


def invariance(model: Answers, rows: pl.DataFrame, changed: pl.DataFrame, tolerance: float = 0.0) -> ModelTestResult:
    """Test that answers do not move by more than `tolerance` when rows are changed in what must not matter.

    >>> frame = pl.DataFrame({"x": [1.0, 2.0]})
    >>> invariance(lambda rows: rows["x"].to_numpy(), frame, frame + 1).sentence
    '2 of 2 answers moved by more than 0, the most by 1 (from 1 to 2)'
    """
    before, after = _answers(model, rows, changed)
    moved = np.abs(after - before)
    failed = ~(moved <= tolerance)
    said = f"answers moved by more than {tolerance:g}"
    return _result("invariance", failed, said, f"the most by {_worst(moved, before, after)}", moved)


def directional(
    model: Answers,
    rows: pl.DataFrame,
    changed: pl.DataFrame,
    expect: Literal["up", "down"],
    tolerance: float = 0.0,
) -> ModelTestResult:
    """Test that answers go up, or down, or stay, when rows are changed so; by `tolerance` they may go the other way.

    >>> frame = pl.DataFrame({"x": [1.0, 2.0]})
    >>> directional(lambda rows: rows["x"].to_numpy(), frame, frame + 1, "up").n_failed
    0
    """
    if expect not in {"up", "down"}:
        raise UsageError(f"answers are expected to go {expect!r}; say up or down")
    before, after = _answers(model, rows, changed)
    against = (before - after) if expect == "up" else (after - before)
    failed = ~(against <= tolerance)
    other = "down" if expect == "up" else "up"
    said = f"answers went {other} by more than {tolerance:g} where {expect} is expected"
    return _result("directional", failed, said, f"the most by {_worst(against, before, after)}", against)


def minimum_functionality(
    model: Answers,
    rows: pl.DataFrame | Sequence[Mapping[str, Any]],
    *,
    at_least: float = -np.inf,
    at_most: float = np.inf,
) -> ModelTestResult:
    """Test that the model answers given rows, which everybody would get right, within bounds.

    >>> minimum_functionality(lambda rows: rows["x"].to_numpy(), [{"x": 0.2}, {"x": 0.9}], at_least=0.5).n_failed
    1
    """
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows))
    values = np.asarray(model(frame), dtype=np.float64)
    failed = ~((values >= at_least) & (values <= at_most))
    off = np.maximum(at_least - values, values - at_most)
    bounds = " and ".join(
        each
        for each in (
            f"at least {at_least:g}" if np.isfinite(at_least) else "",
            f"at most {at_most:g}" if np.isfinite(at_most) else "",
        )
        if each
    )
    first = f"the farthest is {values[int(np.argmax(off))]:.3g}" if len(values) else "there are no rows"
    return _result("minimum", failed, f"answers are not {bounds or 'numbers'}", first, off)


def run_model_tests(tests: Sequence[ModelTest], model: Answers, rows: pl.DataFrame) -> tuple[ModelTestResult, ...]:
    """Run tests on a model and return what each found; one that raises has failed."""
    return tuple(_run(test, model, rows) for test in tests)


def _run(test: ModelTest, model: Answers, rows: pl.DataFrame) -> ModelTestResult:
    takes_rows = len(inspect.signature(test.function).parameters) == 2
    try:
        found = test.function(model, rows) if takes_rows else test.function(model)
    except AssertionError as error:
        return ModelTestResult(test.name, "own", 1, 1, " ".join(str(error).split()) or "its assertion does not hold")
    except Exception as error:  # noqa: BLE001 - code of the project; whatever it raises is what it found
        said = f"it raised {type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return ModelTestResult(test.name, "own", 1, 1, said)
    if isinstance(found, ModelTestResult):
        return replace(found, name=test.name)
    passed = found is None or bool(found)
    return ModelTestResult(test.name, "own", 1, 0 if passed else 1, "it holds" if passed else "it does not hold")


def _answers(
    model: Answers, rows: pl.DataFrame, changed: pl.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(rows) != len(changed):
        raise UsageError(f"rows and changed rows are compared one by one: there are {len(rows)} and {len(changed)}")
    return np.asarray(model(rows), dtype=np.float64), np.asarray(model(changed), dtype=np.float64)


def _worst(by: NDArray[np.float64], before: NDArray[np.float64], after: NDArray[np.float64]) -> str:
    if not len(by):
        return "nothing"
    at = int(np.argmax(by))
    return f"{by[at]:.3g} (from {before[at]:.3g} to {after[at]:.3g})"


def _result(kind: str, failed: NDArray[np.bool_], said: str, worst: str, by: NDArray[np.float64]) -> ModelTestResult:
    n, n_failed = len(by), int(failed.sum())
    sentence = f"{n_failed:,} of {n:,} {said}, {worst}" if n else "there were no rows to test on"
    if n and not n_failed:
        sentence = f"0 of {n:,} {said}"
    return ModelTestResult("", kind, n, n_failed, sentence)
