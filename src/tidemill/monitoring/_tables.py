"""Tables of the monitoring room: what each monitor found in each window."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

window_table = sa.Table(
    "monitoring_window",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("endpoint", sa.String(100), primary_key=True),
    sa.Column("monitor", sa.String(100), primary_key=True),
    sa.Column("starts_at", sa.String(27), primary_key=True),
    sa.Column("ends_at", sa.String(27), nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("version", sa.String(120), nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
    sa.Column("n_labelled", sa.Integer, nullable=False),
    sa.Column("result", Sealed(sa.JSON(), "monitoring_window.result"), nullable=False),
    sa.Column("watermark", sa.String(27), nullable=False),
    sa.Column("evaluated_at", sa.String(27), nullable=False),
    # How often it was evaluated again since rows or labels came late.
    sa.Column("n_revised", sa.Integer, nullable=False),
)
