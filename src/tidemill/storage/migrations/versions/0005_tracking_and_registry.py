"""Schema 0005: tracking and registry."""

from __future__ import annotations

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
    """Approvals, promotions, environments."""


def _views() -> None:
    """Saved views of runs."""
