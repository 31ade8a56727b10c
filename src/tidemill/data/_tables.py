"""The tables of this room: dataset versions, what their checks found, and the parts already cleaned."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.sealed_columns import Sealed

metadata = sa.MetaData()

dataset_version = sa.Table(
    "dataset_version",
    metadata,
    sa.Column("project_id", sa.String, primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("n_rows", sa.BigInteger, nullable=False),
    sa.Column("schema", sa.JSON, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("event_time", sa.String, nullable=False),
    sa.Column("first_event_at", sa.String, nullable=False),
    sa.Column("last_event_at", sa.String, nullable=False),
    sa.Column("clean_digest", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String, nullable=False),
    sa.Column("created_by", sa.String, nullable=False),
    sa.UniqueConstraint("project_id", "name", "version", name="uq_dataset_version_number"),
    sa.UniqueConstraint("project_id", "name", "digest", name="uq_dataset_version_digest"),
)

# A version never changes, but the checks a project asks of it may: each set of checks leaves its own evidence.
dataset_check = sa.Table(
    "dataset_check",
    metadata,
    sa.Column("project_id", sa.String, primary_key=True),
    sa.Column("dataset_version_id", sa.String(32), primary_key=True),
    sa.Column("checks_digest", sa.String(64), primary_key=True),
    sa.Column("results", Sealed(sa.JSON(), "dataset_check.results"), nullable=False),
    sa.Column("checked_at", sa.String, nullable=False),
    sa.Column("checked_by", sa.String, nullable=False),
)

# What a file became when it was last cleaned: an unchanged file then costs a stat.
ingested_part = sa.Table(
    "ingested_part",
    metadata,
    sa.Column("project_id", sa.String, primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("path", sa.String, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("inode", sa.BigInteger, nullable=False),
    sa.Column("recipe", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("n_rows", sa.BigInteger, nullable=False),
    sa.Column("schema", sa.JSON, nullable=False),
)
