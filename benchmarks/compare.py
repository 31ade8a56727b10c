"""Comparing 500 runs by the curves of 10 metrics of 10,000 points each, in a browser: seconds to the last chart.

A store is filled by the tables' own columns; a real server answers a real Chromium. Timed is from the navigation to the
frame after the last curve was drawn (`tidemill-compared`), the whole page with parallel coordinates, scatter and table
included. The outlines of the series are there, as a server makes them when runs have ended. Told besides: what the
browser alone takes, once every curve is answered from memory; CPU seconds of server and browser; how long the outlines
took. The goal is scaled by the fixed loop of P3.

    python -m benchmarks.compare [POINTS]

Not in the report of the others: it needs a Chromium, and with 10,000 points some minutes and 2 GB to fill its store.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.served import served
from tests.ui.browser import CHROMIUM_OPTIONS, find_chromium
from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.tracking import MetricPoint, NewRun
from tidemill.tracking.outlines import follow_ended
from tidemill.workspace import Workspace

RUNS, METRICS, POINTS = 500, 10, 10_000
GOAL_S = 2.0
WITHIN_MS = 600_000
REPEATS = 3
FILL = """
WITH RECURSIVE steps(step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM steps WHERE step < {last})
INSERT INTO metric_point (series, step, at, value)
SELECT m.series, s.step, 1700000000000 + s.step * 1000,
       1.0 / (1 + s.step / (50.0 + m.series % 97)) + ((m.series * 7919 + s.step * 104729) % 1000) / 20000.0
FROM run_last_metric AS m CROSS JOIN steps AS s ORDER BY m.series, s.step
"""


def run(points: int = POINTS) -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder), Settings(home=Path(folder, "home")))
        _fill(workspace, points)
        began = time.process_time()
        n_outlines = follow_ended(workspace.database, workspace.settings.project)
        outlining = time.process_time() - began
        with served(workspace, workspace.settings) as asked, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(Path(playwright.chromium.executable_path)), args=list(CHROMIUM_OPTIONS)
            )
            first, answers = _seconds(browser, asked.address)
            slower, again, answered, drawn = [], [], [], []
            for _ in range(REPEATS):
                slower.append(calibration_ms() / CALIBRATION_MS)
                server, others = time.process_time(), _children_s()
                again.append(_seconds(browser, asked.address)[0])
                answered.append(time.process_time() - server)
                drawn.append(_children_s() - others)
            alone, _ = _seconds(browser, asked.address, answers)
            browser.close()
        workspace.database.close()
    scale = max(1.0, statistics.median(slower))
    ours = statistics.median(again)
    return {
        "id": "T8",
        "what": f"{RUNS} runs by {METRICS} metrics of {points:,} points each, navigation to the last chart drawn",
        "ours": round(ours, 2),
        "unit": "s",
        "first_s": round(first, 2),
        "browser_alone_s": round(alone, 2),
        "server_cpu_s": round(statistics.median(answered), 2),
        "browser_cpu_s": round(statistics.median(drawn), 2),
        "n_outlines": n_outlines,
        "outlines_cpu_s": round(outlining, 2),
        "goal": f"<= {GOAL_S:g} s",
        "holds": ours <= GOAL_S * scale,
        "slower_than_reference": round(scale, 2),
    }


def _children_s() -> float:
    """Return the CPU seconds that the processes below this one have taken."""
    ticks, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[stat.parent.name], ticks[stat.parent.name] = fields[1], int(fields[11]) + int(fields[12])
    mine, below = 0, {str(os.getpid())}
    while below:
        below = {pid for pid, parent in parents.items() if parent in below}
        mine += sum(ticks[pid] for pid in below)
    return mine / os.sysconf("SC_CLK_TCK")


def _fill(workspace: Workspace, points: int) -> None:
    """Make the runs by their verbs with one point of each metric, and the other points by a statement."""
    ann = local_caller()
    for at in range(RUNS):
        made = workspace.tracking.start_run(ann, NewRun("speed", f"run-{at}", attended=False))
        first = [MetricPoint(f"metric_{key}", 1.0, points - 1, 1_700_000_000_000) for key in range(METRICS)]
        params = {"rate": at / RUNS, "depth": at % 9, "kind": "abc"[at % 3]}
        workspace.tracking.log_batch(ann, made.id, first, params)
        workspace.tracking.end_run(ann, made.id)
    connection = sqlite3.connect(workspace.home / "records.db")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(FILL.format(last=points - 2))
    connection.commit()
    connection.close()


def _seconds(browser: Browser, address: str, known: dict[str, bytes] | None = None) -> tuple[float, dict[str, bytes]]:
    """Return seconds from the navigation to the last chart, and the answers with curves. known: given at once."""
    page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
    answers: dict[str, bytes] = {}
    if known is None:

        def note(answer: Response) -> None:
            if "/api/metrics/history" in answer.url:
                answers[answer.url] = b""

        page.on("response", note)
    else:
        page.route("**/api/metrics/history?*", lambda route: route.fulfill(body=known[route.request.url]))
    page.goto(f"{address}/compare?experiment=speed", wait_until="commit", timeout=WITHIN_MS)
    page.wait_for_selector("#curves[data-drawn]", timeout=WITHIN_MS)
    marks = "performance.getEntriesByName('tidemill-compared')[0].startTime"
    seconds = float(page.evaluate(marks)) / 1000
    if known is None:
        for url in answers:
            answers[url] = page.request.get(url, timeout=WITHIN_MS).body()
    page.close()
    return seconds, answers


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else POINTS)))
