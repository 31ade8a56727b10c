"""Triggers: what a project declares to ask for a retraining, by the calendar or by what a window showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidemill.core import UsageError, format_duration, parse_duration
from tidemill.evaluation import HIGHER_IS_BETTER
from tidemill.loop.schedule import last_due, next_due
from tidemill.loop.window_fact import WindowFact


@dataclass(frozen=True)
class Every:
    """Asks at even distances of event time, counted from the endpoint's first deployment."""

    period: timedelta

    @property
    def name(self) -> str:
        """Return the trigger's name."""
        return "schedule"

    @property
    def monitor(self) -> str:
        """Return the monitor whose windows it reads: none."""
        return ""

    def describe(self) -> str:
        """Say it in words."""
        return f"every {format_duration(self.period)}"

    def last_due(self, anchor: datetime, after: datetime, until: datetime) -> datetime | None:
        """Return the last due time later than `after` and not later than `until`, or None."""
        return last_due(anchor, self.period, after, until)

    def next_due(self, anchor: datetime, after: datetime) -> datetime:
        """Return the first due time later than `after`."""
        return next_due(anchor, self.period, after)


@dataclass(frozen=True)
class OnDrift:
    """Asks when so many windows in a row have drifted, all answered by the version that serves."""

    min_windows: int = 1

    @property
    def name(self) -> str:
        """Return the trigger's name."""
        return "drift"

    @property
    def monitor(self) -> str:
        """Return the monitor whose windows it reads."""
        return "drift"

    @property
    def n_windows(self) -> int:
        """Return how many windows in a row it looks at."""
        return self.min_windows

    def describe(self) -> str:
        """Say it in words."""
        return "on drift" if self.min_windows == 1 else f"on drift in {self.min_windows} windows in a row"

    def asks(self, window: WindowFact, earlier: Sequence[WindowFact], champion: str) -> str:
        """Return why this window asks for a retraining, or nothing. earlier: the monitor's windows before it."""
        before = {each.ends_at: each for each in earlier}
        current: WindowFact | None = window
        for _ in range(self.min_windows):
            if current is None or current.verdict != "drifted" or not current.counts_against(champion):
                return ""
            current = before.get(current.starts_at)
        in_a_row = f", the window {self.min_windows} in a row" if self.min_windows > 1 else ""
        return f"{_what_drifted(window)} in {window.days}{in_a_row}"


@dataclass(frozen=True)
class OnDrop:
    """Asks when the metric of the served answers is so much worse than on the version's holdout, beyond chance."""

    by: float

    @property
    def name(self) -> str:
        """Return the trigger's name."""
        return "drop"

    @property
    def monitor(self) -> str:
        """Return the monitor whose windows it reads."""
        return "performance"

    @property
    def n_windows(self) -> int:
        """Return how many windows in a row it looks at."""
        return 1

    def describe(self) -> str:
        """Say it in words."""
        return f"on a drop of {self.by:g}"

    def asks(self, window: WindowFact, _earlier: Sequence[WindowFact], champion: str) -> str:
        """Return why this window asks for a retraining, or nothing.

        The whole interval has to lie on the worse side of the reference, and the value `by` or more from it.
        """
        found = window.measured
        if window.verdict != "measured" or found is None or not window.counts_against(champion):
            return ""
        higher = HIGHER_IS_BETTER.get(found.metric, True)
        lost = found.reference - found.value if higher else found.value - found.reference
        beyond_chance = found.high < found.reference if higher else found.low > found.reference
        # The reference, the value and the limit are decimals that people write: a drop of .03 is one of .03.
        if not beyond_chance or round(lost - self.by, 12) < 0:
            return ""
        return (
            f"{found.metric} {found.value:.3f} ({found.low:.3f} to {found.high:.3f}) on {found.n:,} labelled rows of "
            f"{window.days} is {lost:.3f} worse than the {found.reference:.3f} of {champion} on its holdout"
        )


WindowTrigger = OnDrift | OnDrop


def every(period: str) -> Every:
    """Declare a retraining at even distances of event time, such as ``every("28d")``.

    They are counted from the endpoint's first deployment. After a downtime only the last one that was missed is made
    up for; another period does not ask for what would have been due in the past.

    Raises UsageError for a period that is no duration, or shorter than a minute.

    >>> every("28d").describe()
    'every 28d'
    """
    found = parse_duration(period, "a retraining's period")
    if found < timedelta(minutes=1):
        raise UsageError(f"a retraining every {period!r} is more than can be done; give '1m' or longer, as '28d'")
    return Every(found)


def on_drift(min_windows: int = 1) -> OnDrift:
    """Declare a retraining when the drift monitor finds drift in so many windows in a row.

    Only windows that the serving version answered from beginning to end count.

    Raises UsageError for a number below 1.

    >>> on_drift(2).describe()
    'on drift in 2 windows in a row'
    """
    if type(min_windows) is not int or not 1 <= min_windows <= 100:
        raise UsageError(f"on_drift is given min_windows={min_windows!r}; give a whole number from 1 to 100")
    return OnDrift(min_windows)


def on_drop(by: float = 0.03) -> OnDrop:
    """Declare a retraining when the performance monitor's metric has fallen by so much.

    by: how much worse the metric is than the serving version's own on its holdout. The whole 95 % interval has to be
        worse too, so that few rows do not alarm.

    Raises UsageError for what is no number above 0.

    >>> on_drop(0.03).describe()
    'on a drop of 0.03'
    """
    if type(by) not in {int, float} or not 0 < by < float("inf"):
        raise UsageError(f"on_drop is given by={by!r}; give how much worse the metric may become, as 0.03")
    return OnDrop(float(by))


def _what_drifted(window: WindowFact) -> str:
    if window.column is None or window.psi is None:
        return "inputs drifted"
    more = (window.n_drifted or 1) - 1
    also = f" and {more} more" if more else ""
    return f"{window.column}{also} drifted (psi {window.psi:.2f})"
