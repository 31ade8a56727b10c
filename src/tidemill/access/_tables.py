"""Table of the access room: tokens, stored as digests only."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

token_table = sa.Table(
    "token",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("expires_at", sa.String(27), nullable=False),
    sa.Column("revoked_at", sa.String(27)),
    sa.UniqueConstraint("project_id", "name"),
    sa.UniqueConstraint("project_id", "digest"),
    sa.Index("token_by_digest", "digest"),
)
