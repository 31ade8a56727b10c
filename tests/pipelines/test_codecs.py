"""Codecs: what is kept comes back as it was, and nothing is ever unpickled."""

from __future__ import annotations

import io
import pickle
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tidemill.models import model_formats
from tidemill.pipelines import CODECS, Codecs, Output, built_in_codecs
from tidemill.plugins import discover
from tidemill.storage import LocalBlobs

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def codecs(tmp_path_factory: pytest.TempPathFactory) -> Codecs:
    blobs = LocalBlobs(tmp_path_factory.mktemp("blobs"))
    return Codecs(discover(CODECS, built_in_codecs(model_formats())), blobs)


def _round_trip(codecs: Codecs, value: object) -> object:
    output = codecs.encode("result", value)
    assert output is not None
    assert codecs.present(output)
    return codecs.decode(output)


@given(value=json_values)
def test_json_comes_back_with_its_types(codecs: Codecs, value: object) -> None:
    back = _round_trip(codecs, value)
    assert back == value
    assert repr(back) == repr(value)


ODD_VALUES: tuple[object, ...] = (
    *((1, 2), {1: 2}, float("nan"), float("inf"), -0.0, {"a": {1, 2}, "b": frozenset({(1, "x")})}, 1 + 2j, b"\x00"),
    *(Decimal("1.10"), Fraction(1, 3), UUID(int=7), timedelta(days=-1, microseconds=3), date(2024, 2, 29)),
    *(datetime(2024, 1, 2, tzinfo=UTC), time(1, 2, tzinfo=ZoneInfo("Asia/Tokyo")), {(1, 2): [None, {"x": (True,)}]}),
    datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
)


@pytest.mark.parametrize("value", ODD_VALUES)
def test_what_json_would_change_comes_back_with_its_type(codecs: Codecs, value: object) -> None:
    assert repr(_round_trip(codecs, value)) == repr(value)


@pytest.mark.parametrize("value", [[object()], (n for n in range(3)), lambda: 1, {"a": (1, open)}])
def test_what_has_no_open_format_is_not_kept(codecs: Codecs, value: object) -> None:
    assert codecs.encode("result", value) is None


def test_frames_and_arrays_come_back_as_they_were(codecs: Codecs) -> None:
    frame = pl.DataFrame(
        {
            "i": [1, None, 3],
            "f": [1.5, float("nan"), None],
            "s": ["a", None, ""],
            "b": [True, None, False],
            "t": [datetime(2013, 3, 1, tzinfo=UTC), None, datetime(2013, 3, 2, tzinfo=UTC)],
            "l": [[1], [], None],
        }
    )
    back = _round_trip(codecs, frame)
    assert isinstance(back, pl.DataFrame)
    assert_frame_equal(back, frame)
    for array in (np.arange(6.0).reshape(2, 3), np.array(["a", "bc"]), np.array([], dtype=np.int8), np.array([True])):
        again = _round_trip(codecs, array)
        assert isinstance(again, np.ndarray)
        assert (again.dtype, again.tolist()) == (array.dtype, array.tolist())
    assert _round_trip(codecs, b"\0tide") == b"\0tide"


def test_equal_content_has_an_equal_digest_and_other_content_another(codecs: Codecs) -> None:
    def digest(value: object) -> str:
        output = codecs.encode("result", value)
        assert output is not None
        return output.digest

    assert digest(pl.DataFrame({"a": [1, 2]})) == digest(pl.DataFrame({"a": [1, 2]}))
    assert digest(pl.DataFrame({"a": [1, 2]})) != digest(pl.DataFrame({"a": [1, 3]}))
    assert digest([1]) != digest([1.0])


class _Bomb:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.touch, (self.marker,))


@pytest.mark.parametrize("codec", ["array", "frame", "json", "training_set"])
def test_a_pickle_in_the_cache_is_never_loaded(codecs: Codecs, tmp_path: Path, codec: str) -> None:
    marker = tmp_path / "marker"
    blobs = LocalBlobs(tmp_path / "blobs")
    held = io.BytesIO()
    np.save(held, np.array([_Bomb(marker)], dtype=object), allow_pickle=True)
    fresh = Codecs(discover(CODECS, built_in_codecs(model_formats())), blobs)
    for payload in (held.getvalue(), pickle.dumps(_Bomb(marker))):
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, it is refused
            fresh.decode(Output("result", codec, "0" * 64, {"blob": blobs.put(payload)}, ""))
    assert not marker.exists()


def test_an_array_of_objects_is_not_kept(codecs: Codecs) -> None:
    assert codecs.encode("result", np.array([object()], dtype=object)) is None
    assert codecs.encode("result", pl.DataFrame({"a": pl.Series([object()], dtype=pl.Object)})) is None
