"""Looking for results that may be reused: many keys at once, and the last run's all in one."""

from __future__ import annotations

from collections.abc import Iterable

from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepResult
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.pipelines.plan import StepKey, explain_miss
from tidemill.storage.records import Database


class ResultIndex:
    """The results of a project by key, as they are found. Not thread-safe: one per plan or run."""

    def __init__(self, database: Database, project: str, codecs: Codecs) -> None:
        self._database = database
        self._project = project
        self._codecs = codecs
        self._last: dict[str, StepResult] = {}

    def prefetch(self, pipeline: str) -> None:
        """Read the results of the last runs of a pipeline: mostly those that are asked for next."""
        self._last = self._database.read(lambda tx: rows.last_results(tx, self._project, pipeline))

    def find(self, key: str | None) -> StepResult | None:
        """Return the result kept under a key, None without one, or when a part of it is no longer in the store."""
        if key is None:
            return None
        found = self._last.get(key)
        if found is None:
            found = self._database.read(lambda tx: rows.find_result(tx, self._project, key))
        return found if found is not None and self._whole(found) else None

    def find_all(self, keys: Iterable[str | None]) -> dict[str, StepResult]:
        """Return the results kept under many keys."""
        asked = [key for key in keys if key is not None]
        if not asked:
            return {}
        found = self._database.read(lambda tx: rows.find_results(tx, self._project, asked))
        return {key: result for key, result in found.items() if self._whole(result)}

    def why(self, step: str, key: StepKey) -> str:
        """Say in words why a step runs."""
        if key.doubts:
            return f"it is never reused: {key.doubts[0]}"
        return explain_miss(key.parts, self._database.read(lambda tx: rows.last_parts(tx, self._project, step)))

    def _whole(self, result: StepResult) -> bool:
        return all(self._codecs.present(Output(**output)) for output in result.outputs)
