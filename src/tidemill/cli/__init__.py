"""The command line: one file per command, named after it.

application  the table of commands; each module is imported when its command is called
options      the options that commands share
output       printing for people and as JSON
session      opening the workspace and project that a command works on
processes    the supervised children of `tidemill up`
story        what the demo tells, step by step
"""

from __future__ import annotations

from tidemill.cli.application import main

__all__ = ["main"]
