"""Errors of the pipelines room."""

from __future__ import annotations

from tidemill.core import TidemillError, UsageError


class TraceError(UsageError):
    """A pipeline's body did something that only a step can do, or a declaration is wrong."""


class StepError(TidemillError):
    """A step raised; `details` holds the traceback through the project's own files."""

    code = "step_failed"

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details
