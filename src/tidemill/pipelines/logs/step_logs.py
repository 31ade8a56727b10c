"""Step logs: what the steps of runs wrote while they ran, kept with the run."""

from __future__ import annotations

from tidemill.access import Caller, Role, require
from tidemill.core import UsageError
from tidemill.pipelines.logs import _log_rows as rows
from tidemill.pipelines.logs._log_rows import LineQuery, StoredLine
from tidemill.pipelines.logs.log_writer import LogWriter
from tidemill.provenance import Redaction
from tidemill.storage.records import Database

MOST_LINES = 10_000
_MIB = 1 << 20


class StepLogs:
    """The logs of a store's runs. Thread-safe. limit_mib: how much is kept of one step."""

    def __init__(self, database: Database, limit_mib: int = 10) -> None:
        self._database = database
        self._limit_bytes = limit_mib * _MIB

    def writer(self, project: str, run_id: str) -> LogWriter:
        """Return what takes the lines of a run: an executor's `on_line`, to be closed when the run has ended."""
        return LogWriter(self._database, project, run_id, self._limit_bytes, Redaction())

    def last_seq(self, caller: Caller, run_id: str) -> int:
        """Return the number of a run's last line so far, 0 when there is none. Needs viewer."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.last_seq(tx, caller.project, run_id))

    def lines(  # noqa: PLR0913, PLR0917 - which lines is all that is asked
        self,
        caller: Caller,
        run_id: str,
        position: int | None = None,
        element: int | None = None,
        after: int | None = None,
        limit: int = 1000,
    ) -> list[StoredLine]:
        """Return lines of a run, oldest first: all, or those of a step, an element of it, or after a `seq`.

        Needs viewer. A run that wrote nothing, or is not there, has no lines. Raises UsageError for a limit beyond
        10,000.
        """
        require(caller, Role.VIEWER)
        if not 0 < limit <= MOST_LINES:
            raise UsageError(f"the limit of lines is {limit}; ask for 1 to {MOST_LINES:,}, and go on with after")
        query = LineQuery(position, element, after, limit)
        return self._database.read(lambda tx: rows.read_lines(tx, caller.project, run_id, query))
