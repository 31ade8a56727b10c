"""Feedback: what was predicted, what turned out true, and the join of both.

records          what the verbs take and give
segment_reading  new whole frames of one segment of the prediction log
logged_columns   from log records to columns
parts            the columns of a stretch of a segment: kept as Parquet, or still to be read from the log
advance          one step of a reading, written as a whole
logged           the prediction log as columns, each row exactly once
settling         labels that came before their prediction
classification   which labels count, which are repeated, which wait in quarantine
references       which blobs the records of this room name
arrivals         rows and labels that came late
erasing          blanking what is logged of erased keys
removal          taking old predictions and labels away
labels           recording labels, the ground-truth join, the summary
"""

from __future__ import annotations

from tidemill.feedback.arrivals import Arrivals, Late, Looked
from tidemill.feedback.erasing import HeldPrediction, PredictionErasure, Sought
from tidemill.feedback.labels import MOST_LABELS, Feedback, check_labels
from tidemill.feedback.logged import LoggedRows
from tidemill.feedback.logged_columns import inputs_of
from tidemill.feedback.records import (
    CLOCK_SLACK,
    CaughtUp,
    Coverage,
    LabelSummary,
    NewLabel,
    QuarantinedLabel,
    Recorded,
    Refused,
    Span,
)
from tidemill.feedback.references import referenced_blobs
from tidemill.feedback.removal import (
    SegmentFacts,
    list_quarantined_before,
    list_segment_facts,
    remove_quarantined,
)

__all__ = [
    "CLOCK_SLACK",
    "MOST_LABELS",
    "Arrivals",
    "CaughtUp",
    "Coverage",
    "Feedback",
    "HeldPrediction",
    "LabelSummary",
    "Late",
    "LoggedRows",
    "Looked",
    "NewLabel",
    "PredictionErasure",
    "QuarantinedLabel",
    "Recorded",
    "Refused",
    "SegmentFacts",
    "Sought",
    "Span",
    "check_labels",
    "inputs_of",
    "list_quarantined_before",
    "list_segment_facts",
    "referenced_blobs",
    "remove_quarantined",
]
