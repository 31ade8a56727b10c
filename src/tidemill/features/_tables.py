"""The table of this room: how far each feature view has been brought into the online store."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

materialization = sa.Table(
    "materialization",
    metadata,
    sa.Column("project_id", sa.String, primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("view", sa.String, nullable=False),
    sa.Column("until_at", sa.String, nullable=False),
    sa.Column("n_keys", sa.BigInteger, nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),
    sa.Column("keys", sa.JSON),
    sa.Column("created_at", sa.String, nullable=False),
    sa.Column("created_by", sa.String, nullable=False),
    sa.Index("ix_materialization_view", "project_id", "view", "id"),
)
