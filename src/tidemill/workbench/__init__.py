"""Workbench: where a project is worked on: opening a run's code again, and the environment for it.

checkout     a folder as it was for a run
environment  `.venv`, kernel, container; what differs from the lock, or from a run's environment
lock_file    `requirements.lock`
plain_values params as text and as values
toml_text    writing TOML
"""

from __future__ import annotations

from tidemill.workbench.checkout import Checkout, checkout_run, pinned_data
from tidemill.workbench.environment import (
    Differences,
    MadeEnvironment,
    check_environment,
    compare,
    compare_with_run,
    kernel_name,
    make_environment,
    write_devcontainer,
)
from tidemill.workbench.lock_file import Lock, Locked, parse_lock, read_lock, write_lock
from tidemill.workbench.toml_text import toml_text

__all__ = [
    "Checkout",
    "Differences",
    "Lock",
    "Locked",
    "MadeEnvironment",
    "check_environment",
    "checkout_run",
    "compare",
    "compare_with_run",
    "kernel_name",
    "make_environment",
    "parse_lock",
    "pinned_data",
    "read_lock",
    "toml_text",
    "write_devcontainer",
    "write_lock",
]
