"""Errors of executors."""

from __future__ import annotations

from tidemill.core import UsageError


class NotSendableError(UsageError):
    """A step, or what it is given, cannot be sent to another process; the message says which, why, and what to do."""

    code = "not_sendable"


class TaskCancelledError(BaseException):
    """Raised inside a task that is to end. No Exception, so that a step's own `except Exception` lets it through."""


#: What to do instead, at the end of a sentence.
ELSE_IN_PROCESS = "or run with --executor in-process"
