"""T5: runs are searched by a metric and ordered by a metric, a page of 100 with all it shows: milliseconds.

Two stores are filled by the tables' own columns: 10,000 runs of 5 metrics, and 30,000 runs of 100 metrics. Timed is
`Tracking.search_runs`, first pages and later ones: `metrics.auc > 0.7` by auc and by another metric. The reference is
the one statement that gives the hundred ids of the first of them from the smaller store, by bare `sqlite3`. What a
search of the larger store allocates must stay with the page. The goals are scaled by the fixed loop of P3.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.access import local_caller
from tidemill.core import SystemClock, new_id, new_ids
from tidemill.storage.schema import open_database
from tidemill.tracking import RunQuery, Tracking, parse_fields, parse_order, parse_where

SMALL, LARGE = (10_000, 5), (30_000, 100)  # runs, metrics of each
PAGE = 100
REPEATS = 7
SMALL_GOAL_MS = 50.0
LARGE_GOAL_MS = 200.0
PAGE_GOAL_MIB = 32.0
AT = "2013-03-01T00:00:00.000000Z"
IDS = (
    "SELECT run_id FROM run_last_metric WHERE project_id = 'default' AND key = 'auc' AND value > 0.7 "
    "ORDER BY value DESC, run_id DESC LIMIT 100"
)


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (_filled(Path(folder, f"{runs}.db"), runs, metrics) for runs, metrics in (SMALL, LARGE))
        pages, bare = _seconds_of_pages(small), _bare_ms(Path(folder, f"{SMALL[0]}.db"))
        large_pages = _seconds_of_pages(large)
        peak, others = _peak_mib(large), _others_ms(large)
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    ours, of_large = max(pages), max(large_pages)
    return {
        "id": "T5",
        "what": f"{SMALL[0]:,} runs searched and ordered by metrics, a page of {PAGE}: the slowest of 4 kinds",
        "ours": round(ours, 1),
        "unit": "ms",
        "against": "bare SQL for the ids of the first page",
        "theirs": round(bare, 2),
        "ratio": round(ours / bare, 1),
        "goal": f"<= {SMALL_GOAL_MS:g} ms; {LARGE[0]:,} runs of {LARGE[1]} metrics <= {LARGE_GOAL_MS:g} ms, "
        f"a page <= {PAGE_GOAL_MIB:g} MiB",
        "holds": ours <= SMALL_GOAL_MS * slower and of_large <= LARGE_GOAL_MS * slower and peak <= PAGE_GOAL_MIB,
        "large_ms": round(of_large, 1),
        "large_peak_mib": round(peak, 1),
        "large_others_ms": {name: round(taken, 1) for name, taken in others.items()},
        "slower_than_reference": round(slower, 2),
    }


def _filled(path: Path, n_runs: int, n_metrics: int) -> Tracking:
    """Return tracking over a new store of so many finished runs: metrics auc, loss and others, drawn evenly."""
    database = open_database(path, SystemClock())
    connection = sqlite3.connect(path, isolation_level=None)
    experiment, ids = new_id(), new_ids(n_runs)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO experiment (project_id, id, name, created_at, created_by, number, updated_at) "
        "VALUES ('default', ?, 'speed', ?, 'ann', 1, ?)",
        (experiment, AT, AT),
    )
    insert = (
        "INSERT INTO run (project_id, id, experiment_id, name, status, started_at, created_by, attended) "
        "VALUES ('default', ?, ?, ?, 'finished', ?, 'ann', 1)"
    )
    connection.executemany(insert, ((id_, experiment, f"run {number}", AT) for number, id_ in enumerate(ids)))
    params = ((id_, str(number % 1000)) for number, id_ in enumerate(ids))
    connection.executemany("INSERT INTO run_param VALUES ('default', ?, 'depth', ?)", params)
    tags = ((id_, "rare" if number % 1000 == 7 else "tide") for number, id_ in enumerate(ids))
    connection.executemany("INSERT INTO run_tag VALUES ('default', ?, 'team', ?)", tags)
    insert = (
        "INSERT INTO run_last_metric (project_id, run_id, key, step, value, at, series) "
        "VALUES ('default', ?, ?, 0, ?, 0, ?)"
    )
    connection.executemany(insert, _points(ids, n_metrics))
    connection.execute("COMMIT")
    connection.close()
    return Tracking(database)


def _points(ids: list[str], n_metrics: int) -> Iterator[tuple[str, str, float, int]]:
    rng = random.Random(5)  # noqa: S311 - a measurement
    names = sorted(("auc", "loss", *(f"metric_{number}" for number in range(n_metrics - 2))))
    pairs = ((id_, name) for id_ in ids for name in names)
    for series, (id_, name) in enumerate(pairs):
        yield id_, name, rng.random(), series


def _queries() -> Iterator[RunQuery]:
    for order in ("metrics.auc DESC", "metrics.loss"):
        yield RunQuery(parse_where("metrics.auc > 0.7 and run.status = 'finished'"), (parse_order(order),), limit=PAGE)


def _others_ms(tracking: Tracking) -> dict[str, float]:
    """Return the milliseconds of other searches: by param, by a rare tag, newest first; counting; some columns only."""
    caller, some = local_caller(), parse_fields(["metrics.auc", "metrics.loss"])
    queries = {
        "newest": RunQuery(limit=PAGE),
        "by_param": RunQuery(order_by=(parse_order("params.depth"),), limit=PAGE),
        "rare_tag": RunQuery(parse_where("tags.team = 'rare'"), limit=PAGE),
        "two_columns": RunQuery(order_by=(parse_order("metrics.auc"),), limit=PAGE, shown=some),
    }
    taken = {name: _median_ms(partial(tracking.search_runs, caller, asked)) for name, asked in queries.items()}
    return {**taken, "count": _median_ms(partial(tracking.count_runs, caller, RunQuery()))}


def _seconds_of_pages(tracking: Tracking) -> list[float]:
    """Return the milliseconds of the first and the fifth page of each query."""
    taken, caller = [], local_caller()
    for query in _queries():
        page, at = tracking.search_runs(caller, query), query
        for _ in range(3):
            page = tracking.search_runs(caller, replace(at, after=page.next))
        fifth = replace(query, after=page.next)
        if len(tracking.search_runs(caller, fifth).runs) != PAGE:
            raise RuntimeError("a page is not full")
        taken += [
            _median_ms(lambda asked=asked: tracking.search_runs(caller, asked))  # type: ignore[misc]
            for asked in (query, fifth)
        ]
    return taken


def _peak_mib(tracking: Tracking) -> float:
    query = next(_queries())
    tracemalloc.start()
    tracking.search_runs(local_caller(), query)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / (1 << 20)


def _bare_ms(path: Path) -> float:
    connection = sqlite3.connect(path)
    taken = _median_ms(lambda: connection.execute(IDS).fetchall())
    connection.close()
    return taken


def _median_ms(action: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        action()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    print(json.dumps(run()))
