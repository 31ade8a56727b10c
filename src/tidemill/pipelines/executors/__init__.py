"""Where steps are executed, behind one small port.

port          `Executor`, what it is given (`Task`) and what it gives back (`Outcome`)
context       what one is made for
in_process    `InProcess`, in the calling thread; calling a step's function, interruption ending it in its midst
"""

from __future__ import annotations

from tidemill.pipelines.executors.context import ExecutorContext
from tidemill.pipelines.executors.in_process import InProcess
from tidemill.pipelines.executors.port import Executor, Held, LogLine, Outcome, Task, TaskError, Usage

__all__ = [
    "Executor",
    "ExecutorContext",
    "Held",
    "InProcess",
    "LogLine",
    "Outcome",
    "Task",
    "TaskError",
    "Usage",
]
