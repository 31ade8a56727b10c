"""The online store: for each key of a view the newest values known by an instant, ready to be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, Event, UsageError, iso, not_found
from tidemill.data import ErasedKeys, ErasedMeanwhileError, load_erased_keys, require_generation
from tidemill.features import _repository as repository
from tidemill.features.errors import FeatureViewError
from tidemill.features.feature_view import EVENT_AT, FeatureView, view_rows
from tidemill.features.materialization import Materialization
from tidemill.features.request_columns import RequestType, column_type
from tidemill.storage import KeyValueStore
from tidemill.storage.online_values import Scalar, decode_value, encode_value, key_text, space_name
from tidemill.storage.records import Database, Transaction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class KnownValues:
    """What the online store knows of one key, and since when."""

    event_at: datetime
    values: dict[str, Scalar]


class FeatureStore:
    """Feature values of the caller's project, brought online and read back. Thread-safe."""

    def __init__(self, database: Database, online: KeyValueStore, clock: Clock) -> None:
        self._database = database
        self._online = online
        self._clock = clock

    def materialize(
        self, caller: Caller, view: FeatureView, source_rows: pl.LazyFrame, until: datetime
    ) -> Materialization:
        """Compute a view from its source's rows and bring what is known by `until` into the online store.

        Raises FeatureViewError when the view cannot be computed, UsageError for a naive `until`, ForbiddenError below
        the editor's role.
        """
        return self.materialize_rows(caller, view, view_rows(view, source_rows), until)

    def materialize_rows(
        self, caller: Caller, view: FeatureView, rows: pl.DataFrame, until: datetime
    ) -> Materialization:
        """Bring rows that `view_rows` computed into the online store: one computation serves many instants.

        For each key the row with the greatest ``event_at <= until`` is stored; what is older than the view's TTL by
        then could never be used and is left out. The values go first, then the watermark: repeating a broken
        materialization heals it. Going back in time replaces the space in one step; other columns have a space of their
        own, so that a model trained on the old ones goes on reading them. Raises UnavailableError when the online store
        cannot be written.
        """
        return self.materialize_all(caller, [(view, rows)], until)[0]

    def materialize_all(
        self, caller: Caller, views: Sequence[tuple[FeatureView, pl.DataFrame]], until: datetime
    ) -> list[Materialization]:
        """Bring the rows of several views online as `materialize_rows` does, with one record of all of them.

        Keys that were erased are left out, and counted in `n_suppressed`.
        """
        require(caller, Role.EDITOR)
        if until.tzinfo is None:
            raise UsageError(f"until={until.isoformat()} has no time zone; give an aware instant, as in UTC")
        while True:
            with suppress(ErasedMeanwhileError):
                return self._materialize_all(caller, views, until)

    def _materialize_all(
        self, caller: Caller, views: Sequence[tuple[FeatureView, pl.DataFrame]], until: datetime
    ) -> list[Materialization]:
        names = [view.name for view, _ in views]
        before, erased = self._database.read(
            lambda tx: (
                {name: repository.latest(tx, caller.project, name) for name in names},
                load_erased_keys(tx, caller.project),
            )
        )
        done = [self._put(caller, view, rows, (before[view.name], until, erased)) for view, rows in views]

        def record(tx: Transaction) -> None:
            require_generation(tx, caller.project, erased.generation)
            for each in done:
                repository.add(tx, caller.project, each)
                data = {"until": iso(until), "n_keys": each.n_keys}
                tx.emit(caller.name, caller.project, Event("feature_view.materialized", each.view, data))

        self._database.write(record)
        return done

    def _put(
        self,
        caller: Caller,
        view: FeatureView,
        rows: pl.DataFrame,
        how: tuple[Materialization | None, datetime, ErasedKeys],
    ) -> Materialization:
        before, until, erased = how
        columns = _typed_features(view, rows)
        latest = latest_rows(rows, view.keys, until, view.ttl)
        newest, n_suppressed = erased.drop(latest)
        space = space_name(caller.project, view.name, [name for name, _ in columns])
        back = before is not None and until < before.until
        store = self._online.replace if back else self._online.put_many
        store(space, _items(newest, view.keys, [name for name, _ in columns]))
        if n_suppressed:  # one that came online while it was being erased
            gone = latest.filter(erased.mask(latest)).select(view.keys)
            self._online.remove_many(space, [key_text(key) for key in gone.iter_rows()])
        at, by = self._clock.now(), caller.name
        return Materialization(view.name, newest.height, until, columns, at, by, tuple(view.keys), n_suppressed)

    def watermark(self, caller: Caller, view: str) -> Materialization | None:
        """Return how far a view was last brought online, None when it never was."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: repository.latest(tx, caller.project, view))

    def online_read(self, caller: Caller, view: str, keys: Sequence[Sequence[object]]) -> list[KnownValues | None]:
        """Return what is known of each key (its values in key order), None where nothing is.

        Raises NotFoundError for a view that was never materialized.
        """
        done = self.watermark(caller, view)
        if done is None:
            raise not_found("materialized feature view", view, [])
        names = [name for name, _ in done.columns]
        space = space_name(caller.project, view, names)
        found = self._online.get_many(space, [key_text(values) for values in keys])
        return [None if data is None else _known(data, names) for data in found]


def latest_rows(rows: pl.DataFrame, keys: Sequence[str], until: datetime, ttl: timedelta) -> pl.DataFrame:
    """Return for each key the row with the greatest ``event_at <= until`` that is not older than `ttl` by then."""
    at = rows[EVENT_AT]
    first, last = at.min(), at.max()
    if not (isinstance(first, datetime) and isinstance(last, datetime) and until - ttl <= first and last <= until):
        rows = rows.filter((at <= until) & (at >= until - ttl))
    return rows.sort(EVENT_AT, descending=True).unique(subset=list(keys), keep="first", maintain_order=True)


def _typed_features(view: FeatureView, rows: pl.DataFrame) -> tuple[tuple[str, RequestType], ...]:
    columns = []
    for name, dtype in rows.schema.items():
        if name in (*view.keys, EVENT_AT):
            continue
        found = column_type(str(dtype))
        if found is None:
            raise FeatureViewError(
                f"the feature {name!r} of {view.name!r} is {dtype}, which the online store does not hold; "
                "allowed are text, whole numbers and floats up to 64 bits, booleans and datetimes"
            )
        columns.append((name, found))
    return tuple(columns)


def _items(newest: pl.DataFrame, keys: Sequence[str], features: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    known_at = newest[EVENT_AT].dt.epoch("ms").to_list()
    named, values = newest.select(keys).rows(), newest.select(features).rows()
    for key, at, row in zip(named, known_at, values, strict=True):
        yield key_text(key), encode_value(at, row)


def _known(data: bytes, names: Sequence[str]) -> KnownValues:
    event_at_ms, values = decode_value(data)
    return KnownValues(_EPOCH + timedelta(milliseconds=event_at_ms), dict(zip(names, values, strict=True)))
