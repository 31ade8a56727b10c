"""What a line of configuration keeps: ``last 50, best 3 by auc, registered, 90d``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tidemill.core import UsageError, did_you_mean, parse_duration

_LAST = re.compile(r"last (\d{1,9})")
_BEST = re.compile(r"best (\d{1,9}) by (\S+)")
_AGE = re.compile(r"(?:\d+[dhms])+")

#: What each line may say: how many, which by a metric, what is registered, how old.
FORMS: Mapping[str, tuple[str, ...]] = {
    "runs": ("last N", "best K by METRIC", "registered", "90d"),
    "datasets": ("last N", "90d"),
    "models": ("last N", "90d"),
    "predictions": ("90d",),
    "quarantine": ("90d",),
    "tables": ("90d",),
    "bundles": ("last N", "90d"),
}


class Best(NamedTuple):
    """The best few by a metric."""

    n: int
    metric: str


@dataclass(frozen=True)
class Rule:
    """What is kept of one kind of things: the union of what each part keeps.

    text: as it was written. last: so many of the newest, of each experiment, dataset or model, and of bundles. best: of
    each experiment. registered: runs behind model versions, which stay in any case. age: what is younger.
    """

    text: str
    last: int = 0
    best: tuple[Best, ...] = ()
    registered: bool = False
    age: timedelta | None = None


class Policy(NamedTuple):
    """The rules of a project; None keeps everything of that kind."""

    runs: Rule | None = None
    datasets: Rule | None = None
    models: Rule | None = None
    predictions: Rule | None = None
    quarantine: Rule | None = None
    tables: Rule | None = None
    bundles: Rule | None = None


def parse_policy(lines: Sequence[tuple[str, str]]) -> Policy:
    """Read the lines of ``[retention]``. Raises UsageError naming the line, the part and what is allowed.

    >>> parse_policy([("runs", "last 50, 90d")]).runs.last
    50
    """
    for kind, _ in lines:
        if kind not in FORMS:
            raise UsageError(
                f"[retention] has a line {kind!r}, which is nothing to keep.{did_you_mean(kind, FORMS)} "
                f"Known: {', '.join(FORMS)}"
            )
    return Policy(**{kind: parse_rule(kind, text) for kind, text in lines})


def parse_rule(kind: str, text: str) -> Rule:
    """Read what a line keeps of a kind. Raises UsageError.

    >>> parse_rule("runs", "best 3 by auc, registered").best
    (Best(n=3, metric='auc'),)
    """
    rule: dict[str, object] = {}
    best: list[Best] = []
    for part in (each.strip() for each in text.split(",")):
        form, value = _read(part)
        if form not in FORMS[kind]:
            allowed = ", ".join(repr(each) for each in FORMS[kind])
            raise UsageError(f"[retention] {kind} = {text!r}: {part!r} is no way to keep {kind}; write {allowed}")
        if isinstance(value, Best):
            best.append(value)
        else:
            name = {"last N": "last", "registered": "registered", "90d": "age"}[form]
            if name in rule:
                raise UsageError(f"[retention] {kind} = {text!r} says {form!r} twice; the larger one is enough")
            rule[name] = value
    return Rule(text, best=tuple(best), **rule)  # type: ignore[arg-type]  # each by its form


def young(rule: Rule, at: datetime, now: datetime) -> bool:
    """Tell whether something of an instant is young enough to stay."""
    return rule.age is not None and at >= oldest(rule.age, now)


def oldest(age: timedelta, now: datetime) -> datetime:
    """Return the instant that lies so far back; the first of the calendar when it would be before it."""
    try:
        return now - age
    except OverflowError:
        return datetime.min.replace(tzinfo=now.tzinfo)


def _read(part: str) -> tuple[str, int | bool | timedelta | Best]:
    if last := _LAST.fullmatch(part):
        return "last N", int(last[1])
    if best := _BEST.fullmatch(part):
        return "best K by METRIC", Best(int(best[1]), best[2])
    if part == "registered":
        return "registered", True
    if _AGE.fullmatch(part):
        return "90d", parse_duration(part)
    return "", False
