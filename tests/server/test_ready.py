"""Readiness goes off when the store takes no more writes, and reads go on."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import server
from tidemill.app import open_workspace
from tidemill.core import Event, Settings, UnavailableError


class _BadDisk(sqlite3.Connection):
    """A connection whose commits fail as on a disk that has lost what it was given."""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        if arguments[0] == "COMMIT":
            super().execute("ROLLBACK")  # as SQLite does itself
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = 1034, "SQLITE_IOERR_FSYNC"
            raise error
        return super().execute(*arguments)


def test_a_store_that_takes_no_writes_is_not_ready_and_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / ".tidemill"))
    with server(workspace) as address:
        assert httpx.get(f"{address}/ready").status_code == 200
        workspace.database.close()
        monkeypatch.setattr(sqlite3.dbapi2, "connect", partial(sqlite3.connect, factory=_BadDisk))
        with pytest.raises(UnavailableError):
            workspace.database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s")))
        monkeypatch.undo()
        refused = httpx.get(f"{address}/ready")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
        assert "takes no more writes" in refused.json()["error"]["message"]
        assert str(tmp_path) not in refused.text  # anybody may ask
        assert httpx.get(f"{address}/health").status_code == 200
        assert httpx.get(f"{address}/api/runs").status_code == 200
    workspace.database.close()
