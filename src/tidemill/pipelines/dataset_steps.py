"""The steps that come along: from sources and feature views to rows to learn from and rows to judge on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import polars as pl

from tidemill.data import Source
from tidemill.features import (
    FeatureView,
    ServingInputs,
    TrainingSet,
    TrainingSetSpec,
    ViewBinding,
    build_training_set,
    request_columns,
    request_names,
)
from tidemill.pipelines.errors import TraceError
from tidemill.pipelines.graph.step import Step, current_trace, step
from tidemill.pipelines.inputs import SourceRows, ViewRows


def training_set(
    source: Source, *, columns: Sequence[str] = (), features: Sequence[FeatureView] = (), label: str
) -> TrainingSet:
    """Join to each row of a source the features known at its event time, as a step of a pipeline.

    columns: the source's columns that a request will bring and the model sees.
    features: the feature views whose values are joined as of each row, and looked up when serving.
    label: the column to predict; rows whose label never came stay in, with a null.

    Raises TraceError outside a pipeline's body: which version of the source is read is decided by a plan.
    """
    if current_trace.get() is None:
        raise TraceError("training_set reads a dataset version, which a plan decides: call it in a pipeline's body")
    traced = cast("Step[..., TrainingSet]", _TRAINING_SET)
    return traced(source, tuple(columns), tuple(features), label)


def _training_set(source: SourceRows, columns: Sequence[str], features: Sequence[ViewRows], label: str) -> TrainingSet:
    declared = source.source
    spec = TrainingSetSpec(declared.key, declared.event_time, label, tuple(columns))
    built = build_training_set(source.rows, spec, [(each.view, each.computed) for each in features])
    names = request_names(columns, [each.view for each in features])
    serving = ServingInputs(
        request=request_columns(source.version, names),
        event_time=declared.event_time,
        key=declared.key,
        views=tuple(_binding(each) for each in features),
    )
    return replace(built, serving=serving)


def _binding(each: ViewRows) -> ViewBinding:
    view = each.view
    schema = each.computed.schema
    columns = [name for name in schema if name not in (*view.keys, "event_at")]
    types = ["string" if schema[name] == pl.String else "number" for name in columns]
    return ViewBinding(view.name, view.keys, tuple(columns), tuple(types), view.ttl.total_seconds())


_training_set.__name__ = "training_set"
_TRAINING_SET = step(_training_set)


@step(outputs=("fit", "holdout"))
def split_by_time(rows: TrainingSet, holdout: str) -> tuple[TrainingSet, TrainingSet]:
    """Split off the last stretch of time, such as ``14d``, to judge a model on: rows later than all it has seen.

    Raises UsageError when the stretch leaves nothing on one side.
    """
    return rows.split_by_time(holdout)
