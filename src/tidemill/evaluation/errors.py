"""Errors of the evaluation room."""

from __future__ import annotations

from tidemill.core import UsageError


class EvaluationError(UsageError):
    """Rows or predictions cannot be evaluated; the message says which."""

    code = "not_evaluable"
