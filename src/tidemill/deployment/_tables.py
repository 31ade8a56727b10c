"""Tables of the deployment room: endpoints and the revisions they have served."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

endpoint_table = sa.Table(
    "endpoint",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(100), nullable=False),
    sa.Column("description", Sealed(sa.Text(), "endpoint.description"), nullable=False),
    sa.Column("log", sa.String(10), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    # What the project declares of gate, monitors and retraining, for those who read without its code.
    sa.Column("declared", Sealed(sa.JSON(), "endpoint.declared")),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
)

revision_table = sa.Table(
    "endpoint_revision",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("endpoint", sa.String(100), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("model", sa.String(100), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("package_digest", sa.String(64), nullable=False),
    sa.Column("reason", Sealed(sa.String(200), "endpoint_revision.reason"), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
)
