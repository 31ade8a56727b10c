"""Gate rules: what must hold of a report before a model may go on. Plain values, declared with an endpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tidemill.core import DamagedError, UsageError, did_you_mean, parse_duration
from tidemill.evaluation.judged_rows import ROWS, Rows

Kind = Literal[
    "at_least",
    "at_most",
    "slice_at_least",
    "no_worse_than",
    "group_gap_at_most",
    "four_fifths",
    "latency_at_most",
    "parity",
    "data_checks",
    "model_tests",
    "documents",
    "custom",
    "loads",
]
Bound = Literal["value", "low", "high"]
BOUNDS = ("value", "low", "high")


@dataclass(frozen=True)
class GateRule:
    """One rule. Make it with `at_least`, `at_most`, `slice_at_least` or `no_worse_than`.

    limit: for ``no_worse_than`` the margin. on: which end of the interval is held against the limit.
    column, min_rows: of a rule on slices or groups. against, rows, window: of a ``no_worse_than``, the alias and which
    rows. names: of the tests or documents that it asks for.
    The kind ``loads`` is nobody's to declare: every candidate must load and answer before it is registered. Of a rule
    of the project's own, ``custom``, only the name is written down.
    """

    kind: Kind
    metric: str
    limit: float
    on: Bound = "value"
    column: str = ""
    min_rows: int = 0
    against: str = ""
    rows: Rows = "holdout"
    window: str = ""
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.on not in BOUNDS:
            raise UsageError(
                f"A gate cannot judge {self.metric!r} on {self.on!r}.{did_you_mean(self.on, BOUNDS)} "
                f"Allowed: {', '.join(BOUNDS)}."
            )
        if self.rows not in ROWS:
            raise UsageError(
                f"A gate cannot judge {self.metric!r} on the rows {self.rows!r}.{did_you_mean(self.rows, ROWS)} "
                f"Allowed: {', '.join(ROWS)}."
            )
        if self.window and not parse_duration(self.window, "A gate's window"):
            raise UsageError(f"A gate's window is {self.window!r}; it must be longer than nothing, as '14d'.")
        if type(self.limit) not in {int, float} or not math.isfinite(self.limit):
            raise UsageError(f"A gate's limit for {self.metric!r} is a finite number, not {self.limit!r}.")

    def to_json(self) -> dict[str, Any]:
        """Return the rule as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> GateRule:
        """Read what `to_json` gave. Raises DamagedError when it is something else."""
        try:
            return cls(**{**record, "names": tuple(record.get("names", ()))})
        except (TypeError, UsageError) as error:
            raise DamagedError(f"This is not a gate rule ({error}): declare the gate again.") from error


def at_least(metric: str, limit: float, on: Bound = "value") -> GateRule:
    """Ask that a metric is `limit` or more; with ``on="low"``, that its interval's lower end is.

    >>> at_least("auc", 0.65).kind
    'at_least'
    """
    return GateRule("at_least", metric, limit, on)


def at_most(metric: str, limit: float, on: Bound = "value") -> GateRule:
    """Ask that a metric is `limit` or less; with ``on="high"``, that its interval's upper end is."""
    return GateRule("at_most", metric, limit, on)


def slice_at_least(column: str, metric: str, limit: float, min_rows: int = 100, on: Bound = "value") -> GateRule:
    """Ask that a metric is `limit` or more on every slice by `column` of at least `min_rows` rows."""
    return GateRule("slice_at_least", metric, limit, on, column, min_rows)


def no_worse_than(  # noqa: PLR0913, PLR0917 - words that read as a sentence
    against: str,
    metric: str = "auc",
    margin: float = 0.0,
    on: Bound = "value",
    rows: Rows = "holdout",
    window: str = "14d",
) -> GateRule:
    """Ask that a metric is at most `margin` worse than that of the model with the alias `against`.

    With ``on="low"`` the interval of the difference must prove it; with ``on="high"`` it must not disprove it.
    (Low is the worse end whichever way the metric runs.) Passes when there is no such model yet.

    rows: where the two meet, always on the very same rows. ``holdout``: those that the candidate was evaluated on.
        ``latest_labelled``: the last `window` of what the endpoint has answered and labels have come for since, with
        the inputs as they were served, of which neither model has learnt; the holdout while those are too few.

    Raises UsageError.
    """
    return GateRule(
        "no_worse_than",
        metric,
        margin,
        on,
        against=against,
        rows=rows,
        window=window if rows == "latest_labelled" else "",
    )
