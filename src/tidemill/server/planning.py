"""Planning from a page: the project's module is imported in a child of the server, never in the server itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tidemill.core import ConflictError, UnavailableError, UsageError
from tidemill.server.known_pipelines import require_pipeline
from tidemill.server.roles import Call

WITHIN_S = 60.0
_LONGEST = 2000


def plan_in_child(call: Call, pipeline: str, params: Mapping[str, str], within_s: float = WITHIN_S) -> dict[str, Any]:
    """Return what ``tidemill plan --json`` says of a pipeline.

    Raises NotFoundError for one that neither has run nor is an endpoint's, UsageError with the child's own line when it
    refuses, UnavailableError when it does not end in time, and ConflictError when its answer cannot be read.
    """
    require_pipeline(call, pipeline)
    rooms = call.rooms
    command = [sys.executable, "-m", "tidemill", "plan", pipeline, "--json", "--folder", str(rooms.folder)]
    command += ["--home", str(rooms.home), "--project", call.caller.project]
    command += [part for name, value in params.items() for part in ("-p", f"{name}={value}")]
    try:
        done = subprocess.run(
            command,
            cwd=rooms.folder,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            f"planning {pipeline!r} did not end within {within_s:g} s; run 'tidemill plan {pipeline}' in the project's "
            "folder"
        ) from error
    if done.returncode != 0:
        raise UsageError(_said(done.stderr) or f"'tidemill plan {pipeline}' ended with code {done.returncode}")
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise ConflictError(f"the plan of {pipeline!r} cannot be read: {error}") from error
    return told


def _said(stderr: str) -> str:
    """Return the line that a command refused with.

    >>> _said('a warning\\n{"error": {"code": "usage", "message": "no such param"}}')
    'no such param'
    """
    last = stderr.strip().splitlines()[-1:] or [""]
    try:
        return str(json.loads(last[0])["error"]["message"])[:_LONGEST]
    except (ValueError, KeyError, TypeError):
        return last[0][:_LONGEST]
