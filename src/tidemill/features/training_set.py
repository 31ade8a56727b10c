"""Training sets: rows with the features that were known at each row's own instant, and their label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.core import UsageError, did_you_mean, digest_json
from tidemill.data import content_digest, split_by_time
from tidemill.features.as_of import as_of_join
from tidemill.features.column_rules import require_inputs, require_keys, require_label, require_label_type
from tidemill.features.errors import TrainingSetError
from tidemill.features.feature_view import EVENT_AT, FeatureView
from tidemill.features.serving_inputs import ServingInputs

_Roles = tuple[str, str, str, tuple[str, ...], dict[str, Any]]


@dataclass(frozen=True)
class TrainingSetSpec:
    """What a training set is made of besides feature views.

    `columns` are those a request brings along and the model sees; `key` names a row, `event_time` places it.
    """

    key: str
    event_time: str
    label: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Rows to learn from: `inputs` are the request columns and then the features, in the order the model sees them.
    `serving` says how a request for the same inputs is answered.

    Rows whose label never came stay, with a null label.
    """

    frame: pl.DataFrame
    key: str
    event_time: str
    label: str
    inputs: tuple[str, ...]
    serving: ServingInputs = field(default_factory=ServingInputs)

    def __len__(self) -> int:
        return self.frame.height

    @property
    def x(self) -> pl.DataFrame:
        """The inputs, shape (n, f)."""
        return self.frame.select(self.inputs)

    @property
    def y(self) -> NDArray[np.float64]:
        """The label, shape (n,): 0.0 and 1.0 for false and true, NaN where there is none.

        Raises TrainingSetError for a label that is no number.
        """
        require_label_type(self.frame[self.label])
        return self.frame[self.label].cast(pl.Float64).fill_null(float("nan")).to_numpy()

    def labelled(self) -> TrainingSet:
        """Return the rows that have a label."""
        if not self.frame[self.label].null_count():
            return self
        return replace(self, frame=self.frame.drop_nulls(self.label))

    def split_by_time(self, holdout: str) -> tuple[TrainingSet, TrainingSet]:
        """Split off the last stretch of time, such as ``14d``, to judge on.

        Raises UsageError (see the data room), TrainingSetError when the rows to fit have no label, or all the same.
        """
        fit, held_out = split_by_time(self.frame, self.event_time, holdout)
        require_label(fit[self.label], f"rows before the holdout of {holdout}")
        return replace(self, frame=fit), replace(self, frame=held_out)

    def pandas(self) -> Any:
        """Return the inputs as a pandas DataFrame for LightGBM: text as sorted categories, the rest as float64."""
        # pandas takes a second to import, and only training needs it.
        import pandas as pd

        columns: dict[str, Any] = {}
        for column in self.x.iter_columns():
            if _is_text(column.dtype):
                text = column.cast(pl.String)
                levels = text.drop_nulls().unique().sort()
                codes = text.cast(pl.Enum(levels)).to_physical().cast(pl.Int64).fill_null(-1)
                columns[column.name] = pd.Categorical.from_codes(codes.to_numpy(), categories=levels.to_list())
            else:
                columns[column.name] = column.cast(pl.Float64).to_numpy()
        return pd.DataFrame(columns)

    def content_digest(self) -> str:
        """Return a digest of the rows and of what each column is for."""
        return digest_json([self._roles(), content_digest(self.frame)])

    def to_bytes(self) -> bytes:
        """Return the rows as an Arrow file, packed with what each column is for."""
        held = BytesIO()
        self.frame.rechunk().write_ipc(held, compression="zstd")
        return msgspec.msgpack.encode((self._roles(), held.getvalue()))

    @classmethod
    def from_bytes(cls, data: bytes) -> TrainingSet:
        """Return the training set that `to_bytes` wrote. Raises UsageError for other bytes."""
        try:
            (key, event_time, label, inputs, serving), rows = msgspec.msgpack.decode(data, type=tuple[_Roles, bytes])
            return cls(pl.read_ipc(BytesIO(rows)), key, event_time, label, inputs, ServingInputs.from_json(serving))
        except (msgspec.DecodeError, pl.exceptions.PolarsError) as error:
            raise UsageError("these bytes are not a training set; build it again") from error

    def _roles(self) -> _Roles:
        return (self.key, self.event_time, self.label, self.inputs, self.serving.to_json())


def build_training_set(
    spine: pl.LazyFrame, spec: TrainingSetSpec, views: Sequence[tuple[FeatureView, pl.DataFrame]]
) -> TrainingSet:
    """Join to each row of the spine the features known at its event time: one row out per row in, in order.

    `views` come with their own rows (see `view_rows`). Columns that nothing needs are not read.

    Raises TrainingSetError when a column is missing, two columns have one name, the label is among the inputs, or an
    input is neither number, boolean nor text or badly named, the key is no text, whole number or instant, or the
    label is no number, never known or always the same.
    """
    frame = _spine(spine, spec, [view for view, _ in views])
    given = dict.fromkeys(frame.columns, "the rows")
    features: list[str] = []
    for view, rows in views:
        added = [column for column in rows.columns if column not in (*view.keys, EVENT_AT)]
        _require_new(view, added, given)
        frame = as_of_join(frame, rows, view.keys, spec.event_time, view.ttl)
        features += added
    inputs = (*spec.columns, *features)
    require_inputs(frame, inputs)
    require_label(frame[spec.label], "rows")
    return TrainingSet(frame, spec.key, spec.event_time, spec.label, inputs)


def request_names(columns: Sequence[str], views: Sequence[FeatureView]) -> tuple[str, ...]:
    """Return the columns a request must bring: the model's own, and the keys by which features are looked up."""
    return tuple(dict.fromkeys([*columns, *(key for view in views for key in view.keys)]))


def _spine(rows: pl.LazyFrame, spec: TrainingSetSpec, views: Sequence[FeatureView]) -> pl.DataFrame:
    known = rows.collect_schema().names()
    named = (spec.key, spec.event_time, *request_names(spec.columns, views), spec.label)
    for column in named:
        if column not in known:
            raise TrainingSetError(
                f"the training set needs the column {column!r}, which its source does not give."
                f"{did_you_mean(column, known)} There is: {', '.join(known)}"
            )
    if spec.label in spec.columns:
        raise TrainingSetError(f"the label {spec.label!r} is among the columns the model sees; take it out")
    frame = rows.select(list(dict.fromkeys(named))).collect()
    require_keys(frame, spec.key, [key for view in views for key in view.keys])
    return frame


def _require_new(view: FeatureView, added: Sequence[str], given: dict[str, str]) -> None:
    for column in added:
        if column in given:
            raise TrainingSetError(
                f"the feature {column!r} of {view.name!r} has the name of a column of {given[column]}; "
                f"rename it in the feature view, for instance to '{view.name}_{column}'"
            )
        given[column] = f"the feature view {view.name!r}"


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)
