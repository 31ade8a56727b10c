"""The request schema: which columns a prediction request must bring, and of which type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tidemill.core import did_you_mean
from tidemill.data import DatasetVersion
from tidemill.features.errors import TrainingSetError

RequestType = Literal["string", "integer", "number", "boolean", "timestamp"]
REQUEST_TYPES: Mapping[str, RequestType] = MappingProxyType(
    {
        **dict.fromkeys(("String", "Categorical", "Enum"), "string"),
        **dict.fromkeys((f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)), "integer"),
        **dict.fromkeys(("Float32", "Float64"), "number"),
        "Boolean": "boolean",
        "Datetime": "timestamp",
    }
)


@dataclass(frozen=True)
class RequestColumn:
    """One column of a request; a null is refused where the dataset's checks refuse it."""

    name: str
    type: RequestType
    nullable: bool


def request_columns(version: DatasetVersion, names: Sequence[str]) -> tuple[RequestColumn, ...]:
    """Return the request schema of these columns from a dataset version: its types, and its `not_null` checks.

    Raises TrainingSetError for a column the version does not have, or of a type that JSON cannot bring.
    """
    guarded = {result.column for result in version.checks if result.check == "not_null"}
    return tuple(RequestColumn(name, _request_type(version, name), name not in guarded) for name in names)


def column_type(dtype: str) -> RequestType | None:
    """Return the request type of a polars type's name, None when there is none.

    >>> column_type("Int16"), column_type("Float64"), column_type("Int128"), column_type("List(Int64)")
    ('integer', 'number', None, None)
    """
    return REQUEST_TYPES.get(dtype.partition("(")[0])


def _request_type(version: DatasetVersion, name: str) -> RequestType:
    if name not in version.schema:
        raise TrainingSetError(
            f"the dataset {version.reference} has no column {name!r}.{did_you_mean(name, version.schema)} "
            f"There is: {', '.join(version.schema)}"
        )
    found = column_type(version.schema[name])
    if found is None:
        raise TrainingSetError(
            f"the column {name!r} of {version.reference} is {version.schema[name]}, which a request cannot bring; "
            "allowed are text, whole numbers and floats up to 64 bits, booleans and datetimes"
        )
    return found
