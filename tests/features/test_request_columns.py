"""The request schema comes from the dataset version: its types, and which columns its checks keep from null."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tidemill.data import CheckResult, DatasetVersion
from tidemill.features import RequestColumn, TrainingSetError, request_columns

AT = datetime(2013, 1, 1, tzinfo=UTC)
VERSION = DatasetVersion(
    name="flights",
    version=3,
    digest="0" * 64,
    n_rows=1,
    schema={
        "carrier": "String",
        "hour": "Int8",
        "distance": "Float32",
        "long": "Boolean",
        "hour_at": "Datetime(time_unit='us', time_zone='UTC')",
        "kind": "Enum(categories=['a', 'b'])",
        "legs": "List(Int64)",
    },
    parts=(),
    checks=(CheckResult("not_null", "carrier", "carrier not null", 0), CheckResult("unique", "hour", "", 0)),
    key="flight_id",
    event_time="scheduled_at",
    first_event_at=AT,
    last_event_at=AT,
    clean_digest="0" * 64,
    created_at=AT,
    created_by="ann",
)


def test_types_and_nullability_are_the_datasets() -> None:
    assert request_columns(VERSION, ["carrier", "hour", "distance", "long", "hour_at", "kind"]) == (
        RequestColumn("carrier", "string", nullable=False),
        RequestColumn("hour", "integer", nullable=True),
        RequestColumn("distance", "number", nullable=True),
        RequestColumn("long", "boolean", nullable=True),
        RequestColumn("hour_at", "timestamp", nullable=True),
        RequestColumn("kind", "string", nullable=True),
    )


def test_what_a_request_cannot_bring_is_refused() -> None:
    with pytest.raises(TrainingSetError, match=r"flights@3 has no column 'carier'\. Did you mean 'carrier'\?"):
        request_columns(VERSION, ["carier"])
    with pytest.raises(TrainingSetError, match=r"'legs' of flights@3 is List\(Int64\), which a request cannot bring"):
        request_columns(VERSION, ["legs"])
