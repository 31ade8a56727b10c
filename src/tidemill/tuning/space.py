"""Search spaces: what a setting may be. Plain values, declared in a pipeline's body."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from tidemill.core import UsageError

Option = str | int | float | bool | None
_OPTIONS = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Real:
    """A number between `low` and `high`, both allowed; with `log`, each factor between them is as likely as another."""

    kind: ClassVar[str] = "real"

    low: float
    high: float
    log: bool = False

    def middle(self) -> float:
        """Return the number halfway, by factors when `log`."""
        return math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2

    def holds(self, value: object) -> bool:
        """Tell whether a value may be chosen."""
        return type(value) in {int, float} and self.low <= value <= self.high  # type: ignore[operator]

    def describe(self) -> str:
        """Say it in words."""
        return f"{self.low:g} to {self.high:g}{' by factors' if self.log else ''}"

    def to_json(self) -> dict[str, Any]:
        """Return the dimension as JSON values."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True)
class Integer:
    """A whole number from `low` to `high`, both allowed; with `log`, each factor between them is as likely."""

    kind: ClassVar[str] = "integer"

    low: int
    high: int
    log: bool = False

    def middle(self) -> int:
        """Return the number halfway, by factors when `log`."""
        return round(math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2)

    def holds(self, value: object) -> bool:
        """Tell whether a value may be chosen."""
        return type(value) is int and self.low <= value <= self.high

    def describe(self) -> str:
        """Say it in words."""
        return f"whole, {self.low} to {self.high}{' by factors' if self.log else ''}"

    def to_json(self) -> dict[str, Any]:
        """Return the dimension as JSON values."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True)
class Choice:
    """One of several values, none nearer to another than the rest."""

    kind: ClassVar[str] = "choice"

    options: tuple[Option, ...]

    def middle(self) -> Option:
        """Return the first."""
        return self.options[0]

    def holds(self, value: object) -> bool:
        """Tell whether a value may be chosen."""
        return any(type(value) is type(option) and value == option for option in self.options)

    def describe(self) -> str:
        """Say it in words."""
        return f"one of {', '.join(map(repr, self.options))}"

    def to_json(self) -> dict[str, Any]:
        """Return the dimension as JSON values."""
        return {"kind": self.kind, "options": list(self.options)}


Dimension = Real | Integer | Choice
Space = Mapping[str, Dimension]


def real(low: float, high: float, *, log: bool = False) -> Real:
    """Search a number between `low` and `high`; `log` for what counts by factors, such as a learning rate.

    Raises UsageError when the bounds are no finite numbers in order, or not above 0 with `log`.

    >>> real(0.01, 1, log=True).middle()
    0.1
    """
    for bound in (low, high):
        if type(bound) not in {int, float} or not math.isfinite(bound):
            raise UsageError(f"real({low!r}, {high!r}): its bounds are finite numbers, as real(0.02, 0.2, log=True)")
    _in_order("real", low, high, log=log)
    return Real(float(low), float(high), log)


def integer(low: int, high: int, *, log: bool = False) -> Integer:
    """Search a whole number from `low` to `high`; `log` for what counts by factors.

    Raises UsageError when the bounds are no whole numbers in order, or not above 0 with `log`.

    >>> integer(7, 31).middle()
    19
    """
    if type(low) is not int or type(high) is not int:
        raise UsageError(f"integer({low!r}, {high!r}): its bounds are whole numbers, as integer(7, 31)")
    _in_order("integer", low, high, log=log)
    return Integer(low, high, log)


def choice(options: Sequence[Option]) -> Choice:
    """Search among values that have no order: text, numbers, booleans or None.

    Raises UsageError when there are fewer than two, two alike, or one of another type.

    >>> choice(["gbdt", "dart"]).holds("goss")
    False
    """
    if isinstance(options, str) or not isinstance(options, Sequence):
        raise UsageError(f"choice({options!r}): give a list of values, as choice(['gbdt', 'dart'])")
    for option in options:
        if type(option) not in _OPTIONS or (type(option) is float and not math.isfinite(option)):
            raise UsageError(f"choice cannot offer {option!r}: allowed are text, numbers, booleans and None")
    if len({repr(option) for option in options}) != len(options) or len(options) < 2:
        raise UsageError(f"choice({list(options)!r}): give two or more different values")
    return Choice(tuple(options))


def dimension_from_json(record: Mapping[str, Any]) -> Dimension:
    """Read what a dimension's `to_json` gave. Raises TypeError, KeyError when it is something else.

    >>> dimension_from_json(integer(7, 31).to_json())
    Integer(low=7, high=31, log=False)
    """
    given = dict(record)
    kind = {each.kind: each for each in (Real, Integer)}.get(given.pop("kind"))
    return kind(**given) if kind else Choice(tuple(given["options"]))


def require_space(space: object) -> Space:
    """Return a search space as it is. Raises UsageError when it is none."""
    if not isinstance(space, Mapping) or not space:
        raise UsageError(f"a search space is {space!r}; give a dictionary such as {{'num_leaves': tm.integer(7, 31)}}")
    for name, dimension in space.items():
        if type(name) is not str or not isinstance(dimension, Real | Integer | Choice):
            raise UsageError(
                f"the search space has {dimension!r} for {name!r}; give tm.real(0.02, 0.2), tm.integer(7, 31) or "
                f"tm.choice(['gbdt', 'dart']), and what is not searched in params"
            )
    return space


def first_trial(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the first trial: those of `params`, and the middle of what it does not name.

    Raises UsageError for one outside of the space.
    """
    for name, dimension in space.items():
        if name in params and not dimension.holds(params[name]):
            raise UsageError(
                f"params has {name}={params[name]!r}, outside of its search space ({dimension.describe()}): "
                f"widen the space or change the value, since the first trial runs with it"
            )
    return {name: params.get(name, dimension.middle()) for name, dimension in space.items()}


def _in_order(kind: str, low: float, high: float, *, log: bool) -> None:
    if not low < high:
        raise UsageError(f"{kind}({low!r}, {high!r}): the first bound must be below the second")
    if log and low <= 0:
        raise UsageError(f"{kind}({low!r}, {high!r}, log=True): both bounds must be above 0 to search by factors")
