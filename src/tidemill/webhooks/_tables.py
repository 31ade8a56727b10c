"""Tables of the webhooks room."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

# `since` is the position of the event log at which it was made: what was before is not told.
webhook_table = sa.Table(
    "webhook",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("description", Sealed(sa.Text(), "webhook.description"), nullable=False),
    sa.Column("url", Sealed(sa.Text(), "webhook.url"), nullable=False),
    sa.Column("events", sa.Text, nullable=False),
    sa.Column("secret", Sealed(sa.Text(), "webhook.secret")),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("updated_at", sa.String(27), nullable=False),
)

# One event for one webhook, under one of the names it asked for. `next_at` is when it is tried (again); null when done.
delivery_table = sa.Table(
    "webhook_delivery",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("webhook_id", sa.String(32), primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False),
    sa.Column("body", Sealed(sa.Text(), "webhook_delivery.body"), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("n_attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.String(27)),
    sa.Column("answered", sa.Integer),
    sa.Column("error", Sealed(sa.Text(), "webhook_delivery.error")),
    sa.Column("happened_at", sa.String(27), nullable=False),
    sa.Column("done_at", sa.String(27)),
    sa.Index("webhook_delivery_by_state", "project_id", "webhook_id", "state", "position", "event"),
)
