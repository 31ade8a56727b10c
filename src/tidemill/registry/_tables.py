"""Tables of the registry: models, their versions, aliases and the verdicts of gates."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

model_table = sa.Table(
    "model",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
)

version_table = sa.Table(
    "model_version",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(100), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("package_digest", sa.String(64), nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("report_digest", sa.String(64), nullable=False),
    sa.Column("serving", Sealed(sa.JSON(), "model_version.serving"), nullable=False),
    sa.Column("run_id", sa.String(32), nullable=False),
    sa.Column("verdict_id", sa.String(32), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.UniqueConstraint("project_id", "model", "package_digest", "report_digest"),
)

alias_table = sa.Table(
    "model_alias",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(100), primary_key=True),
    sa.Column("alias", sa.String(100), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("set_at", sa.String(27), nullable=False),
    sa.Column("set_by", sa.String(200), nullable=False),
)

verdict_table = sa.Table(
    "gate_verdict",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("endpoint", sa.String(100), nullable=False),
    sa.Column("model", sa.String(100), nullable=False),
    sa.Column("package_digest", sa.String(64), nullable=False),
    sa.Column("report_digest", sa.String(64), nullable=False),
    sa.Column("run_id", sa.String(32), nullable=False),
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("verdict", Sealed(sa.JSON(), "gate_verdict.verdict"), nullable=False),
    sa.Column("judged_at", sa.String(27), nullable=False),
    sa.Column("judged_by", sa.String(200), nullable=False),
    sa.Index("gate_verdict_by_package", "project_id", "model", "package_digest"),
)
