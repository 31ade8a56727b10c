"""Writing to a server in many small calls: some at once, and what it refuses left out piece by piece."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.rest import MlflowServer
from tidemill.core import ConflictError, UsageError

API = "/api/2.0/mlflow"
_WORKERS, _MOST_WAITING = 4, 8
_MOST = {"metrics": 1000, "params": 100, "tags": 100}
_Item = Mapping[str, Any]


class ServerWriting:
    """Calls that write. A batch that is refused is halved, until what is refused is one piece, which is left out."""

    def __init__(self, server: MlflowServer, left_out: LeftOut) -> None:
        self.server = server
        self.left_out = left_out
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="write-mlflow")

    def each(self, action: Callable[[Any], Any], given: Iterable[Any]) -> list[Any]:
        """Do something for each, some at once, and return what came of it, in order. Raises the first error."""
        waiting, done = deque[Future[Any]](), []
        for one in given:
            waiting.append(self._workers.submit(action, one))
            if len(waiting) > _MOST_WAITING:
                done.append(waiting.popleft().result())
        return done + [future.result() for future in waiting]

    def log(self, run: tuple[str, str], field: str, items: Sequence[_Item]) -> None:
        """Log params, tags or metrics of a run. run: its id there, and what it is called in lines."""
        for start in range(0, len(items), _MOST[field]):
            self._log(run, field, items[start : start + _MOST[field]])

    def try_post(self, path: str, body: Mapping[str, Any], of: tuple[str, str]) -> bool:
        """Send; what is refused is a line. of: kind and name. Tell whether it was taken."""
        try:
            self.server.post(f"{API}/{path}", body)
        except (UsageError, ConflictError) as error:
            self.left_out.add(*of, str(error))
            return False
        return True

    def close(self) -> None:
        """End the threads."""
        self._workers.shutdown(cancel_futures=True)

    def _log(self, run: tuple[str, str], field: str, items: Sequence[_Item]) -> None:
        if not items:
            return
        try:
            self.server.post(f"{API}/runs/log-batch", {"run_id": run[0], field: list(items)})
        except (UsageError, ConflictError) as error:
            if len(items) == 1:
                self.left_out.add(field[:-1], str(items[0]["key"])[:80], f"of {run[1]}: {error}")
                return
            half = len(items) // 2
            self._log(run, field, items[:half])
            self._log(run, field, items[half:])


def pairs_of(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Return keys and values as messages."""
    return [{"key": key, "value": text} for key, text in texts.items()]


def metric_of(key: str, point: tuple[int, int, float]) -> dict[str, Any]:
    """Return a point as a message.

    >>> metric_of("loss", (1, 5, float("nan")))["value"]
    'NaN'
    """
    step, at, value = point
    told: Any = value
    if not math.isfinite(value):
        told = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return {"key": key, "value": told, "timestamp": at, "step": step}
