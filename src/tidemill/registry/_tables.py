"""Tables of the registry: models, their versions, tags, aliases, environments and the verdicts of gates."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

model_table = sa.Table(
    "model",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("name", sa.String(256), primary_key=True),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("updated_at", sa.String(27), nullable=False, server_default=""),
    sa.Column("owner", sa.String(200), nullable=False, server_default=""),
    sa.Column("description", Sealed(sa.Text(), "model.description")),
    # The highest number that a version ever had, so that none comes again.
    sa.Column("last_version", sa.Integer, nullable=False, server_default="0"),
    sa.Index("model_by_creation", "project_id", "created_at", "name"),
    sa.Index("model_by_update", "project_id", "updated_at", "name"),
)

model_tag_table = sa.Table(
    "model_tag",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(256), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "model_tag.value"), nullable=False),
    sa.Index("model_tag_by_key", "project_id", "key", "model"),
)

# What no gate saw has neither report nor verdict, and what came without a package no package: those are empty.
version_table = sa.Table(
    "model_version",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(256), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("package_digest", sa.String(64), nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("report_digest", sa.String(64), nullable=False),
    sa.Column("serving", Sealed(sa.JSON(), "model_version.serving"), nullable=False),
    sa.Column("run_id", sa.String(32), nullable=False),
    sa.Column("verdict_id", sa.String(32), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("updated_at", sa.String(27), nullable=False, server_default=""),
    sa.Column("user_id", sa.String(200), nullable=False, server_default=""),
    sa.Column("description", Sealed(sa.Text(), "model_version.description")),
    sa.Column("status", sa.String(30), nullable=False, server_default="READY"),
    sa.Column("status_message", Sealed(sa.Text(), "model_version.status_message")),
    sa.Column("source", sa.String(2000), nullable=False, server_default=""),
    sa.Column("run_link", sa.String(2000), nullable=False, server_default=""),
    sa.Column("model_id", sa.String(64), nullable=False, server_default=""),
    # Flavours, signature, params, metrics, datasets and features, as they were when it was registered.
    sa.Column("facts", Sealed(sa.JSON(), "model_version.facts")),
    sa.Index(
        "model_version_by_package",
        "project_id",
        "model",
        "package_digest",
        "report_digest",
        unique=True,
        sqlite_where=sa.text("report_digest <> ''"),
        postgresql_where=sa.text("report_digest <> ''"),
    ),
    sa.Index("model_version_by_digest", "project_id", "package_digest"),
    sa.Index("model_version_by_update", "project_id", "updated_at", "model", "version"),
    sa.Index("model_version_by_run", "project_id", "run_id"),
    sa.Index("model_version_by_source", "project_id", "source"),
)

version_tag_table = sa.Table(
    "model_version_tag",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(256), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "model_version_tag.value"), nullable=False),
    sa.Index("model_version_tag_by_key", "project_id", "key", "model", "version"),
)

# Where versions stand: a version may stand in several environments, and several versions in one.
environment_table = sa.Table(
    "model_environment",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(256), primary_key=True),
    sa.Column("environment", sa.String(100), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("set_at", sa.String(27), nullable=False),
    sa.Column("set_by", sa.String(200), nullable=False),
    sa.Index("model_environment_by_version", "project_id", "model", "version"),
)

alias_table = sa.Table(
    "model_alias",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(256), primary_key=True),
    sa.Column("alias", sa.String(255), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("set_at", sa.String(27), nullable=False),
    sa.Column("set_by", sa.String(200), nullable=False),
    sa.Index("model_alias_by_version", "project_id", "model", "version"),
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

#: What is recorded of a package beside its report. blob: of a document.
evidence_table = sa.Table(
    "gate_evidence",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("package_digest", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(250), primary_key=True),
    sa.Column("record", Sealed(sa.JSON(), "gate_evidence.record"), nullable=False),
    sa.Column("blob", sa.String(64)),
    sa.Column("collected_at", sa.String(27), nullable=False),
    sa.Column("collected_by", sa.String(200), nullable=False),
)

#: What must hold before an alias of a model moves, as its endpoint declared it last.
policy_table = sa.Table(
    "promotion_policy",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model", sa.String(100), primary_key=True),
    sa.Column("alias", sa.String(100), primary_key=True),
    sa.Column("endpoint", sa.String(100), nullable=False),
    sa.Column("policy", Sealed(sa.JSON(), "promotion_policy.policy"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("recorded_at", sa.String(27), nullable=False),
    sa.Column("recorded_by", sa.String(200), nullable=False),
)

request_table = sa.Table(
    "promotion_request",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("model", sa.String(100), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("environment", sa.String(100), nullable=False),
    sa.Column("package_digest", sa.String(64), nullable=False),
    sa.Column("report_digest", sa.String(64), nullable=False),
    sa.Column("verdict_id", sa.String(32), nullable=False),
    sa.Column("policy_digest", sa.String(64), nullable=False),
    # Versions behind the aliases when the gate judged.
    sa.Column("against", sa.JSON, nullable=False),
    sa.Column("approvers", sa.JSON, nullable=False),
    sa.Column("four_eyes", sa.Boolean, nullable=False),
    sa.Column("n_approvals", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("asked_at", sa.String(27), nullable=False),
    sa.Column("asked_by", sa.String(200), nullable=False),
    sa.Column("made_by", sa.JSON, nullable=False),
    sa.Column("note", Sealed(sa.Text(), "promotion_request.note"), nullable=False),
    sa.Column("impact", Sealed(sa.JSON(), "promotion_request.impact"), nullable=False),
    sa.Column("expires_at", sa.String(27)),
    sa.Column("decided_at", sa.String(27)),
    sa.Column("decided_by", sa.String(200)),
    sa.Column("sentence", Sealed(sa.Text(), "promotion_request.sentence"), nullable=False),
    sa.Index("promotion_request_by_state", "project_id", "state", "id"),
    sa.Index("promotion_request_by_model", "project_id", "model", "id"),
    sa.Index("promotion_request_by_version", "project_id", "model", "version", "state"),
)

answer_table = sa.Table(
    "promotion_answer",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("request_id", sa.String(32), primary_key=True),
    sa.Column("answered_by", sa.String(200), primary_key=True),
    sa.Column("approved", sa.Boolean, nullable=False),
    sa.Column("note", Sealed(sa.Text(), "promotion_answer.note"), nullable=False),
    sa.Column("answered_at", sa.String(27), nullable=False),
)
