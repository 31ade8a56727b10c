"""Rules on evidence beside the report: groups of people, latency, the compiled form, data, tests, documents, own rules.

Source of the fairness rules: M. Hardt, E. Price, N. Srebro, "Equality of opportunity in supervised learning", 2016 (the
gaps in true and false positive rates); 29 CFR 1607.4(D), Uniform Guidelines on Employee Selection Procedures, 1978 (the
four-fifths rule).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tidemill.core import UsageError, did_you_mean
from tidemill.evaluation.evidence import QUANTILES, Evidence
from tidemill.evaluation.gate_rule import Bound, GateRule

#: What groups can be compared by: shares of rows, each with Wilson's interval.
SHARES = ("selection_rate", "recall", "false_positive_rate", "precision", "accuracy", "base_rate")
FOUR_FIFTHS = 0.8


@dataclass(frozen=True)
class CustomRule:
    """A rule of the project's own: a plain function of `Evidence` that returns whether it holds, and a sentence."""

    name: str
    function: Callable[[Evidence], tuple[bool, str]]

    def to_json(self) -> dict[str, Any]:
        """Return what can be written down of it: its name."""
        return self.written().to_json()

    def written(self) -> GateRule:
        """Return the rule as records hold it."""
        return GateRule("custom", self.name, 0.0)


Rule = GateRule | CustomRule


def as_rule(given: Any) -> Rule:
    """Return a rule as it is declared; a plain function becomes a `CustomRule`. Raises UsageError for what is none.

    >>> as_rule(lambda evidence: (True, "it does")).name
    '<lambda>'
    """
    if isinstance(given, GateRule | CustomRule):
        return given
    name = str(getattr(given, "__name__", ""))
    if callable(given) and name:
        return CustomRule(name, given)
    raise UsageError(
        f"a gate is given {given!r} as a rule; give one as at_least('auc', 0.7), or a function of the evidence that "
        "returns whether it holds and a sentence"
    )


def group_gap_at_most(column: str, metric: str, limit: float, min_rows: int = 100, on: Bound = "value") -> GateRule:
    """Ask that no two groups by `column`, of at least `min_rows` rows each, differ by more than `limit` in a share.

    metric: ``selection_rate`` (who is predicted positive), ``recall`` (true positive rate), ``false_positive_rate``,
    ``precision``, ``accuracy`` or ``base_rate``. With ``on="high"`` the interval of the largest gap must lie below the
    limit ("proved"), with ``on="low"`` only its lower end ("not disproved"). Raises UsageError for another metric.

    >>> group_gap_at_most("sex", "selection_rate", 0.1).kind
    'group_gap_at_most'
    """
    if metric not in SHARES:
        raise UsageError(
            f"groups cannot be compared by {metric!r}.{did_you_mean(metric, SHARES)} Allowed: {', '.join(SHARES)}"
        )
    return GateRule("group_gap_at_most", metric, limit, on, column, min_rows)


def four_fifths(column: str, min_rows: int = 100, on: Bound = "value") -> GateRule:
    """Ask that the group predicted positive least often is so at least 4/5 as often as the group that is most often.

    With ``on="low"`` the lower end of the ratio's interval must be 0.8 or more.

    Source: 29 CFR 1607.4(D). It tells of evidence of adverse impact, not of discrimination, and is no legal advice.
    """
    return GateRule("four_fifths", "selection_rate", FOUR_FIFTHS, on, column, min_rows)


def latency_at_most(limit_ms: float, quantile: str = "p99", on: Bound = "value") -> GateRule:
    """Ask that a quantile (p50, p90, p99) of the measured time of one answer is at most `limit_ms` milliseconds.

    The time is measured before the gate, on rows and a machine that the evidence names. Raises UsageError.
    """
    if quantile not in QUANTILES:
        raise UsageError(
            f"latency has no quantile {quantile!r}.{did_you_mean(quantile, QUANTILES)} Allowed: {', '.join(QUANTILES)}"
        )
    return GateRule("latency_at_most", f"latency_{quantile}_ms", limit_ms, on)


def parity() -> GateRule:
    """Ask that the model is served in a compiled form that was shown to answer as the one that was trained."""
    return GateRule("parity", "parity", 0.0)


def data_checks() -> GateRule:
    """Ask that every dataset version that was read has checks, and that no row breaks one."""
    return GateRule("data_checks", "data_checks", 0.0)


def model_tests(*names: str, most_failing: float = 0.0) -> GateRule:
    """Ask that tests of the model (`model_test`) have passed: those of these names, else all that were run.

    most_failing: the share of a test's cases that may fail, 0 to 1. Raises UsageError.
    """
    if not 0 <= most_failing < 1:
        raise UsageError(f"the share of cases that may fail is {most_failing!r}; give 0 or more and less than 1")
    return GateRule("model_tests", "model_tests", most_failing, names=_texts("test", names))


def documents(*names: str) -> GateRule:
    """Ask that documents of these names, as ``MODEL_CARD.md``, are there and not empty. Raises UsageError."""
    if not names:
        raise UsageError("documents() names none; give the files that must be there, as documents('MODEL_CARD.md')")
    return GateRule("documents", "documents", 0.0, names=_texts("document", names))


def _texts(what: str, names: tuple[object, ...]) -> tuple[str, ...]:
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise UsageError(f"a {what} is asked for by its name, not by {name!r}")
    return tuple(str(name) for name in names)
