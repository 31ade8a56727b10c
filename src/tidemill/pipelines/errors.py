"""Errors of the pipelines room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tidemill.core import TidemillError, UsageError


class TraceError(UsageError):
    """A pipeline's body did something that only a step can do, or a declaration is wrong."""


class StepError(TidemillError):
    """A step raised; `details` holds the traceback through the project's own files."""

    code = "step_failed"

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details


@contextmanager
def no_exit(what: str) -> Iterator[None]:
    """Run user code, which may raise what it likes and may not end the process. Raises UsageError when it tries."""
    try:
        yield
    except (Exception, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        raise UsageError(f"{what} {describe_exit(error)}") from error


def describe_exit(error: BaseException) -> str:
    """Say what an error did that is no Exception, such as SystemExit.

    >>> describe_exit(SystemExit(0))
    'called sys.exit(0), which would end the process: return or raise an error instead'
    """
    if isinstance(error, SystemExit):
        given = "" if error.code is None else repr(error.code)
        return f"called sys.exit({given}), which would end the process: return or raise an error instead"
    return f"raised {type(error).__name__}: {error}"
