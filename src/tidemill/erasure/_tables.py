"""Tables of the erasure room: requests, and what was found and done for each. Ids, hashes and counts only."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

erasure_request_table = sa.Table(
    "erasure_request",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),
    sa.Column("n_keys", sa.Integer, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("waiting", sa.JSON, nullable=False),
    sa.Column("requested_at", sa.String(27), nullable=False),
    sa.Column("requested_by", sa.String(200), nullable=False),
    sa.Column("finished_at", sa.String(27)),
    sa.Column("lifted_at", sa.String(27)),
    sa.Column("lifted_by", sa.String(200)),
)

erasure_item_table = sa.Table(
    "erasure_item",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("request_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(500), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
