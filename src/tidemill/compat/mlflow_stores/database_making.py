"""Making the tables of a new MLflow database: by MLflow's own package, whose matter they are."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from tidemill.core import UnavailableError, UsageError

#: Opening its store makes what it needs; the address comes by the standard input, since it may hold a password.
_PROGRAM = """
import sys
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
url, root = sys.stdin.read().split("\\n")
SqlAlchemyStore(url, root)
"""
_WITHIN_S = 300


def make_tables(url: str, where: str, artifacts: str) -> None:
    """Make the tables of a database that has none, and its experiment 0. where: its address without secrets.

    Raises UsageError where MLflow is not installed, UnavailableError when it cannot make them.
    """
    if importlib.util.find_spec("mlflow") is None:
        raise UsageError(
            f"{where} has no tables of MLflow, and MLflow, which makes them, is not installed here; "
            "run: pip install mlflow, or name a folder or a server"
        )
    command = [sys.executable, "-W", "ignore", "-c", _PROGRAM]
    try:
        made = subprocess.run(
            command, input=f"{url}\n{artifacts}", text=True, capture_output=True, timeout=_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"MLflow did not make the tables of {where} within {_WITHIN_S} s") from None
    if made.returncode:
        last = (made.stderr.strip().splitlines() or [""])[-1]
        raise UnavailableError(f"MLflow could not make the tables of {where}: {last[:300]}")
