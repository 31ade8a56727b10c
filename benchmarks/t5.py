"""T5: runs are searched by a metric and ordered by a metric, a page of 100 with all it shows: milliseconds.

On SQLite and on PostgreSQL, stores of 10,000 runs by 5 metrics and of 30,000 runs by 100 metrics, and besides a run of
12,000 metrics. Timed are first pages and later ones of `metrics.auc > 0.7` by auc and by another metric: by the verb,
by the native door and by MLflow's, over HTTP. The reference is the one statement that gives the hundred ids of the
first page, by the bare driver of the same database. What a search of the larger store allocates must stay with the
page. The goals are scaled by the fixed loop of P3.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from benchmarks.filled import BIG, Size, fill
from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.served import Requests, median_ms, served
from tests.postgres import running_server
from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.tracking import MetricPoint, NewRun, RunQuery, Tracking, parse_fields, parse_order, parse_where
from tidemill.workspace import Workspace

SMALL, LARGE = Size(10_000, 5, 1), Size(30_000, 100, 1)
KEYS_OF_ONE_RUN = 12_000
PAGE = 100
SMALL_GOAL_MS, LARGE_GOAL_MS = 50.0, 200.0
PAGE_GOAL_MIB = 32.0
WHERE = "metrics.auc > 0.7"
ORDERS = ("metrics.auc DESC", "metrics.loss")
IDS = (
    "SELECT run_id FROM run_last_metric WHERE project_id = 'default' AND key = 'auc' AND value > 0.7 "
    "ORDER BY value DESC, run_id DESC LIMIT 100"
)


def run(small: Size = SMALL, large: Size = LARGE) -> dict[str, object]:
    """Measure, and return the line of this promise."""
    found: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        postgres = stack.enter_context(running_server())
        slower = [calibration_ms() / CALIBRATION_MS for _ in range(3)]
        for backend in ("sqlite", "postgres"):
            for name, size in (("small", small), ("large", large)):
                place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                url = "" if backend == "sqlite" else postgres.fresh()
                found[f"{backend}_{name}"] = _measured(place, url, size)
                slower.append(calibration_ms() / CALIBRATION_MS)
    scale = max(1.0, statistics.median(slower))
    first = found["sqlite_small"]
    most = {name: max(max(each.values()) for each in of["pages_ms"].values()) for name, of in found.items()}
    peaks = max(of["peak_mib"] for of in found.values())
    ours, bare = max(first["pages_ms"]["verb"].values()), first["bare_ms"]
    holds = all(most[name] <= (SMALL_GOAL_MS if "small" in name else LARGE_GOAL_MS) * scale for name in found)
    return {
        "id": "T5",
        "what": f"{small.runs:,} runs searched and ordered by metrics, a page of {PAGE}: the slowest of 4 kinds",
        "ours": round(ours, 1),
        "unit": "ms",
        "against": "bare SQL for the ids of the first page",
        "theirs": round(bare, 2),
        "ratio": round(ours / bare, 1),
        "goal": f"<= {SMALL_GOAL_MS:g} ms; {large.runs:,} runs of {large.metrics} metrics <= {LARGE_GOAL_MS:g} ms, "
        f"a page <= {PAGE_GOAL_MIB:g} MiB; on SQLite and PostgreSQL, by each door",
        "holds": holds and peaks <= PAGE_GOAL_MIB,
        "slowest_ms": {name: round(taken, 1) for name, taken in most.items()},
        "more": found,
        "slower_than_reference": round(scale, 2),
    }


def _measured(place: Path, url: str, size: Size) -> dict[str, Any]:
    """Return what was measured in a store of this size."""
    settings = Settings(home=place / "home", records=url)
    workspace = open_workspace(place, settings)
    fill(workspace, url or str(place / "home" / "records.db"), size)
    tracking = workspace.tracking
    pages = list(_queries(tracking))
    with served(workspace, settings) as requests:
        doors: dict[str, dict[str, float]] = {
            "verb": {name: median_ms(partial(tracking.search_runs, local_caller(), query)) for name, query in pages},
            "native": {name: median_ms(partial(requests.get, _path(query))) for name, query in pages},
            "mlflow": _mlflow_ms(requests, tracking),
        }
        wide = _wide_ms(workspace, requests)
    measured = {
        "pages_ms": {door: {name: round(ms, 1) for name, ms in taken.items()} for door, taken in doors.items()},
        "bare_ms": round(_bare_ms(url or str(place / "home" / "records.db")), 2),
        "peak_mib": round(_peak_mib(tracking), 1),
        "others_ms": {name: round(ms, 1) for name, ms in _others_ms(tracking).items()},
        "wide_run_ms": {name: round(ms, 1) for name, ms in wide.items()},
    }
    workspace.database.close()
    return measured


def _queries(tracking: Tracking) -> Iterator[tuple[str, RunQuery]]:
    """Yield the first and the fifth page of each order."""
    for order in ORDERS:
        query = RunQuery(parse_where(f"{WHERE} and run.status = 'finished'"), (parse_order(order),), limit=PAGE)
        page, at = tracking.search_runs(local_caller(), query), query
        for _ in range(3):
            at = replace(query, after=page.next)
            page = tracking.search_runs(local_caller(), at)
        fifth = replace(query, after=page.next)
        if len(tracking.search_runs(local_caller(), fifth).runs) != PAGE:
            raise RuntimeError("a page is not full")
        yield f"{order}, first", query
        yield f"{order}, fifth", fifth


def _path(query: RunQuery) -> str:
    order = query.order_by[0]
    asked = {
        "where": f"{WHERE} and run.status = 'finished'",
        "order_by": f"metrics.{order.key}{' DESC' if order.descending else ''}",
        "limit": str(PAGE),
        "fields": ["metrics", "params", "tags"],
        **({"after": query.after} if query.after else {}),
    }
    return f"/api/runs?{urlencode(asked, doseq=True)}"


def _mlflow_ms(requests: Requests, tracking: Tracking) -> dict[str, float]:
    """Return what pages take through MLflow's door."""
    number = tracking.experiments.get_named(local_caller(), BIG).number
    taken = {}
    for order in ORDERS:
        asked: dict[str, Any] = {
            "experiment_ids": [str(number)],
            "filter": f"{WHERE} and attributes.status = 'FINISHED'",
            "order_by": [order],
            "max_results": PAGE,
        }
        ask = partial(requests.post, "/api/2.0/mlflow/runs/search")
        token = json.loads(ask(asked))["next_page_token"]
        taken[f"{order}, first"] = median_ms(partial(ask, asked))
        taken[f"{order}, second"] = median_ms(partial(ask, {**asked, "page_token": token}))
    return taken


