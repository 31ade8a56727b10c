"""A feature store, and views of made-up sightings: who was seen when, with which values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from tidemill.access import Caller
from tidemill.data import source
from tidemill.features import FeatureStore, FeatureView, entity, feature_view
from tidemill.storage import SqliteKeyValue
from tidemill.storage.records import Database

START = datetime(2013, 1, 1, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
SIGHTINGS = source("sightings", "data/*.parquet", key="id", event_time="event_at")


@dataclass(frozen=True)
class Store:
    database: Database
    online: SqliteKeyValue
    features: FeatureStore
    caller: Caller


def hour(n: int) -> datetime:
    return START + timedelta(hours=n)


def view(
    ttl: str = "10h",
    keys: tuple[str, ...] = ("who",),
    compute: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows,
    name: str = "sighting",
) -> FeatureView:
    return feature_view(entity=entity("being", key=keys), source=SIGHTINGS, ttl=ttl, name=name)(compute)


def rows_of(*known: tuple[str | None, int, float | None]) -> pl.DataFrame:
    """Rows of (who, hour at which it was known, value)."""
    return pl.DataFrame(
        [(who, hour(at), value) for who, at, value in known],
        schema={"who": pl.String, "event_at": INSTANT, "value": pl.Float64},
        orient="row",
    )
