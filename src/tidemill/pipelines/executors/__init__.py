"""Where steps are executed, behind one small port.

port  `Executor`, what it is given (`Task`) and what it gives back (`Outcome`)
"""

from __future__ import annotations

from tidemill.pipelines.executors.port import Executor, LogLine, Outcome, Task, TaskError, Usage

__all__ = ["Executor", "LogLine", "Outcome", "Task", "TaskError", "Usage"]
