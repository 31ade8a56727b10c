"""Features: values about entities, computed by one function for training and for serving.

feature_view     what a project declares: entities, feature views, and computing a view's rows
as_of            the as-of join: what was known of a row's entity at the row's own instant
column_rules     what those columns may be
training_set     rows, features and label to learn from
request_columns  what a prediction request must bring
serving_inputs   what serving needs to know: request columns and the views to look up
feature_store    the online store: newest values per key, brought in by materializing
materialization  the record of it: a view's watermark
erasing          taking erased keys out of it
errors           what can go wrong on the way

How a value is written for the online store is `tidemill.storage.online_values`, which the data plane shares.
"""

from __future__ import annotations

from tidemill.features.as_of import as_of_join
from tidemill.features.erasing import OnlineErasure
from tidemill.features.errors import FeatureViewError, TrainingSetError
from tidemill.features.feature_store import FeatureStore, KnownValues
from tidemill.features.feature_view import Entity, FeatureView, entity, feature_view, view_rows
from tidemill.features.materialization import Materialization
from tidemill.features.request_columns import RequestColumn, request_columns
from tidemill.features.serving_inputs import ServingInputs, ViewBinding
from tidemill.features.training_set import TrainingSet, TrainingSetSpec, build_training_set, request_names

__all__ = [
    "Entity",
    "FeatureStore",
    "FeatureView",
    "FeatureViewError",
    "KnownValues",
    "Materialization",
    "OnlineErasure",
    "RequestColumn",
    "ServingInputs",
    "TrainingSet",
    "TrainingSetError",
    "TrainingSetSpec",
    "ViewBinding",
    "as_of_join",
    "build_training_set",
    "entity",
    "feature_view",
    "request_columns",
    "request_names",
    "view_rows",
]
