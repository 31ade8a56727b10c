"""What can go wrong between rows and features."""

from __future__ import annotations

from tidemill.core import UsageError


class FeatureViewError(UsageError):
    """A feature view's function gave something that cannot be features."""

    code = "feature_view_refused"


class TrainingSetError(UsageError):
    """A training set cannot be built from these rows, columns and views."""

    code = "training_set_refused"
