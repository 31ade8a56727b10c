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
    op.create_table(
        "artifact",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=70), nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "owner", "path"),
        sqlite_with_rowid=False,
    )


def _traces() -> None:
    """Traces."""


def _webhooks() -> None:
    """Addresses that are told what happens, and what each was told."""


def _registry() -> None:
    """What more is known of models and versions."""


def _gates() -> None:
    """Approvals, promotions, environments."""


def _views() -> None:
    """Saved views of runs."""
