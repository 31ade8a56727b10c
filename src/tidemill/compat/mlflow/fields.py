"""Fields of a request, from a body of JSON or from a query, read by MLflow's rules and refused in MLflow's words.

Unknown fields are left alone. A field that is null is not there. Whole numbers come as numbers or as decimal text,
truth in a query as ``true`` and ``false``. Names of nested fields are told with their place: ``metrics[0].value``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tidemill.compat.mlflow.errors import invalid
from tidemill.compat.mlflow.values import Values, shown

_MOST_QUERY_FIELDS = 20_000
_NO_JSON = (b"NaN", b"Infinity")


class Fields(Values):
    """The fields of one request, or of one entry of a list in it.

    >>> fields = Fields({"run_id": "r", "metrics": [{"key": "loss", "step": "5"}]})
    >>> fields.text("run_id"), fields.maps("metrics")[0].integer("step")
    ('r', 5)
    >>> fields.maps("metrics")[0].number("value", required=True)
    Traceback (most recent call last):
    tidemill.compat.mlflow.errors.MissingValueError: Missing value for required parameter 'metrics[0].value'. ...
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        """Yield the names that were given."""
        return iter(self._values)

    def with_path(self, given: Mapping[str, str]) -> Fields:
        """Return the fields with those of the path, which count for more."""
        return Fields({**self._values, **given}, self._place)

    def run_id(self) -> str:
        """Return the run's id, from ``run_id`` or the older ``run_uuid``. Raises MlflowError when neither is there."""
        if self._values.get("run_id") in (None, "") and self._values.get("run_uuid") not in (None, ""):
            return self.text("run_uuid")
        return self.text("run_id", required=True)

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

    def raw(self, name: str) -> Any:
        """Return what was given, as it was decoded; None when it is absent. For who reads thousands of entries."""
        return self._values.get(name)


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
        values = _leniently(body)
        if values is None:
            raise invalid(f"the body is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise invalid(f"the body is {shown(values)}; it must be an object of JSON")
    return Fields(values)


def _leniently(body: bytes) -> Any:
    """Read JSON with NaN and infinities in it, which Python writes though no JSON has them; None for anything else."""
    if not any(word in body for word in _NO_JSON):
        return None
    try:
        values = json.loads(body)
        json.dumps(values, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept
    except (ValueError, RecursionError):
        return None
    return values


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
