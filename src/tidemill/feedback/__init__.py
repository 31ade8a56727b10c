"""Feedback: what was predicted, what turned out true, and the join of both.

records          what the verbs take and give
segment_reading  new whole frames of one segment of the prediction log
logged_columns   from log records to columns
parts            the columns of a stretch of a segment: kept as Parquet, or still to be read from the log
logged           the prediction log as columns, each row exactly once
classification   which labels count, which are repeated, which wait in quarantine
labels           recording labels, the ground-truth join, the summary
"""

from __future__ import annotations

from tidemill.feedback.labels import Feedback
from tidemill.feedback.logged import LoggedRows
from tidemill.feedback.logged_columns import inputs_of
from tidemill.feedback.records import (
    CaughtUp,
    Coverage,
    LabelSummary,
    NewLabel,
    QuarantinedLabel,
    Recorded,
    Span,
)

__all__ = [
    "CaughtUp",
    "Coverage",
    "Feedback",
    "LabelSummary",
    "LoggedRows",
    "NewLabel",
    "QuarantinedLabel",
    "Recorded",
    "Span",
    "inputs_of",
]
