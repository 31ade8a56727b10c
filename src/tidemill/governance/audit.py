"""The audit trail: every change, with who made it, in the order in which changes were committed, and its chain."""

from __future__ import annotations

from tidemill.access import Caller, Role, require
from tidemill.core import UsageError
from tidemill.storage.events import EventQuery, EventRecord, read_events
from tidemill.storage.followers import catch_up
from tidemill.storage.records import Database
from tidemill.storage.sealing import Head
from tidemill.storage.verification import ChainReport, verify_chain

_MOST = 1000


class Audit:
    """Reads the events of the caller's project, and the chain over all projects. Thread-safe; it writes nothing."""

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

    def head(self, caller: Caller) -> Head:
        """Return the last sealed event of the store: whoever keeps it elsewhere can later `verify` against it."""
        require(caller, Role.VIEWER)
        catch_up(self._database, None)
        return self._database.read(lambda tx: tx.head())

    def verify(self, caller: Caller, against: Head | None = None) -> ChainReport:
        """Check every event of the store, of all projects, some 100,000 a second. Needs admin.

        against: a head that was copied earlier, which must still be part of the chain.
        """
        require(caller, Role.ADMIN)
        catch_up(self._database, None)
        return self._database.read(lambda tx: verify_chain(tx, against))
