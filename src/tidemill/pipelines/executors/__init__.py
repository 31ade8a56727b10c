"""Where steps are executed, behind one small port.

port                `Executor`, what it is given (`Task`) and what it gives back (`Outcome`)
in_process          `InProcess`, in the calling thread; interruption ends a step midway
making, context     making one by its name: `make_executor`, `Executors`
mapping             `map_tasks`: one function over many items, for trials, batches and backtests
pool                `ProcessPool`; pool_child one of its processes as seen from here, child_loop as seen from there,
                    quick_steps what is not worth sending
ray_cluster         `RayExecutor`: a Ray cluster, or a local Ray; ray_task what its workers do
call                a task as it travels; function_reference functions by name; worker_spec what a process is told
calling             calling a step's function, wherever; output_capture and usage what it writes and takes
performing          executing a call that came as bytes; code_at_hand its code there, output_lines what it writes,
                    process_memory what it may take
ending              how a process ended, in words
kuberay             manifests of a Ray cluster on Kubernetes
errors              what cannot be sent
"""

from __future__ import annotations

from tidemill.pipelines.executors.context import ExecutorContext
from tidemill.pipelines.executors.errors import NotSendableError
from tidemill.pipelines.executors.in_process import InProcess
from tidemill.pipelines.executors.making import Executors, Wiring, make_executor
from tidemill.pipelines.executors.mapping import map_tasks
from tidemill.pipelines.executors.pool import PoolOptions, ProcessPool
from tidemill.pipelines.executors.port import Executor, Held, LogLine, Outcome, Task, TaskError, Usage
from tidemill.pipelines.executors.ray_cluster import RayExecutor

__all__ = [
    "Executor",
    "ExecutorContext",
    "Executors",
    "Held",
    "InProcess",
    "LogLine",
    "NotSendableError",
    "Outcome",
    "PoolOptions",
    "ProcessPool",
    "RayExecutor",
    "Task",
    "TaskError",
    "Usage",
    "Wiring",
    "make_executor",
    "map_tasks",
]
