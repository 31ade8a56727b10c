"""Requests of one turn: the same bytes as alone, one write, and one request's fault is its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.serving.samples import ROW, sample_rows, snapshot_of
from tidemill.core import UsageError
from tidemill.models import ModelPackage, Predictor, Signature, Values, load_predictor
from tidemill.serving import PredictionLog
from tidemill.serving.log_writer import LogWriter
from tidemill.serving.repeats import Repeats
from tidemill.serving.request_locks import RequestLocks
from tidemill.serving.served_endpoint import ServedEndpoint
from tidemill.serving.turn import Turn
from tidemill.serving.worker_slot import take_slot
from tidemill.storage import SqliteKeyValue


class Picky:
    """A predictor that keeps the sizes of its calls, and fails for a hour of 23."""

    def __init__(self, inner: Predictor) -> None:
        self._inner = inner
        self.runtime = inner.runtime
        self.dtype = inner.dtype
        self.signature: Signature = inner.signature
        self.sizes: list[int] = []

    def predict(self, columns: dict[str, Values]) -> NDArray[np.float64]:
        """Predict from columns."""
        return self._inner.predict(columns)

    def predict_matrix(self, matrix: NDArray[Any]) -> NDArray[np.float64]:
        """Predict from a matrix."""
        self.sizes.append(len(matrix))
        if (matrix[:, 1] == 23).any():
            raise RuntimeError("the library fails for this row")
        return self._inner.predict_matrix(matrix)


@pytest.fixture
def picky(package: ModelPackage) -> Picky:
    """A predictor of the sample model."""
    return Picky(load_predictor(package, "onnx"))


@pytest.fixture
def logs(home: Path) -> Iterator[LogWriter]:
    """A started log writer."""
    writer = LogWriter(home / "log", take_slot(home / "log"), lambda _: None)
    writer.start()
    yield writer
    writer.close()


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run in a thread of its own: a browser test of the same process may hold a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _turn(logs: LogWriter, package: ModelPackage, picky: Any, **changes: Any) -> Turn:
    batches = changes.pop("batches", True)
    snapshot = snapshot_of(package, **changes)
    store = SqliteKeyValue(logs.endpoint("default", "delay").folder / "online.db")
    endpoint = ServedEndpoint(snapshot, picky, store, batches=batches)
    log = logs.endpoint("default", "delay")
    return Turn(endpoint, log, logs, Repeats(log.folder, log.slot.epoch, RequestLocks(log.folder)))


def _bodies(n: int, seed: int = 11) -> list[bytes]:
    rows = [{**row, "hour": row["hour"] % 23} for row in sample_rows(n, seed).iter_rows(named=True)]
    return [msgspec.json.encode({"rows": [row]}) for row in rows]


def _ask(turn: Turn, bodies: list[bytes]) -> list[Any]:
    async def together() -> list[Any]:
        return await asyncio.gather(*[turn.join(body) for body in bodies], return_exceptions=True)

    answers = _run(together())
    return [answer if isinstance(answer, Exception) else msgspec.json.decode(answer.body) for answer in answers]


def _values(answers: list[Any]) -> list[float]:
    return [prediction["value"] for answer in answers for prediction in answer["predictions"]]


@pytest.mark.parametrize("durability", ["normal", "strict", "lossy"])
def test_a_turn_is_one_call_with_the_same_bytes(
    home: Path, logs: LogWriter, package: ModelPackage, picky: Picky, durability: str
) -> None:
    assert package.parity.batch_identical
    turn = _turn(logs, package, picky, log=durability)
    bodies = _bodies(40)
    together = _ask(turn, bodies)
    assert picky.sizes == [40]
    alone = [_ask(turn, [body])[0] for body in bodies]
    assert _values(together) == _values(alone)
    logs.close()
    ids = [prediction["prediction_id"] for answer in (*together, *alone) for prediction in answer["predictions"]]
    assert [found.prediction_id for found in PredictionLog(home / "log").scan("default", "delay")] == ids


def test_a_model_whose_batches_differ_is_called_for_each_request(
    logs: LogWriter, package: ModelPackage, picky: Picky
) -> None:
    answers = _ask(_turn(logs, package, picky, batches=False), _bodies(5))
    assert picky.sizes == [1] * 5
    assert len(_values(answers)) == 5


def test_a_turn_ends_before_it_holds_the_loop_for_long(logs: LogWriter, package: ModelPackage, picky: Picky) -> None:
    body = msgspec.json.encode({"rows": [ROW] * 100})
    answers = _ask(_turn(logs, package, picky), [body] * 7)
    assert picky.sizes == [300, 300, 100]
    assert len(_values(answers)) == 700


def test_one_request_at_fault_does_not_take_the_others_with_it(
    logs: LogWriter, package: ModelPackage, picky: Picky
) -> None:
    bad = msgspec.json.encode({"rows": [{**ROW, "hour": 23}]})
    good = _bodies(3)
    answers = _ask(_turn(logs, package, picky), [good[0], bad, *good[1:]])
    assert isinstance(answers[1], RuntimeError)
    assert len(_values([answers[0], *answers[2:]])) == 3
    assert logs.endpoint("default", "delay").counts.n_stored == 3


def test_a_wrong_request_is_refused_before_it_joins(logs: LogWriter, package: ModelPackage, picky: Picky) -> None:
    async def join() -> None:
        _turn(logs, package, picky).join(b"{")

    with pytest.raises(UsageError):
        _run(join())


def test_a_large_request_is_answered_in_a_thread(logs: LogWriter, package: ModelPackage, picky: Picky) -> None:
    body = msgspec.json.encode({"rows": [ROW] * 5_000})
    with ThreadPoolExecutor(1) as threads:
        answer = _run(_turn(logs, package, picky, log="strict").alone(body, threads))
    assert len(msgspec.json.decode(answer.body)["predictions"]) == 5_000
    assert logs.endpoint("default", "delay").counts.n_stored == 5_000
