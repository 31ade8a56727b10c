"""Errors of the tuning room."""

from __future__ import annotations

from tidemill.core import TidemillError


class TuningError(TidemillError):
    """No trial gave a model that can be judged."""

    code = "tuning_failed"
