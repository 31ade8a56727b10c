"""Monitors: what a project declares to be watched at an endpoint, window by window of event time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from tidemill.core import UsageError, did_you_mean, format_duration, parse_duration
from tidemill.evaluation import METRICS_OF

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Drift:
    """Watches the model's inputs and its answers against the rows it learnt from."""

    kind: ClassVar[str] = "drift"

    psi: float = 0.25
    min_columns: int = 1
    window: timedelta = WEEK
    min_rows: int = 200

    @property
    def name(self) -> str:
        """Return the monitor's name, one of a kind at an endpoint."""
        return self.kind

    @property
    def delay(self) -> timedelta:
        """Return how long after its end a window is waited for: what was asked and answered is known at once."""
        return timedelta(0)

    def to_json(self) -> dict[str, Any]:
        """Return what is declared as JSON values."""
        return {
            "monitor": self.name,
            "window": format_duration(self.window),
            "psi": self.psi,
            "min_columns": self.min_columns,
            "min_rows": self.min_rows,
        }


@dataclass(frozen=True)
class Performance:
    """Watches a metric of the answers whose labels have come."""

    kind: ClassVar[str] = "performance"

    metric: str
    label_delay: timedelta
    window: timedelta = WEEK
    min_labelled: int = 200

    @property
    def name(self) -> str:
        """Return the monitor's name, one of a kind at an endpoint."""
        return self.kind

    @property
    def delay(self) -> timedelta:
        """Return how long after its end a window is waited for."""
        return self.label_delay

    def to_json(self) -> dict[str, Any]:
        """Return what is declared as JSON values."""
        return {
            "monitor": self.name,
            "window": format_duration(self.window),
            "metric": self.metric,
            "label_delay": format_duration(self.label_delay),
            "min_labelled": self.min_labelled,
        }


Monitor = Drift | Performance


def drift(psi: float = 0.25, *, min_columns: int = 1, window: str = "7d", min_rows: int = 200) -> Drift:
    """Declare that inputs and answers are compared with the training rows, window by window.

    psi: the population stability index from which a column counts as drifted; a column whose training rows vary more
        than that from week to week has to vary more than they did. min_columns: how many such columns make a drift.
    window: length of a window of event time. min_rows: a window with fewer rows is not judged.

    Raises UsageError for a limit that is no positive number, a count that is not whole, and a window that is no
    duration or shorter than a minute.
    """
    _positive("psi", psi)
    _count("min_columns", min_columns)
    _count("min_rows", min_rows)
    return Drift(float(psi), min_columns, _window(window), min_rows)


def performance(metric: str, *, label_delay: str, window: str = "7d", min_labelled: int = 200) -> Performance:
    """Declare that a metric of the served answers is measured, window by window, once their labels have come.

    label_delay: how long after a window's end its labels are waited for. min_labelled: with fewer it is not judged.

    Raises UsageError for an unknown metric, a duration that is none, a window shorter than a minute, and a count that
    is not whole.

    >>> performance("auc", label_delay="1d").label_delay
    datetime.timedelta(days=1)
    """
    known = [name for names in METRICS_OF.values() for name in names]
    if metric not in known:
        hint = did_you_mean(str(metric), known)
        raise UsageError(f"a monitor cannot measure {metric!r}.{hint} There is: {', '.join(known)}")
    _count("min_labelled", min_labelled)
    return Performance(metric, parse_duration(label_delay, "a monitor's label_delay"), _window(window), min_labelled)


def _window(text: str) -> timedelta:
    found = parse_duration(text, "a monitor's window")
    if found < timedelta(minutes=1):
        raise UsageError(f"a monitor's window is {text!r}; give '1m' or longer, as '7d'")
    return found


def _positive(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise UsageError(f"a monitor's {name} is {value!r}; it must be a number above 0")


def _count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"a monitor's {name} is {value!r}; it must be a whole number, 1 or more")
