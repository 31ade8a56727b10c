"""Tables of the bundles: what was stored, checked, and deployed where."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

bundle_table = sa.Table(
    "bundle",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("manifest", Sealed(sa.JSON(), "bundle.manifest"), nullable=False),
    sa.Column("commit", sa.String(60)),
    sa.Column("diff_digest", sa.String(64), nullable=False),
    sa.Column("made_with", sa.String(40), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Index("bundle_by_age", "project_id", "created_at"),
)

check_table = sa.Table(
    "bundle_check",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("report_digest", sa.String(64), nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Index("bundle_check_by_bundle", "project_id", "digest", "name", "id"),
)

deployment_table = sa.Table(
    "bundle_deployment",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("environment", sa.String(100), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("how", sa.String(20), nullable=False),
    sa.Column("override", Sealed(sa.Text(), "bundle_deployment.override"), nullable=False),
    sa.Column("from_environment", sa.String(100), nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
)
