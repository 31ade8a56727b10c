"""A process that erases and is killed at its n-th step. `python -m tests.erasure.killed FOLDER COLUMN VALUE N`.

Steps are writes of records, puts and deletions of blobs, and segments put into their place. It ends with 0, and prints
how many steps there were, when there are fewer.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.erasure.person_project import open_person_project
from tests.small_project import ANN
from tidemill.serving import erasing


def main() -> None:
    """Do what the arguments say."""
    folder, column, value, last = sys.argv[1:]
    count = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == int(last):
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given, **named)

        return step

    workspace, _ = open_person_project(Path(folder))
    for owner, name in ((workspace.database, "write"), (workspace.blobs, "put"), (workspace.blobs, "delete")):
        setattr(owner, name, counted(getattr(owner, name)))
    setattr(erasing, "_replace", counted(erasing._replace))  # noqa: B010 - of another module
    report = workspace.erasures.erase(ANN, [{column: value}], "request 4711")
    sys.stdout.write(f"{count} {report.state}\n")


if __name__ == "__main__":
    main()
