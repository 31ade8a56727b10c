"""What a project may declare to be watched."""

from __future__ import annotations

from typing import Any

import pytest

from tidemill.core import UsageError
from tidemill.monitoring import drift, performance


@pytest.mark.parametrize("name", ["min_columns", "min_rows"])
@pytest.mark.parametrize("value", [1.5, 2.0, 0, -1, True, "3", None])
def test_counts_of_drift_are_whole_numbers(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=rf"a monitor's {name} is .*; it must be a whole number, 1 or more"):
        drift(**{name: value})


@pytest.mark.parametrize("value", [1.5, 0, True, float("nan")])
def test_the_count_of_labels_is_a_whole_number(value: Any) -> None:
    with pytest.raises(UsageError, match=r"a monitor's min_labelled is .*; it must be a whole number"):
        performance("auc", label_delay="1d", min_labelled=value)


@pytest.mark.parametrize("value", [0, -0.1, True, "0.2", None, float("inf")])
def test_the_limit_of_drift_is_a_number_above_0(value: Any) -> None:
    with pytest.raises(UsageError, match=r"a monitor's psi is .*; it must be a number above 0"):
        drift(value)


@pytest.mark.parametrize("window", ["0d", "1s", "59s"])
def test_a_window_is_a_minute_or_longer(window: str) -> None:
    for declare in (lambda: drift(window=window), lambda: performance("auc", label_delay="1d", window=window)):
        with pytest.raises(UsageError, match=rf"a monitor's window is '{window}'; give '1m' or longer"):
            declare()
    assert drift(window="1m").window == performance("auc", label_delay="0s", window="60s").window
