"""Entities and feature views: what a feature is about, and the one function that computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

from tidemill.core import UsageError, check_name, did_you_mean, parse_duration
from tidemill.data import Source
from tidemill.features.errors import FeatureViewError

EVENT_AT = "event_at"
INSTANT = pl.Datetime("us", "UTC")

Computation = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True)
class Entity:
    """What features are about, and the columns that name one of it, in key order."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class FeatureView:
    """Features of one entity, computed from one source by one function, for training and serving alike.

    The function gives the entity's keys, `event_at` (the instant from which the values are KNOWN), and the features.
    A value older than `ttl` is not used: the feature is null.
    """

    name: str
    entity: Entity
    source: Source
    ttl: timedelta
    compute: Computation = field(compare=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The entity's key columns, in key order."""
        return self.entity.keys


def entity(name: str, key: str | Sequence[str]) -> Entity:
    """Declare what features are about. Raises UsageError without a key column.

    >>> entity("weather", key=["origin", "hour_at"]).keys
    ('origin', 'hour_at')
    """
    keys = (key,) if isinstance(key, str) else tuple(key)
    if not keys or len(set(keys)) != len(keys):
        raise UsageError(f"the entity {name!r} needs one or more different key columns, not {list(keys)}")
    return Entity(check_name("entity", name), keys)


def feature_view(*, entity: Entity, source: Source, ttl: str, name: str = "") -> Callable[[Computation], FeatureView]:
    """Declare a feature view above its function, named after it unless a name is given.

    Raises UsageError for a `ttl` that is no duration, such as ``30d``.
    """
    lifetime = parse_duration(ttl, "a feature view's ttl")

    def declare(compute: Computation) -> FeatureView:
        return FeatureView(check_name("feature view", name or compute.__name__), entity, source, lifetime, compute)

    return declare


def view_rows(view: FeatureView, source_rows: pl.LazyFrame) -> pl.DataFrame:
    """Compute a view's rows from its source's rows: keys, `event_at`, features, one row per key and instant.

    Rows whose key is null say nothing of any entity and are left out; rows that are equal count once.

    Raises FeatureViewError when the function fails, leaves out a column, gives no feature, a null `event_at`, or two
    different rows for one key and instant: which of them counts would be chance.
    """
    try:
        computed: object = view.compute(source_rows)
        lazy = computed.lazy() if isinstance(computed, pl.DataFrame) else computed
        if not isinstance(lazy, pl.LazyFrame):
            raise FeatureViewError(
                f"the feature view {view.name!r} returned {type(lazy).__name__}; return the polars LazyFrame"
            )
        frame = lazy.collect()
    except pl.exceptions.PolarsError as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise FeatureViewError(
            f"the feature view {view.name!r} cannot be computed: {line}.{_advice(error, source_rows)}"
        ) from error
    _require_shape(view, frame)
    return _one_per_key(view, frame)


def _advice(error: Exception, rows: pl.LazyFrame) -> str:
    if not isinstance(error, pl.exceptions.ColumnNotFoundError):
        return ""
    known = rows.collect_schema().names()
    named = str(error).replace('"', "'").split("'")
    missing = named[1] if len(named) > 1 else ""
    return f"{did_you_mean(missing, known)} Its source has: {', '.join(known)}"


def _require_shape(view: FeatureView, frame: pl.DataFrame) -> None:
    for column in (*view.keys, EVENT_AT):
        if column not in frame.columns:
            role = "the instant from which the values are known" if column == EVENT_AT else "a key of its entity"
            raise FeatureViewError(
                f"the feature view {view.name!r} gives no column {column!r}, {role}."
                f"{did_you_mean(column, frame.columns)} It gives: {', '.join(frame.columns)}"
            )
    if len(frame.columns) == len(view.keys) + 1:
        raise FeatureViewError(f"the feature view {view.name!r} gives keys and event_at, and no feature; add a column")
    at = frame[EVENT_AT]
    if not isinstance(at.dtype, pl.Datetime) or at.null_count():
        raise FeatureViewError(
            f"the feature view {view.name!r} gives an event_at of type {at.dtype} with {at.null_count():,} nulls; "
            "every row needs the instant, as a datetime, from which it is known"
        )


def _one_per_key(view: FeatureView, frame: pl.DataFrame) -> pl.DataFrame:
    at = pl.col(EVENT_AT)
    dtype = frame.schema[EVENT_AT]
    aware = at if isinstance(dtype, pl.Datetime) and dtype.time_zone else at.dt.replace_time_zone("UTC")
    features = [c for c in frame.columns if c not in (*view.keys, EVENT_AT)]
    rows = frame.lazy().select(*view.keys, aware.cast(INSTANT), *features).drop_nulls(list(view.keys)).collect()
    twice = rows.select(pl.struct(*view.keys, EVENT_AT).is_duplicated()).to_series()
    if not twice.any():
        return rows
    rows = rows.unique(maintain_order=True)
    clash = rows.filter(pl.struct(*view.keys, EVENT_AT).is_duplicated())
    if clash.height:
        one = ", ".join(f"{column}={clash[column][0]!s}" for column in (*view.keys, EVENT_AT))
        raise FeatureViewError(
            f"the feature view {view.name!r} gives different rows for one key and instant ({one}); "
            "aggregate to one row, for instance with .group_by(keys, 'event_at')"
        )
    return rows
