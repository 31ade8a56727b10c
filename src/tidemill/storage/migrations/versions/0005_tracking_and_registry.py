"""Schema 0005: tracking and registry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring a store from the version before to this one."""
    _runs()
    _logged()
    _artifacts()
    _traces()
    _webhooks()
    _registry()
    _gates()
    _views()


def _runs() -> None:
    """Experiments with numbers, runs that can be deleted and restored, every point of a metric."""


def _logged() -> None:
    """Tags of experiments, datasets that runs read, logged models."""


def _artifacts() -> None:
    """Files that runs and logged models keep."""


def _traces() -> None:
    """Traces."""


def _webhooks() -> None:
    """Addresses that are told what happens, and what each was told."""


def _registry() -> None:
    """What more is known of models and versions."""


def _gates() -> None:
    """What is recorded for gates, the policies in force, requests for promotions and their answers."""
    op.create_table(
        "gate_evidence",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("package_digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("collected_at", sa.String(length=27), nullable=False),
        sa.Column("collected_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "package_digest", "kind", "name"),
    )
    op.create_table(
        "promotion_policy",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("alias", sa.String(length=100), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "model", "alias"),
    )
    op.create_table(
        "promotion_request",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("package_digest", sa.String(length=64), nullable=False),
        sa.Column("report_digest", sa.String(length=64), nullable=False),
        sa.Column("verdict_id", sa.String(length=32), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("against", sa.JSON(), nullable=False),
        sa.Column("approvers", sa.JSON(), nullable=False),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("n_approvals", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("impact", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=True),
        sa.Column("decided_at", sa.String(length=27), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    for index, columns in (
        ("promotion_request_by_state", ["project_id", "state", "id"]),
        ("promotion_request_by_model", ["project_id", "model", "id"]),
        ("promotion_request_by_version", ["project_id", "model", "version", "state"]),
    ):
        op.create_index(index, "promotion_request", columns, unique=False)
    op.create_table(
        "promotion_answer",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "request_id", "answered_by"),
    )


def _views() -> None:
    """Saved views of runs."""
