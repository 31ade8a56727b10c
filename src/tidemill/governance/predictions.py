"""Reading the prediction log as a caller of one project."""

from __future__ import annotations

from pathlib import Path

from tidemill.access import Caller, Role, require
from tidemill.core import NotFoundError, UsageError, is_id
from tidemill.serving import LoggedPrediction, PredictionLog
from tidemill.serving.log_seal import PLAIN, LogSeal


class Predictions:
    """The logged predictions of the caller's project. Thread-safe; it writes nothing."""

    def __init__(self, root: Path, seal: LogSeal = PLAIN) -> None:
        self._log = PredictionLog(root, seal)

    def get(self, caller: Caller, prediction_id: str) -> LoggedPrediction:
        """Return a prediction. Raises UsageError for what is no id, NotFoundError."""
        require(caller, Role.VIEWER)
        if not is_id(prediction_id):
            raise UsageError(
                f"{prediction_id[:80]!r} is not a prediction id; it is the 32 hex digits that came with the answer"
            )
        found = self._log.find(prediction_id)
        if found is None or found.project != caller.project:
            raise NotFoundError(
                f"There is no prediction {prediction_id!r} in the log of project {caller.project!r}; "
                "'tidemill predictions ENDPOINT' lists the last ones"
            )
        return found

    def recent(self, caller: Caller, endpoint: str, limit: int = 20) -> list[LoggedPrediction]:
        """Return the last predictions of an endpoint, newest first."""
        require(caller, Role.VIEWER)
        return self._log.tail(caller.project, endpoint, limit)

    def count(self, caller: Caller, endpoint: str) -> int:
        """Return how many predictions of an endpoint are logged."""
        require(caller, Role.VIEWER)
        return self._log.count(caller.project, endpoint)
