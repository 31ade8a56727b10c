"""The verbs that find runs: search, count, and which keys they have logged."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.access import Caller, Role, require
from tidemill.storage.records import Database
from tidemill.tracking._run_details import read_keys
from tidemill.tracking._search import count, search
from tidemill.tracking.queries import RunPage, RunQuery, Shown


class RunSearches:
    """Finds runs. `Tracking` has these verbs too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search_runs(self, caller: Caller, query: RunQuery) -> RunPage:
        """Return a page of the runs that fulfil the query, with params, tags and the last value of each metric.

        Or with that part of these that the query's `shown` names.

        Raises UsageError for an `after` that no page has given, and for what an encrypted store cannot compare.
        """
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: search(tx, caller.project, query))

    def count_runs(self, caller: Caller, query: RunQuery) -> dict[str, int]:
        """Return how many runs fulfil the query, by experiment name; nothing of what they logged is read.

        Raises UsageError for what an encrypted store cannot compare.
        """
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: count(tx, caller.project, query))

    def logged_keys(self, caller: Caller, run_ids: Sequence[str]) -> Shown:
        """Return the keys of metrics, params and tags that any of these runs has."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: read_keys(tx, caller.project, run_ids))
