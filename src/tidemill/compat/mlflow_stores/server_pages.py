"""Runs of a server, a page at a time, each with its histories and files that are asked for while the page before is
written: what a server can answer is the bound.

Nothing is asked ahead of pages whose runs nobody wanted, as when a move that was done is done again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, NamedTuple, cast

from tidemill.compat.mlflow_stores.messages import run_of
from tidemill.compat.mlflow_stores.records import MovedFile, MovedRun

_SMALL, _MOST_HELD = 1 << 18, 64 << 20
Message = Mapping[str, Any]
Points = dict[str, list[tuple[int, int, float]]]


class Asking(NamedTuple):
    """How a server is asked: for the points of a key of many runs, and for the files of a run."""

    many: Callable[[str, Sequence[str]], Points | None]
    files: Callable[[MovedRun], list[MovedFile]]


class Page:
    """Some runs, by id; what is asked of them is asked once."""

    def __init__(self, runs: Sequence[Message], asking: Asking, workers: ThreadPoolExecutor) -> None:
        self.by_id = {run_id_of(run): run for run in runs}
        self._asking = asking
        self._workers = workers
        self._points: dict[tuple[str, str], Future[Points | None]] = {}
        self._files: dict[str, Future[list[MovedFile]]] = {}
        self._n_held = 0

    def runs(self, ids: Sequence[str]) -> list[MovedRun]:
        """Return those of the runs that are asked for."""
        return [run_of(self.by_id[id_]) for id_ in ids if id_ in self.by_id]

    def keys(self, id_: str) -> list[str]:
        """Return the keys of the metrics of a run."""
        return [str(each["key"]) for each in self.by_id[id_].get("data", {}).get("metrics", ())]

    def begin(self, ids: Sequence[str], *, with_files: bool = True) -> None:
        """Ask for the points of runs, and their files."""
        having: dict[str, list[str]] = {}
        for id_ in ids:
            for key in self.keys(id_):
                if (key, id_) not in self._points:
                    having.setdefault(key, []).append(id_)
        for run in self.runs(ids) if with_files else ():
            if run.id not in self._files:
                self._files[run.id] = self._workers.submit(self._small, run)
        for key, those in having.items():
            asked = self._workers.submit(self._asking.many, key, those)
            self._points |= {(key, id_): asked for id_ in those}

    def points(self, key: str, id_: str) -> list[tuple[int, int, float]] | None:
        """Return the points of a key of a run; None when they have to be asked for run by run."""
        found = self._points[key, id_].result()
        return None if found is None else found.get(id_, [])

    def files(self, run: MovedRun) -> list[MovedFile]:
        """Return the files of a run."""
        asked = self._files.pop(run.id, None)
        return self._asking.files(run) if asked is None else asked.result()

    def _small(self, run: MovedRun) -> list[MovedFile]:
        """Return the files of a run, small ones read already."""
        return [self._held(file) for file in self._asking.files(run)]

    def _held(self, file: MovedFile) -> MovedFile:
        size = file.size
        if size is None or size > _SMALL or self._n_held + size > _MOST_HELD:
            return file
        self._n_held += size
        try:
            with file.open() as source:
                data = source.read()
        except Exception:  # noqa: BLE001 - whoever opens it is told
            return file
        return replace(file, open=cast(Callable[[], BinaryIO], partial(io.BytesIO, data)))


def pages_ahead(
    found: Iterator[list[Message]],
    make: Callable[[Sequence[Message]], Page],
    workers: ThreadPoolExecutor,
    *,
    is_wanted: Callable[[], bool],
) -> Iterator[Page]:
    """Yield pages; the next is asked for before one is given out, and its runs too while such are wanted."""

    def following() -> Page | None:
        runs = next(found, None)
        if runs is None:
            return None
        page = make(runs)
        if is_wanted():
            page.begin(list(page.by_id))
        return page

    ahead = workers.submit(following)
    while (page := ahead.result()) is not None:
        ahead = workers.submit(following)
        yield page


def run_id_of(message: Message) -> str:
    """Return the id of a Run."""
    return str(message["info"].get("run_id") or message["info"].get("run_uuid"))
