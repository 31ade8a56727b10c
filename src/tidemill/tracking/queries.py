"""What runs are searched by: typed conditions, an order, a page; and a short text form of the conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from tidemill.core import UsageError, did_you_mean
from tidemill.tracking.runs import RunDetail

Of = Literal["metrics", "params", "tags", "run"]
Operator = Literal["=", "!=", "<", "<=", ">", ">="]

ATTRIBUTES = ("id", "name", "status", "experiment", "created_by", "started_at", "ended_at")
MOST_CONDITIONS = 100
LONGEST_TEXT = 4096
LARGEST_PAGE = 1000
_KEY = r"(?:[\w./-]+|`[^`]+`|\"[^\"]+\")"
_CONDITION = re.compile(
    rf"\s*(?P<of>\w+)\s*\.\s*(?P<key>{_KEY})\s*(?P<operator>!=|<=|>=|=|<|>)\s*"
    r"(?P<value>'[^']*'|\"[^\"]*\"|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*"
)
_AND = re.compile(r"and\b", re.IGNORECASE)
_ORDER = re.compile(rf"\s*(?P<of>\w+)\s*\.\s*(?P<key>{_KEY})(?:\s+(?P<way>asc|desc))?\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a run must be: the last value of a metric, a param, a tag, or an attribute of its own.

    Metrics are compared with numbers, all others with text. A run without the key fulfils no condition on it.

    Raises UsageError for what cannot be asked.
    """

    of: Of
    key: str
    operator: Operator
    value: float | str

    def __post_init__(self) -> None:
        _check_of(self.of, self.key)
        if self.operator not in get_args(Operator):
            raise UsageError(f"{self.operator!r} compares nothing; use one of {' '.join(get_args(Operator))}")
        if self.of == "metrics" and isinstance(self.value, str):
            raise UsageError(f"metrics.{self.key} is compared with a number, not with the text {self.value!r}")
        if self.of == "metrics" and isinstance(self.value, bool):
            raise UsageError(f"metrics.{self.key} is compared with a number, not with {self.value}")
        if self.of != "metrics" and not isinstance(self.value, str):
            before = "" if self.operator in {"=", "!="} else ", where '10' comes before '9'"
            raise UsageError(f"{self.of}.{self.key} is compared with text: write '{self.value:g}'{before}")


@dataclass(frozen=True, slots=True)
class RunOrder:
    """By the last value of a metric, runs without it at the end; ties by age, in the same direction."""

    metric: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs: those that fulfil all conditions, ordered by a metric or else newest first, a page of them.

    experiments: of these only, unless empty. after: the `next` of the page before.

    Raises UsageError for a page or a number of conditions that is too large.
    """

    where: tuple[Condition, ...] = ()
    order_by: RunOrder | None = None
    experiments: tuple[str, ...] = ()
    limit: int = 100
    after: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.limit <= LARGEST_PAGE:
            raise UsageError(f"a page of {self.limit} runs; use 1 to {LARGEST_PAGE}")
        if len(self.where) > MOST_CONDITIONS:
            raise UsageError(f"{len(self.where)} conditions; use {MOST_CONDITIONS} at most")


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some of the runs that were asked for; `next` asks for those after them, None when there are no more."""

    runs: list[RunDetail]
    next: str | None


def parse_where(text: str) -> tuple[Condition, ...]:
    """Return the conditions of a text. Raises UsageError where it cannot be read.

    >>> parse_where("metrics.auc > 0.7 and params.depth = '3'")[0]
    Condition(of='metrics', key='auc', operator='>', value=0.7)
    """
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"a filter of {len(text)} characters; use {LONGEST_TEXT} at most")
    conditions, at = [], 0
    while True:
        found = _CONDITION.match(text, at)
        if found is None:
            raise UsageError(
                f"cannot read the filter at {text[at : at + 40]!r}; write conditions such as metrics.auc > 0.7, "
                "params.depth = '3', tags.team = 'a' or run.status = 'finished', joined by 'and'"
            )
        conditions.append(_condition(found))
        at = found.end()
        if at == len(text):
            return tuple(conditions)
        joined = _AND.match(text, at)
        if joined is None:
            raise UsageError(f"cannot read the filter at {text[at : at + 40]!r}; conditions are joined by 'and'")
        at = joined.end()


def parse_order(text: str) -> RunOrder:
    """Return the order of a text. Raises UsageError where it cannot be read.

    >>> parse_order("metrics.auc desc")
    RunOrder(metric='auc', descending=True)
    """
    found = _ORDER.match(text)
    if found is None or found["of"] != "metrics":
        raise UsageError(f"runs are ordered by a metric, as in 'metrics.auc desc', not by {text[:80]!r}")
    return RunOrder(_bare(found["key"]), (found["way"] or "asc").lower() == "desc")


def _condition(found: re.Match[str]) -> Condition:
    of, operator, value = found["of"], found["operator"], found["value"]
    known = get_args(Of)
    if of not in known:
        raise UsageError(f"{of!r} is not what runs have; use {', '.join(known)}.{did_you_mean(of, known)}")
    plain = value[1:-1] if value[0] in "'\"" else float(value)
    return Condition(of, _bare(found["key"]), operator, plain)  # type: ignore[arg-type] # both are checked


def _bare(key: str) -> str:
    return key[1:-1] if key[0] in '`"' else key


def _check_of(of: str, key: str) -> None:
    if of not in get_args(Of):
        raise UsageError(f"{of!r} is not what runs have; use {', '.join(get_args(Of))}")
    if of == "run" and key not in ATTRIBUTES:
        raise UsageError(f"runs have no {key!r}; use one of {', '.join(ATTRIBUTES)}.{did_you_mean(key, ATTRIBUTES)}")
