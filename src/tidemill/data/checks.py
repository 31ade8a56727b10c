"""Checks: what must hold for every row before data becomes a dataset version.

A null passes every check but `not_null`, as in SQL: absence is a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tidemill.core import UsageError, did_you_mean, digest_bytes, digest_json
from tidemill.data.errors import CheckError

_SAMPLES = 5
_SHOWN = 8
_SAMPLE_CHARS = 60


@dataclass(frozen=True)
class Check:
    """One rule. `failing` gives a boolean expression that is true for the rows that break it.

    `identity` tells apart rules whose arguments read alike; it is empty where the arguments say it all.
    """

    kind: str
    columns: tuple[str, ...]
    arguments: tuple[str, ...]
    identity: str = field(repr=False, default="")
    failing: Callable[[], pl.Expr] | None = field(compare=False, repr=False, default=None)

    @property
    def sentence(self) -> str:
        """The rule in words.

        >>> between("distance", 1, 6000).sentence
        'distance between 1 and 6000'
        """
        joint = " and " if self.kind == "between" else ", "
        shown = [*self.arguments[:_SHOWN], *(["…"] if len(self.arguments) > _SHOWN else [])]
        return f"{', '.join(self.columns)} {self.kind.replace('_', ' ')} {joint.join(shown)}".strip()


@dataclass(frozen=True)
class CheckResult:
    """What one check found: how many rows break it, and up to five of their values as text."""

    check: str
    column: str
    sentence: str
    n_failing: int
    samples: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True when no row breaks the check."""
        return self.n_failing == 0


def not_null(column: str) -> Check:
    """No value of the column is null."""
    return Check("not_null", (column,), (), failing=lambda: pl.col(column).is_null())


def between(column: str, low: Any, high: Any) -> Check:
    """Every value lies in [low, high]; NaN does not."""
    return Check("between", (column,), (str(low), str(high)), failing=lambda: ~pl.col(column).is_between(low, high))


def unique(column: str) -> Check:
    """No value occurs twice."""
    return Check("unique", (column,), (), failing=lambda: pl.col(column).is_duplicated() & pl.col(column).is_not_null())


def one_of(column: str, values: Iterable[Any]) -> Check:
    """Every value is one of these."""
    allowed = list(values)
    return Check("one_of", (column,), tuple(str(v) for v in allowed), failing=lambda: ~pl.col(column).is_in(allowed))


def matches(column: str, pattern: str) -> Check:
    """Every text matches the pattern as a whole (Rust regular expressions: linear time).

    Raises UsageError when the pattern is none.
    """
    whole = f"^(?:{pattern})$"
    try:
        pl.Series([""]).str.contains(whole)
    except pl.exceptions.PolarsError as error:
        raise UsageError(
            f"the check matches({column!r}) has a pattern that is no regular expression: {pattern!r}"
        ) from error
    return Check("matches", (column,), (pattern,), failing=lambda: ~pl.col(column).str.contains(whole))


def has_columns(*columns: str) -> Check:
    """The table has these columns, whatever is in them."""
    return Check("has_columns", columns, ())


def check(name: str, rule: pl.Expr) -> Check:
    """Every row fulfils a polars expression that gives true or false.

    >>> check("leaves_before_it_lands", pl.col("landed_at") > pl.col("scheduled_at")).columns
    ('landed_at', 'scheduled_at')
    """
    columns = tuple(dict.fromkeys(rule.meta.root_names()))
    # Its text is shortened where literals are long: its serialized form is not.
    return Check(name, columns, (str(rule),), digest_bytes(rule.meta.serialize()), lambda: ~rule)


def checks_digest(checks: Sequence[Check]) -> str:
    """Return a digest that changes when any rule does."""
    return digest_json([[c.kind, list(c.columns), list(c.arguments), c.identity] for c in checks])


def run_checks(rows: pl.LazyFrame, checks: Sequence[Check]) -> tuple[CheckResult, ...]:
    """Run all checks in one pass over the rows.

    Raises CheckError when a check names a column that is not there, or cannot be computed on its type.
    """
    known = rows.collect_schema().names()
    for rule in checks:
        _require_columns(rule, known)
    found = _measure(rows, checks)
    return tuple(_result(rule, *measured) for rule, measured in zip(checks, found, strict=True))


def require_passed(results: Sequence[CheckResult], what: str) -> None:
    """Raise CheckError naming each failed check, its column, how many rows fail and what they hold."""
    failed = [result for result in results if not result.passed]
    if failed:
        lines = "; ".join(f"{r.sentence}: {r.n_failing:,} rows fail, such as {', '.join(r.samples)}" for r in failed)
        raise CheckError(
            f"{what} does not pass {len(failed)} of {len(results)} checks: {lines}. "
            "Correct the data or the cleaning function, or loosen the check; nothing was kept"
        )


def _require_columns(rule: Check, known: Sequence[str]) -> None:
    for column in rule.columns:
        if column not in known:
            raise CheckError(
                f"the check {rule.kind!r} needs the column {column!r}, which is not there."
                f"{did_you_mean(column, known)} There is: {', '.join(known)}"
            )


def _measure(rows: pl.LazyFrame, checks: Sequence[Check]) -> list[tuple[int, list[Any]]]:
    measures: list[pl.Expr] = []
    for index, rule in enumerate(checks):
        if rule.failing is not None:
            broken = rule.failing().fill_null(value=False)
            shown = pl.struct(rule.columns) if len(rule.columns) > 1 else pl.col(rule.columns[0])
            measures.append(broken.sum().cast(pl.Int64).alias(f"n{index}"))
            measures.append(shown.filter(broken).head(_SAMPLES).implode().alias(f"s{index}"))
    if not measures:
        return [(0, [])] * len(checks)
    try:
        row = rows.select(measures).collect().row(0, named=True)
    except pl.exceptions.PolarsError as error:
        raise _uncomputable(rows, checks, error) from error
    return [(row.get(f"n{i}") or 0, row.get(f"s{i}") or []) for i in range(len(checks))]


def _uncomputable(rows: pl.LazyFrame, checks: Sequence[Check], error: Exception) -> CheckError:
    """Find the check that polars refused, so that the message can name it."""
    schema = rows.collect_schema()
    for rule in checks:
        try:
            if rule.failing is not None:
                rows.select(rule.failing().sum()).collect()
        except pl.exceptions.PolarsError as own:
            types = ", ".join(f"{column} is {schema[column]}" for column in rule.columns)
            return CheckError(f"the check {rule.sentence!r} cannot be computed ({types}): {_first_line(own)}")
    return CheckError(f"the checks cannot be computed: {_first_line(error)}")


def _result(rule: Check, n_failing: int, samples: Sequence[Any]) -> CheckResult:
    shown = tuple(dict.fromkeys(_shown(sample) for sample in samples))
    return CheckResult(rule.kind, ", ".join(rule.columns), rule.sentence, n_failing, shown)


def _shown(sample: Any) -> str:
    text = str(sample) if isinstance(sample, dict) else repr(sample)
    return text if len(text) <= _SAMPLE_CHARS else text[: _SAMPLE_CHARS - 1] + "…"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
