"""One codec for the writer and the data plane: keys never collide, values come back, nothing heavy is imported."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.storage.online_values import decode_value, encode_value, instant_text, key_text, parse_instant

PARTS = st.lists(st.none() | st.text(alphabet="a\x1f\\u0\x00", max_size=4), min_size=2, max_size=2)
INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(PARTS, PARTS)
def test_different_keys_have_different_texts(one: list[str | None], other: list[str | None]) -> None:
    assert (key_text(one) == key_text(other)) == (one == other)


@given(INSTANTS)
def test_an_instant_and_its_text_are_one_key(at: datetime) -> None:
    elsewhere = at.replace(tzinfo=timezone(timedelta(0))).astimezone(UTC)
    assert key_text([at]) == key_text([instant_text(elsewhere)])
    assert parse_instant(instant_text(at)) == at


@pytest.mark.parametrize(
    "text", ["2013-03-01T10:00:00Z", "2013-03-01T05:00:00-05:00", "2013-03-01T10:00:00.000", "2013-03-01 10:00"]
)
def test_spellings_of_one_instant_are_one_key(text: str) -> None:
    assert instant_text(parse_instant(text)) == "2013-03-01T10:00:00Z"


def test_plain_keys_are_what_one_would_write_by_hand() -> None:
    assert key_text(["AA", 17, True]) == "AA\x1f17\x1ftrue"


@given(
    st.integers(-(2**40), 2**40),
    st.lists(st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()),
)
def test_values_come_back(at_ms: int, values: list[object]) -> None:
    assert repr(decode_value(encode_value(at_ms, values))) == repr((at_ms, values))


def test_the_codec_is_light() -> None:
    script = (
        "import sys, tidemill.storage.online_values as _\n"
        "print(sorted({'polars', 'sqlalchemy', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
