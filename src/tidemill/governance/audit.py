"""The audit trail: every change, with who made it, in the order in which changes were committed."""

from __future__ import annotations

from tidemill.access import Caller, Role, require
from tidemill.core import UsageError
from tidemill.storage.events import EventQuery, EventRecord, read_events
from tidemill.storage.records import Database

_MOST = 1000


class Audit:
    """Reads the events of the caller's project. Thread-safe; it writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, caller: Caller, query: EventQuery) -> list[EventRecord]:
        """Return events, newest first. Raises UsageError for a limit outside 1 to 1000."""
        require(caller, Role.VIEWER)
        if not 1 <= query.limit <= _MOST:
            raise UsageError(
                f"a limit of {query.limit} events is not served; ask for 1 to {_MOST} and page with before"
            )
        return self._database.read(lambda tx: read_events(tx, caller.project, query))