def _wide_ms(workspace: Workspace, requests: Requests) -> dict[str, float]:
    """Return what it takes to log, to read and to show a run of 12,000 metrics, and one key of it."""
    caller, tracking = local_caller(), workspace.tracking
    run = tracking.start_run(caller, NewRun("wide", "wide", attended=False))
    points = [MetricPoint(f"layer.{at // 100}/weight.{at}", at / 7, 1, 1) for at in range(KEYS_OF_ONE_RUN)]
    parts = [points[at : at + 1000] for at in range(0, len(points), 1000)]
    logged = [median_ms(partial(tracking.log_batch, caller, run.id, part), 1) for part in parts]
    asked = {"run_id": run.id, "metric_key": "layer.119/weight.11999"}
    return {
        "log_1000": statistics.median(logged),
        "last_log_1000": logged[-1],
        "get": median_ms(partial(tracking.get_run, caller, run.id)),
        "page": median_ms(partial(requests.get, f"/runs/{run.id}"), 3),
        "mlflow_get": median_ms(partial(requests.get, f"/api/2.0/mlflow/runs/get?{urlencode({'run_id': run.id})}")),
        "mlflow_history": median_ms(
            partial(requests.get, f"/api/2.0/mlflow/metrics/get-history?{urlencode(asked)}"),
        ),
    }


def _others_ms(tracking: Tracking) -> dict[str, float]:
    """Return the milliseconds of other searches: by param, by a rare tag, newest first; counting; some columns only."""
    caller, some = local_caller(), parse_fields(["metrics.auc", "metrics.loss"])
    queries = {
        "newest": RunQuery(limit=PAGE),
        "by_param": RunQuery(order_by=(parse_order("params.depth"),), limit=PAGE),
        "rare_tag": RunQuery(parse_where("tags.team = 'rare'"), limit=PAGE),
        "two_columns": RunQuery(order_by=(parse_order("metrics.auc"),), limit=PAGE, shown=some),
    }
    taken = {name: median_ms(partial(tracking.search_runs, caller, asked)) for name, asked in queries.items()}
    return {**taken, "count": median_ms(partial(tracking.count_runs, caller, RunQuery()))}


def _peak_mib(tracking: Tracking) -> float:
    query = RunQuery(parse_where(WHERE), (parse_order(ORDERS[0]),), limit=PAGE)
    tracemalloc.start()
    tracking.search_runs(local_caller(), query)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / (1 << 20)


def _bare_ms(url: str) -> float:
    if "://" in url:
        with psycopg.connect(url) as server:
            return median_ms(lambda: server.execute(IDS.encode()).fetchall())
    connection = sqlite3.connect(url)
    taken = median_ms(lambda: connection.execute(IDS).fetchall())
    connection.close()
    return taken


if __name__ == "__main__":
    print(json.dumps(run()))
