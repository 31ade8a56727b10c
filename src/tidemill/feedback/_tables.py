"""Tables of the feedback room: which predictions were made, their labels, and labels that wait in quarantine."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.statements import BIG

metadata = sa.MetaData()

prediction_table = sa.Table(
    "prediction",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("prediction_id", sa.String(32), primary_key=True),
    sa.Column("endpoint", sa.String(100), nullable=False),
    sa.Column("event_at", sa.String(27), nullable=False),
    sqlite_with_rowid=False,
)

# A stretch of one log segment, read once and kept as columns; the largest end is how far the segment is read.
prediction_part_table = sa.Table(
    "prediction_part",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("endpoint", sa.String(100), primary_key=True),
    sa.Column("segment", sa.String(100), primary_key=True),
    sa.Column("start", BIG, primary_key=True),
    sa.Column("end", BIG, nullable=False),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
    sa.Column("first_event_at", sa.String(27)),
    sa.Column("last_event_at", sa.String(27)),
    sa.Column("last_recorded_at", sa.String(27)),
    sa.Index("prediction_part_by_time", "project_id", "endpoint", "last_event_at"),
)

# Append only: a correction is a further row with the next number.
label_table = sa.Table(
    "label",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("prediction_id", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("endpoint", sa.String(100), nullable=False),
    sa.Column("label", sa.Float, nullable=False),
    sa.Column("event_at", sa.String(27), nullable=False),
    sa.Column("recorded_at", sa.String(27), nullable=False),
    sa.Column("predicted_at", sa.String(27), nullable=False),
    sa.Column("given_by", sa.String(200), nullable=False),
    sa.Index("label_by_time", "project_id", "endpoint", "predicted_at"),
    sa.Index("label_by_arrival", "project_id", "endpoint", "recorded_at"),
    sqlite_with_rowid=False,
)

quarantined_label_table = sa.Table(
    "quarantined_label",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("prediction_id", sa.String(32), nullable=False),
    sa.Column("label", sa.Float, nullable=False),
    sa.Column("event_at", sa.String(27), nullable=False),
    sa.Column("recorded_at", sa.String(27), nullable=False),
    sa.Column("given_by", sa.String(200), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("settled_at", sa.String(27)),
    # Only what waits is looked for, and that is little.
    sa.Index(
        "quarantined_label_waiting",
        "project_id",
        "prediction_id",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    ),
)
