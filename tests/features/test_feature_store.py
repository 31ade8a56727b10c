"""What the online store answers is what the as-of join gives for the same instant."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.features.store import INSTANT, Store, hour, rows_of, view
from tidemill.access import Caller, Role
from tidemill.core import ForbiddenError, ManualClock, NotFoundError, UsageError
from tidemill.features import FeatureStore, FeatureViewError, as_of_join, view_rows
from tidemill.storage import SqliteKeyValue
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.online_values import space_name
from tidemill.storage.schema import open_database

KNOWN = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c\x1f", "\\c", None]), st.integers(0, 30), st.none() | st.floats()),
    max_size=12,
    unique_by=lambda row: (row[0], row[1]),
)
WHO = ["a", "b", "c\x1f", "\\c", "never", None]


@settings(max_examples=40, deadline=None)
@given(KNOWN, st.lists(st.integers(0, 40), min_size=1, max_size=3), st.integers(1, 20))
def test_online_is_what_the_as_of_join_says_at_the_same_instant(
    known: list[tuple[str | None, int, float | None]], untils: list[int], ttl: int
) -> None:
    declared, rows = view(ttl=f"{ttl}h"), rows_of(*known)
    caller = Caller("ann", "default", Role.EDITOR)
    with tempfile.TemporaryDirectory() as folder:
        clock = ManualClock(datetime(2013, 3, 1, tzinfo=UTC))
        database = open_database(Path(folder) / "tidemill.db", clock)
        store = FeatureStore(database, SqliteKeyValue(Path(folder) / "online.db"), clock)
        for until in untils:  # also back in time
            store.materialize(caller, declared, rows.lazy(), hour(until))
            spine = pl.DataFrame({"who": WHO, "at": [hour(until)] * len(WHO)}, schema_overrides={"at": INSTANT})
            offline = as_of_join(spine, view_rows(declared, rows.lazy()), ["who"], "at", declared.ttl)
            found = store.online_read(caller, declared.name, [[who] for who in WHO])
            online = [
                None if one is None or hour(until) - one.event_at > declared.ttl else one.values["value"]
                for one in found
            ]
            assert repr(online) == repr(offline["value"].to_list())
        database.close()


def test_materializing_leaves_a_watermark_and_an_event(store: Store) -> None:
    rows = rows_of(("a", 1, 0.5), ("a", 3, 0.7), ("b", 9, 0.1), ("c", 2, None)).lazy()
    done = store.features.materialize(store.caller, view(), rows, hour(4))
    assert (done.view, done.n_keys, done.until, done.columns) == ("sighting", 2, hour(4), (("value", "number"),))
    assert store.features.watermark(store.caller, "sighting") == done
    read = store.features.online_read(store.caller, "sighting", [["a"], ["b"], ["c"]])
    assert [one and (one.event_at, one.values) for one in read] == [
        (hour(3), {"value": 0.7}),
        None,
        (hour(2), {"value": None}),
    ]
    (event,) = store.database.read(lambda tx: read_events(tx, "default", EventQuery()))
    assert (event.kind, event.subject) == ("feature_view.materialized", "sighting")
    assert event.data == {"until": "2013-01-01T04:00:00.000000Z", "n_keys": 2}


def test_what_is_too_old_to_be_used_is_not_stored(store: Store) -> None:
    rows = rows_of(("a", 1, 0.5), ("b", 19, 0.7)).lazy()
    assert store.features.materialize(store.caller, view(ttl="10h"), rows, hour(20)).n_keys == 1
    assert store.online.count(space_name("default", "sighting", ["value"])) == 1


def test_keys_of_two_columns_and_values_of_every_type_come_back(store: Store) -> None:
    rows = pl.DataFrame(
        {
            "origin": ["JFK"],
            "hour_at": [hour(5)],
            "event_at": [hour(1)],
            "count": [2**62],
            "small": pl.Series([-1], dtype=pl.Int8),
            "rate": [0.1],
            "text": ["wet"],
            "flag": [True],
            "since": [hour(1) + timedelta(microseconds=5)],
            "nothing": pl.Series([None], dtype=pl.Float64),
        }
    )
    declared = view(keys=("origin", "hour_at"))
    store.features.materialize(store.caller, declared, rows.lazy(), hour(2))
    (found,) = store.features.online_read(store.caller, declared.name, [["JFK", "2013-01-01T05:00:00Z"]])
    assert found is not None
    assert found.values == {
        "count": 2**62,
        "small": -1,
        "rate": 0.1,
        "text": "wet",
        "flag": True,
        "since": "2013-01-01T01:00:00.000005Z",
        "nothing": None,
    }


def test_new_columns_start_the_view_afresh(store: Store) -> None:
    store.features.materialize(store.caller, view(), rows_of(("a", 1, 0.5), ("b", 1, 0.5)).lazy(), hour(2))
    wider = view(compute=lambda rows: rows.filter(pl.col("who") == "a").with_columns(more=pl.lit(1)))
    store.features.materialize(store.caller, wider, rows_of(("a", 1, 0.5)).lazy(), hour(2))
    a, b = store.features.online_read(store.caller, "sighting", [["a"], ["b"]])
    assert a is not None
    assert (a.values, b) == ({"value": 0.5, "more": 1}, None)


def test_projects_are_apart_and_roles_hold(store: Store) -> None:
    store.features.materialize(store.caller, view(), rows_of(("a", 1, 0.5)).lazy(), hour(2))
    with pytest.raises(NotFoundError, match="no materialized feature view 'sighting'"):
        store.features.online_read(replace(store.caller, project="other"), "sighting", [["a"]])
    with pytest.raises(ForbiddenError, match="needs editor"):
        store.features.materialize(Caller("eve"), view(), rows_of().lazy(), hour(2))


def test_bad_input_is_one_clear_line(store: Store) -> None:
    with pytest.raises(UsageError, match="has no time zone"):
        store.features.materialize(store.caller, view(), rows_of().lazy(), datetime(2013, 1, 1))  # noqa: DTZ001
    lists = view(compute=lambda rows: rows.with_columns(value=pl.concat_list("value")))
    with pytest.raises(FeatureViewError, match=r"'value' of 'sighting' is List\(Float64\)"):
        store.features.materialize(store.caller, lists, rows_of(("a", 1, 0.5)).lazy(), hour(2))
