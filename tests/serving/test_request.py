"""Requests: decoded once when right, refused in one line that tells row and column when wrong."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.core import UsageError
from tidemill.serving import OnlineView, RequestColumn, Snapshot
from tidemill.serving.request import RequestDecoder, TooLargeError
from tidemill.serving.request_fault import find_fault

COLUMNS = (
    RequestColumn("carrier", "string", nullable=False),
    RequestColumn("hour", "integer", nullable=False),
    RequestColumn("distance", "number"),
    RequestColumn("is_late", "boolean"),
    RequestColumn("hour at", "datetime"),
)
SNAPSHOT = Snapshot(
    project="default",
    endpoint="delay",
    revision=1,
    model="delay/1",
    package_digest="0",
    files={},
    runtime="onnx",
    request=COLUMNS,
    event_time="scheduled_at",
    key="flight_id",
)
DECODER = RequestDecoder(SNAPSHOT)
GOOD: dict[str, Any] = {"carrier": "UA", "hour": 7, "distance": None, "is_late": None, "hour at": None}


WITHOUT = {name: value for name, value in GOOD.items() if name not in {"carrier", "hour"}}
REST = b',"distance":null,"is_late":null,"hour at":null,"hour":1'
VIEW = OnlineView("carrier_delay", ("carrier",), ("late_rate",), ttl_s=60)


def _refusal(body: bytes) -> str:
    with pytest.raises(UsageError) as caught:
        DECODER.decode(body)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    return message


def test_columns_are_picked_by_name_in_the_order_asked() -> None:
    sent = {**GOOD, "distance": 3, "hour at": "2013-03-01T05:00:00Z"}
    (row,) = DECODER.decode(msgspec.json.encode({"rows": [sent]})).rows
    assert DECODER.picker(("distance", "carrier", "hour"))(row) == (3.0, "UA", 7)
    assert DECODER.picker(("carrier",))(row) == ("UA",)
    assert DECODER.picker(("is_late",))(row) == (None,)
    assert DECODER.picker(())(row) == ()


@pytest.mark.parametrize(
    ("view", "needed"), [(None, False), (VIEW, True), (msgspec.structs.replace(VIEW, ttl_s=None), False)]
)
def test_the_event_time_must_be_there_when_features_are_looked_up_as_of_it(
    view: OnlineView | None, needed: bool
) -> None:
    decoder = RequestDecoder(msgspec.structs.replace(SNAPSHOT, views=(view,) if view else ()))
    for at in ("2013-03-01T05:00:00Z", None):
        assert decoder.decode(msgspec.json.encode({"rows": [{**GOOD, "scheduled_at": at}]}))
    body = msgspec.json.encode({"rows": [GOOD]})
    if not needed:
        assert decoder.decode(body)
        return
    with pytest.raises(UsageError, match=r"row 0: column 'scheduled_at' is missing; allowed is an instant .* or null"):
        decoder.decode(body)


@pytest.mark.parametrize("key", ["UA1", 17, None])
def test_a_key_is_text_or_a_whole_number(key: object) -> None:
    (row,) = DECODER.decode(msgspec.json.encode({"rows": [{**GOOD, "flight_id": key}]})).rows
    assert DECODER.picker(("flight_id",))(row) == (key,)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({**WITHOUT, "carrier": "UA"}, "row 1: column 'hour' is missing; allowed is a whole number of 64 bits"),
        (WITHOUT, "row 1: columns 'carrier', 'hour' are missing; send each of them"),
        (
            {"carrier": "UA", "hour": 7, "is_late": None, "hour at": None},
            ("row 1: column 'distance' is missing; allowed is a number within ±3.4e38 or null"),
        ),
        (
            {"carrier": "UA", "hour": 7, "is_late": True},
            ("row 1: columns 'distance', 'hour at' are missing; null is allowed for each of them"),
        ),
        (
            {"hour": 7, "is_late": None, "hour at": None},
            ("row 1: columns 'carrier', 'distance' are missing; null is allowed for distance"),
        ),
        ({**GOOD, "carrier": 3}, "row 1, column 'carrier': the value '3' is a whole number; allowed is text"),
        ({**GOOD, "carrier": None}, "row 1, column 'carrier': the value is null; allowed is text"),
        ({**GOOD, "hour": "7"}, "row 1, column 'hour': the value '7' is text; allowed is a whole number of 64 bits"),
        ({**GOOD, "hour": 7.5}, "row 1, column 'hour': the value '7.5' is a number; allowed is a whole number"),
        ({**GOOD, "hour": True}, "row 1, column 'hour': the value 'True' is a boolean; allowed is a whole number"),
        ({**GOOD, "hour": 2**63}, "row 1, column 'hour': the value '9223372036854775808' is a whole number"),
        ({**GOOD, "hour": [7]}, "row 1, column 'hour': the value is a list; allowed is a whole number"),
        ({**GOOD, "distance": "far"}, "row 1, column 'distance': the value 'far' is text; allowed is a number"),
        ({**GOOD, "distance": 1e300}, "row 1, column 'distance': the value '1e+300' is a number; allowed is a number"),
        ({**GOOD, "is_late": 1}, "row 1, column 'is_late': the value '1' is a whole number; allowed is true or false"),
        ({**GOOD, "hour at": "noon"}, "row 1, column 'hour at': the value 'noon' is text; allowed is an instant"),
        ({**GOOD, "scheduled_at": 5}, "row 1, column 'scheduled_at': the value '5' is a whole number; allowed is an"),
        ({**GOOD, "flight_id": 1.5}, "row 1, column 'flight_id': the value '1.5' is a number; allowed is text or a"),
        ({**GOOD, "flight_id": 2**63}, "row 1, column 'flight_id': the value '9223372036854775808' is a whole number"),
        ({**GOOD, "distanse": 1}, "row 1: unknown column 'distanse'. Did you mean 'distance'? Allowed: carrier, hour,"),
        ({**GOOD, "x" * 999: 1}, "row 1: unknown column 'xxx"),
        (7, "row 1 is a whole number; allowed is an object of columns"),
        (None, "row 1 is null"),
    ],
)
def test_a_wrong_row_is_told_by_row_column_value_and_what_is_allowed(row: object, expected: str) -> None:
    assert _refusal(msgspec.json.encode({"rows": [GOOD, row]})).startswith(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b'{"rows": [{"hour": 1,}]}', "the body is not JSON"),
        (b'{"rows": [NaN]}', "the body is not JSON"),
        (b'{"rows": []} x', "the body is not JSON"),
        (b'{"rows": [{"carrier": "\xff", "hour": 1}]}', "the body is not JSON"),
        (b"\x80\x04K\x01.", "the body is not JSON"),
        (b"[" * 200_000, "the body is not JSON"),
        (b'{"rows":' + b'[{"a":' * 100_000, "the body is not JSON"),
        (b'{"rows":[{"carrier":' + b"[" * 5_000 + b"]" * 5_000 + b"}]}", "the body is not JSON"),
        (b'{"rows":[{"carrier":' + b"[" * 50 + b"]" * 50 + REST + b"}]}", "row 0, column 'carrier'"),
        (b"[]", "the body is a list, allowed is an object"),
        (b"null", "the body is null"),
        (b"{}", '"rows" is missing'),
        (b'{"rows": {}}', '"rows" is an object, allowed is a list of objects'),
        (b'{"rows": []}', '"rows" is empty'),
        (b'{"row": []}', "unknown field 'row' in the body. Did you mean 'rows'?"),
        (b'{"rows": [], "request_id": 7}', "\"request_id\" is '7' is a whole number"),
        (b'{"rows": [{"carrier": "UA", ' + REST[1:-1] + b"9" * 5_000 + b"}]}", "row 0, column 'hour'"),
        (
            b'{"rows": [{"carrier": "UA", "hour": 1, "is_late": null, "hour at": null, "distance": 1e999}]}',
            "row 0, column",
        ),
    ],
)
def test_a_wrong_body_is_told(body: bytes, expected: str) -> None:
    assert _refusal(body).startswith(expected)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(TooLargeError, match="10001 rows"):
        DECODER.decode(msgspec.json.encode({"rows": [GOOD] * 10_001}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2013-03-01T05:00:00Z"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from([column.name for column in DECODER.columns]) | st.text(max_size=3)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=6), st.booleans())
def test_whatever_is_refused_is_explained_and_nothing_else(row: dict[str, Any], whole: bool) -> None:
    body = msgspec.json.encode({"rows": [{**GOOD, **row} if whole else row]})
    explanation = find_fault(body, DECODER.columns, SNAPSHOT.key, "", DECODER.optional)
    try:
        DECODER.decode(body)
    except UsageError:
        assert explanation, "refused without a reason"
    else:
        assert not explanation
