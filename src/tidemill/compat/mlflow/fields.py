"""Fields of a request, from a body of JSON or from a query, read by MLflow's rules and refused in MLflow's words.

Unknown fields are left alone. A field that is null is not there. Whole numbers come as numbers or as decimal text,
truth in a query as ``true`` and ``false``. Names of nested fields are told with their place: ``metrics[0].value``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tidemill.compat.mlflow.errors import MlflowError, invalid

_LONGEST_SHOWN = 500
_INT64 = 2**63
_MOST_QUERY_FIELDS = 20_000
_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Fields:
    """The fields of one request, or of one entry of a list in it.

    >>> fields = Fields({"run_id": "r", "metrics": [{"key": "loss", "step": "5"}]})
    >>> fields.text("run_id"), fields.maps("metrics")[0].integer("step")
    ('r', 5)
    >>> fields.maps("metrics")[0].number("value", required=True)
    Traceback (most recent call last):
    tidemill.compat.mlflow.errors.MlflowError: Missing value for required parameter 'metrics[0].value'. ...
    """

    __slots__ = ("_place", "_values")

    def __init__(self, values: Mapping[str, Any], place: str = "") -> None:
        self._values = values
        self._place = place

    def __iter__(self) -> Iterator[str]:
        """Yield the names that were given."""
        return iter(self._values)

    def with_path(self, given: Mapping[str, str]) -> Fields:
        """Return the fields with those of the path, which count for more."""
        return Fields({**self._values, **given}, self._place)

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

    def run_id(self) -> str:
        """Return the run's id, from ``run_id`` or the older ``run_uuid``. Raises MlflowError when neither is there."""
        if self._values.get("run_id") in (None, "") and self._values.get("run_uuid") not in (None, ""):
            return self.text("run_uuid")
        return self.text("run_id", required=True)

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
            raise self.invalid(name, value, f"it must be at least {least} and at most {most}")
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

    def choice(self, name: str, known: Sequence[str], default: str) -> str:
        """Return one of the known names; for an unknown one the default, as clients expect."""
        value = self._values.get(name)
        return value if isinstance(value, str) and value in known else default

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty when absent. Raises MlflowError for another type."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(type(each) is str for each in value):
            raise self.invalid(name, value, "it must be a list of texts")
        return value

    def maps(self, name: str) -> list[Fields]:
        """Return a list of entries, each with fields of its own; empty when absent. Raises MlflowError."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.invalid(name, value, "it must be a list")
        entries = []
        for at, each in enumerate(value):
            if not isinstance(each, dict):
                raise self.invalid(f"{name}[{at}]", each, "it must be an object")
            entries.append(Fields(each, f"{self._place}{name}[{at}]."))
        return entries

    def map(self, name: str) -> Fields | None:
        """Return one entry with fields of its own, None when absent. Raises MlflowError for another type."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.invalid(name, value, "it must be an object")
        return Fields(value, f"{self._place}{name}.")

    def pairs(self, name: str) -> dict[str, str]:
        """Return a list of objects with ``key`` and ``value`` as a dictionary; the last of one key wins."""
        return {each.text("key", required=True): each.text("value") for each in self.maps(name)}

    def missing(self, name: str) -> MlflowError:
        """Return the error for a field that is needed and absent."""
        return invalid(
            f"Missing value for required parameter '{self._place}{name}'. "
            "See the API docs for more information about request parameters."
        )

    def invalid(self, name: str, value: object, why: str) -> MlflowError:
        """Return the error for a field whose value cannot be."""
        return invalid(f"Invalid value {shown(value)} for parameter '{self._place}{name}' supplied: {why}")


def texts_by_key(fields: Fields, name: str) -> dict[str, str]:
    """Return an object of texts, empty when absent. Raises MlflowError for another type."""
    entry = fields.map(name)
    return {} if entry is None else {key: entry.text(key) for key in entry}


def fields_of_body(body: bytes) -> Fields:
    """Read a body of JSON; an empty one has no fields. Raises MlflowError when it is not an object of JSON."""
    if not body:
        return Fields({})
    try:
        values = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(f"the body is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise invalid(f"the body is {shown(values)}; it must be an object of JSON")
    return Fields(values)


def fields_of_query(query: bytes, lists: frozenset[str] = frozenset()) -> Fields:
    """Read a query. `lists` are the fields that may be repeated and are always lists; of others the first counts.

    Raises MlflowError for a query that cannot be read.
    """
    if not query:
        return Fields({})
    try:
        found = parse_qs(query.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_QUERY_FIELDS)
    except ValueError as error:
        raise invalid(f"the query cannot be read: {error}") from error
    return Fields({name: values if name in lists else values[0] for name, values in found.items()})


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
