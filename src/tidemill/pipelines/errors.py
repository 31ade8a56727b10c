"""Errors of the pipelines room."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def told_of_body(pipeline: str) -> Iterator[None]:
    """Run a pipeline's body. Raises TraceError, with file and line, for what it raises that is no sentence of ours."""
    try:
        with no_exit(f"the body of pipeline {pipeline!r}"):
            yield
    except TraceError as error:
        where = _where(error).strip()
        raise TraceError(f"{error} ({where})" if where else str(error)) from error
    except TidemillError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        what = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise TraceError(f"the body of pipeline {pipeline!r} failed{_where(error)}: {what}") from error


def own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return where an error passed through the project's own files, the innermost last."""
    places = (Path(__file__).resolve().parents[1], Path(sysconfig.get_path("stdlib")))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen ")]
    return [
        f for f in frames if "site-packages" not in f.filename and not any(map(Path(f.filename).is_relative_to, places))
    ]


def _where(error: BaseException) -> str:
    shown = own_frames(error)
    return f" at {Path(shown[-1].filename).name}:{shown[-1].lineno}" if shown else ""


def describe_exit(error: BaseException) -> str:
    """Say what an error did that is no Exception, such as SystemExit.

    >>> describe_exit(SystemExit(0))
    'called sys.exit(0), which would end the process: return or raise an error instead'
    """
    if isinstance(error, SystemExit):
        given = "" if error.code is None else repr(error.code)
        return f"called sys.exit({given}), which would end the process: return or raise an error instead"
    return f"raised {type(error).__name__}: {error}"
