"""One trial: train, judge on later rows, note what went wrong. Here, or several at once in processes."""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tidemill.core import STEP_WORKER, Settings, TidemillError, UsageError
from tidemill.evaluation import Estimate, evaluate
from tidemill.features import TrainingSet
from tidemill.models import model_formats, native_predictor, predict_frame
from tidemill.pipelines import CODECS, Codecs, built_in_codecs
from tidemill.pipelines.executors import Outcome, PoolOptions, ProcessPool
from tidemill.pipelines.executors.mapping import map_outcomes, value_of
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.worker_spec import WorkerSpec
from tidemill.plugins import discover
from tidemill.storage.blob_urls import open_blobs
from tidemill.storage.home_files import BLOBS
from tidemill.tuning.errors import TuningError

Train = Callable[[TrainingSet, dict[str, Any]], object]
LONGEST_NOTE = 300
_FAILED = "step 'value_of_settings' failed at "


@dataclass(frozen=True)
class Bench:
    """What every trial shares: the training function, the rows to learn from and the later rows to judge on."""

    train: Train
    fit: TrainingSet
    judged: TrainingSet
    metric: str


@dataclass(frozen=True)
class Tried:
    """How settings did: a value, or why there is none. error: where it can be had, the error itself."""

    value: Estimate | None
    seconds: float
    note: str = ""
    error: BaseException | None = None


#: Tries settings and says how each did, in their order.
Tries = Callable[[Sequence[dict[str, Any]]], Sequence[Tried]]


@contextmanager
def tries_of(bench: Bench, n_parallel: int) -> Iterator[Tries]:
    """Yield what tries settings: one after the other here, or so many at once in processes of their own.

    Raises UsageError, while it tries, for a training function that other processes do not find.
    """
    if n_parallel == 1:
        yield lambda settings: [_try(bench, each) for each in settings]
        return
    with tempfile.TemporaryDirectory(prefix="tidemill-trials-") as home:
        settings = Settings(home=Path(home))
        blobs = open_blobs(str(settings.home / BLOBS), settings.home / "cache")
        codecs = Codecs(discover(CODECS, built_in_codecs(model_formats())), blobs)
        spec = _spec_of(bench.train, settings)
        pool = ProcessPool(STEP_WORKER, spec, lambda: Performer(blobs, codecs), PoolOptions(n_parallel))
        shared = {"train": bench.train, "fit": bench.fit, "judged": bench.judged, "metric": bench.metric}

        def tries(settings: Sequence[dict[str, Any]]) -> list[Tried]:
            outcomes = map_outcomes(pool, value_of_settings, settings, codecs, until_failure=False, **shared)
            return [_tried(outcome, codecs) for outcome in outcomes]

        try:
            yield tries
        finally:
            pool.close()


def value_of_settings(
    settings: dict[str, Any], train: Train, fit: TrainingSet, judged: TrainingSet, metric: str
) -> dict[str, Any]:
    """Train and judge, and return the estimate as plain values; a step of a pool's process.

    Raises what the training raises, and TuningError when there is nothing to judge by.
    """
    predictor = native_predictor(train(fit, settings), judged.x)
    task = predictor.signature.task
    report = evaluate(lambda x: predict_frame(predictor, x), judged, (), task)
    found = report.metrics.get(metric)
    if found is None:
        reason = report.undefined.get(metric) or f"there is {', '.join(report.metrics)} of a {task} model"
        raise TuningError(f"{metric} is not defined: {reason}")
    return asdict(found)


def _try(bench: Bench, settings: dict[str, Any]) -> Tried:
    started = time.perf_counter()
    try:
        value = value_of_settings(settings, bench.train, bench.fit, bench.judged, bench.metric)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of a compiled library, or sys.exit(), is no Exception
        return Tried(None, time.perf_counter() - started, _one_line(error), error)
    return Tried(Estimate(**value), time.perf_counter() - started)


def _tried(outcome: Outcome, codecs: Codecs) -> Tried:
    error = outcome.error
    if error is None:
        return Tried(Estimate(**value_of(outcome, codecs)), outcome.usage.seconds)
    if error.kind == "refused":
        raise UsageError(f"tune cannot try several settings at once: {error.message}; or leave n_parallel out")
    place, _, said = error.message.removeprefix(_FAILED).partition(": ")
    note = _shortened(f"{said} (at {place})") if error.message.startswith(_FAILED) else error.message
    return Tried(None, outcome.usage.seconds, note, error.error)


def _spec_of(train: Train, settings: Settings) -> WorkerSpec:
    """Return how a process finds the training function: by the project's module that it is declared in."""
    name = getattr(getattr(train, "function", train), "__module__", "")
    file = getattr(sys.modules.get(name), "__file__", None)
    paths = tuple(place for place in sys.path if place)
    if not file or "." in name or "site-packages" in file:
        return WorkerSpec(settings.home, settings, {}, paths)
    folder = Path(file).parent
    return WorkerSpec(folder, Settings(home=settings.home, module=Path(file).name), {}, paths)


def _one_line(error: BaseException) -> str:
    said = " ".join(str(error).split())
    kind = "" if isinstance(error, TidemillError) else type(error).__name__
    where = _where(error)
    return _shortened(f"{kind}{': ' if kind and said else ''}{said}{f' (at {where})' if where else ''}")


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_NOTE else f"{line[: LONGEST_NOTE - 1]}…"


def _where(error: BaseException) -> str:
    own = Path(__file__).resolve().parents[1]
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and not Path(frame.filename).is_relative_to(own)
    ]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
