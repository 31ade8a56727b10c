"""The main module of a process that executes steps: what it needs of the store and of the project, and the loop."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from tidemill.app import codecs_of, open_step_store
from tidemill.core import TidemillError, UsageError
from tidemill.pipelines.executors.child_loop import serve
from tidemill.pipelines.executors.code_at_hand import CodeAtHand
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.worker_spec import CARRIED, WorkerSpec, check_files
from tidemill.project_module import import_project_module
from tidemill.storage import LocalBlobs

__all__ = ["main", "prepare", "prepare_carried"]


def main(descriptor: int) -> None:
    """Execute what comes over a socket that this process was started with, until its other side is gone."""
    os.set_inheritable(descriptor, False)
    serve(Connection(descriptor), prepare)


def prepare(spec: WorkerSpec) -> Performer:
    """Import the project's code, open its store, and return what executes calls.

    A project that does not import, or whose code has changed, is told of when a call comes.
    """
    problem = _load(spec)
    blobs, codecs = open_step_store(spec.folder, spec.settings)
    return Performer(blobs, codecs, _teller(problem), _renamer(spec), _code_of(spec))


def prepare_carried(spec: WorkerSpec, blobs: LocalBlobs) -> Performer:
    """Do the same where the store cannot be reached: what is needed of it was put into these blobs."""
    assert spec.blobs == CARRIED  # noqa: S101 - for whoever wires it wrongly
    problem = _load(spec)
    codecs = codecs_of(blobs, spec.folder, spec.settings)
    codecs.own_folders = (*codecs.own_folders, blobs.folder)
    return Performer(blobs, codecs, _teller(problem), _renamer(spec), _code_of(spec))


def _load(spec: WorkerSpec) -> TidemillError | None:
    sys.path.extend(place for place in spec.sys_path if place not in sys.path)
    try:
        import_project_module(spec.folder, spec.settings)
    except UsageError as error:
        # Steps may lie in other modules than a project's, which are then found beside it.
        sys.path.insert(0, str(spec.folder))
        return error if spec.files else None
    try:
        check_files(spec.folder, spec.files)
    except UsageError as error:
        return error
    return None


def _code_of(spec: WorkerSpec) -> CodeAtHand:
    return CodeAtHand(spec.folder, spec.settings.cache_packages)


def _teller(problem: TidemillError | None) -> Callable[[], None]:
    def tell() -> None:
        if problem is not None:
            raise problem

    return tell


def _renamer(spec: WorkerSpec) -> Callable[[str], str]:
    if spec.shown == Path() or spec.shown == spec.folder:
        return str
    return functools.partial(_renamed, str(spec.folder.resolve()) + os.sep, str(spec.shown) + os.sep)


def _renamed(here: str, there: str, name: str) -> str:
    return there + name.removeprefix(here) if name.startswith(here) else name


if __name__ == "__main__":
    main(int(sys.argv[1]))
