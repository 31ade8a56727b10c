"""The tables of this room: versions of datasets and file sets, what checks found, and the parts already cleaned."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

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
    # What was erased from it since: the version keeps its number and digest.
    sa.Column("redactions", sa.JSON),
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
    # Rows that were left out since their key was erased.
    sa.Column("n_suppressed", sa.BigInteger),
)

# One secret a project, under which erased keys are hashed; its generation goes up with each change of them.
erasure_secret = sa.Table(
    "erasure_secret",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("secret", Sealed(sa.Text(), "erasure_secret.secret"), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
)

# Keys that were erased and may not come back, as hashes; derived ones name rows of such keys.
erased_key = sa.Table(
    "erased_key",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("request_id", sa.String(32), primary_key=True),
    sa.Column("columns", sa.String(500), primary_key=True),
    sa.Column("hash", sa.String(32), primary_key=True),
    sa.Column("derived", sa.Boolean, nullable=False),
)

# What a version holds is in its manifest, a blob of this digest.
file_set_version = sa.Table(
    "file_set_version",
    metadata,
    sa.Column("project_id", sa.String, primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("n_files", sa.BigInteger, nullable=False),
    sa.Column("n_bytes", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.String, nullable=False),
    sa.Column("created_by", sa.String, nullable=False),
    sa.UniqueConstraint("project_id", "name", "version", name="uq_file_set_version_number"),
    sa.UniqueConstraint("project_id", "name", "digest", name="uq_file_set_version_digest"),
)
