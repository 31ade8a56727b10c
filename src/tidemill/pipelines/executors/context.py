"""What an executor is made for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tidemill.pipelines.executors.quick_steps import unknown


@dataclass(frozen=True)
class ExecutorContext:
    """A project whose tasks an executor is to execute.

    folder: its code: the project's folder, or an unpacked bundle.
    expected_s: how long a step of that name took lately, in seconds, by the records; None when nothing is known.
    n_workers: how many tasks at once; 0 leaves it to the executor.
    """

    folder: Path
    expected_s: Callable[[str], float | None] = unknown
    n_workers: int = 0
