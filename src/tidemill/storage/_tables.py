"""Tables of the storage room: events, who follows them, and the durable queue."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed
from tidemill.storage.statements import BIG

metadata = sa.MetaData()

event_table = sa.Table(
    "event",
    metadata,
    sa.Column("sequence", BIG, primary_key=True, autoincrement=True),
    sa.Column("project_id", sa.String(100), nullable=False),
    sa.Column("id", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(100), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    # Given when the event is sealed: gap-free over the whole store, and chained to the one before.
    sa.Column("position", BIG),
    sa.Column("hash", sa.String(64)),
    sa.UniqueConstraint("project_id", "id"),
    sa.Index("event_by_position", "position"),
    sa.Index("event_by_project", "project_id", "sequence"),
    sa.Index("event_by_follower", "project_id", "position"),
    sa.Index("event_by_subject", "project_id", "subject", "sequence"),
    sqlite_autoincrement=True,
)

follower_table = sa.Table(
    "follower",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("position", BIG, nullable=False),
)

job_table = sa.Table(
    "job",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(100), nullable=False),
    sa.Column("unique_key", sa.String(300), nullable=False),
    sa.Column("payload", Sealed(sa.JSON(), "job.payload"), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("run_at", sa.String(27), nullable=False),
    sa.Column("lease_until", sa.String(27)),
    sa.Column("owner", sa.String(200)),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("result", Sealed(sa.JSON(), "job.result")),
    sa.Column("error", Sealed(sa.Text(), "job.error")),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("ended_at", sa.String(27)),
    sa.UniqueConstraint("project_id", "kind", "unique_key"),
    sa.Index("job_due", "state", "run_at"),
)

# One row in an encrypted store, none in any other: its data keys, wrapped, for whoever opens it from elsewhere.
keyring_table = sa.Table(
    "store_keyring",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),
)
