"""Single values of a request: texts, numbers, truth; and how a value that cannot be is told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tidemill.compat.mlflow.errors import INVALID_PARAMETER_VALUE, MissingValueError, MlflowError, invalid

_LONGEST_SHOWN = 500
_INT64 = 2**63
_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Values:
    """The single values among the fields of a request, or of one entry of a list in it."""

    __slots__ = ("_place", "_values")

    def __init__(self, values: Mapping[str, Any], place: str = "") -> None:
        self._values = values
        self._place = place

    def has(self, name: str) -> bool:
        """Tell whether a field was given, and is not null."""
        return self._values.get(name) is not None

    def text(self, name: str, *, required: bool = False, default: str = "") -> str:
        """Return a text. Raises MlflowError for another type, and when it is required and absent or empty."""
        value = self._values.get(name)
        if value is None or (required and value == ""):
            if required:
                raise self.missing(name)
            return default
        if type(value) is not str:
            raise self.invalid(name, value, "it must be text")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return a text, None when it is absent. Raises MlflowError for another type."""
        return self.text(name) if self.has(name) else None

    def integer(
        self,
        name: str,
        default: int | None = None,
        least: int = -_INT64,
        most: int = _INT64 - 1,
    ) -> int:
        """Return a whole number, the default when absent; required when that is None.

        Raises MlflowError for another type and for one outside of the bounds.
        """
        value = self._values.get(name)
        if value is None:
            if default is None:
                raise self.missing(name)
            return default
        number = _whole(value)
        if number is None:
            raise self.invalid(name, value, "it must be a whole number")
        if not least <= number <= most:
            bound = "It must be a positive integer" if number < least == 1 else f"It must be at least {least}"
            told = bound if number < least else f"It must be at most {most}"
            raise invalid(f"Invalid value {number} for parameter '{self._place}{name}' supplied. {told}.")
        return number

    def integer_or_none(self, name: str) -> int | None:
        """Return a whole number of 64 bits, None when it is absent. Raises MlflowError for another type."""
        return self.integer(name) if self.has(name) else None

    def number(self, name: str, *, required: bool = False, default: float = 0.0) -> float:
        """Return a number; ``"NaN"``, ``"Infinity"`` and decimal text too. Raises MlflowError for anything else."""
        value = self._values.get(name)
        if value is None:
            if required:
                raise self.missing(name)
            return default
        if type(value) is float:
            return value
        if isinstance(value, str) and value in _NON_FINITE:
            return _NON_FINITE[value]
        try:
            if isinstance(value, int | str) and not isinstance(value, bool):
                return float(value)
        except (ValueError, OverflowError):
            pass
        raise self.invalid(name, value, "it must be a number")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false. Raises MlflowError for anything else."""
        value = self._values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        raise self.invalid(name, value, "it must be true or false")

    def choice(self, name: str, known: Sequence[str], default: str, first: int = 1) -> str:
        """Return one of the known names, given by name or by its number from `first` on; for any other the default.

        Clients expect that what is unknown is passed over.
        """
        value = self._values.get(name)
        if type(value) is int and first <= value < first + len(known):
            return known[value - first]
        return value if isinstance(value, str) and value in known else default

    def missing(self, name: str) -> MlflowError:
        """Return the error for a field that is needed and absent."""
        return MissingValueError(
            INVALID_PARAMETER_VALUE,
            f"Missing value for required parameter '{self._place}{name}'. "
            "See the API docs for more information about request parameters.",
        )

    def invalid(self, name: str, value: object, why: str) -> MlflowError:
        """Return the error for a field whose value cannot be."""
        return invalid(f"Invalid value {shown(value)} for parameter '{self._place}{name}' supplied: {why}")


def shown(value: object) -> str:
    """Return a value as JSON shows it, shortened.

    >>> shown({"b": 1, "a": "x"})
    '{"a":"x","b":1}'
    """
    text = msgspec.json.encode(value, order="sorted").decode("utf-8", "replace")
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _whole(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        digits = value[1:] if value[:1] == "-" else value
        if digits.isascii() and digits.isdigit() and len(digits) <= 20:
            return int(value)
    return None
