"""R1: a champion is switched through its gate's policy, in one transaction: milliseconds, 99th percentile.

The transaction looks at the policy, the verdict, the digests of what was judged and where the aliases stand; it
records the request and moves two aliases. Judging is outside of it and is not timed. The reference is a transaction
that moves one alias and writes its event, in turn with it; a commit reaches the disk in both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.access import local_caller
from tidemill.core import SystemClock, digest_json, new_id
from tidemill.evaluation import GateCheck, GateVerdict, at_least
from tidemill.registry import (
    Asked,
    ModelVersion,
    PolicyInForce,
    PromotionRequests,
    Registry,
    StoredCandidate,
    record_policies,
)
from tidemill.storage.blob_urls import open_blobs
from tidemill.storage.schema import open_database

N_SWITCHES = 1000
N_VERSIONS = 10
GOAL_MS = 20.0
ME = local_caller()
RULE = at_least("auc", 0.6)
POLICY = PolicyInForce("delay", "production", "delay", ("production", "champion"), True, (RULE,))
VERDICT = GateVerdict(True, (GateCheck(RULE, "auc", 0.7, 0.69, 0.71, 0.6, passed=True, sentence="auc is 0.700"),))


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        database = open_database(home / "records.db", SystemClock())
        registry = Registry(database, open_blobs(str(home / "blobs"), home / "cache", home=home))
        versions = _versions(registry)
        database.write(lambda tx: record_policies(tx, ME, ("delay", "delay", [POLICY])))
        ours, bare = _times(_switch(PromotionRequests(database), versions), _bare(registry))
        database.close()
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    p99, theirs = (float(np.quantile(times, 0.99)) for times in (ours, bare))
    return {
        "id": "R1",
        "what": f"{N_SWITCHES:,} switches of a champion through its policy: p99 of a switch",
        "ours": round(p99, 2),
        "unit": "ms",
        "against": "a bare transaction that moves one alias",
        "theirs": round(theirs, 2),
        "ratio": round(p99 / theirs, 1),
        "goal": f"<= {GOAL_MS:g} ms",
        "holds": p99 <= GOAL_MS * slower,
        "median_ms": round(statistics.median(ours), 2),
        "bare_median_ms": round(statistics.median(bare), 2),
        "slower_than_reference": round(slower, 2),
    }


def _versions(registry: Registry) -> list[ModelVersion]:
    made = []
    for number in range(N_VERSIONS):
        files = {"model.txt": f"{number:064x}"}
        candidate = StoredCandidate(new_id(), digest_json(files), files, f"{number:064x}", {})
        verdict = registry.record_verdict(ME, "delay", candidate, VERDICT, "delay")
        made.append(registry.register(ME, candidate, verdict))
    return made


def _switch(requests: PromotionRequests, versions: list[ModelVersion]) -> Iterator[Callable[[], object]]:
    before = 0
    for number in range(N_SWITCHES):
        version = versions[number % N_VERSIONS]
        asked = Asked(new_id(), version.reference, "production", version.verdict_id, {"champion": before})
        before = version.version
        yield lambda asked=asked: requests.ask(ME, asked)  # type: ignore[misc]


def _bare(registry: Registry) -> Iterator[Callable[[], object]]:
    for number in range(N_SWITCHES):
        reference = f"delay/{number % N_VERSIONS + 1}"
        yield lambda reference=reference: registry.promote(ME, reference, "mine")  # type: ignore[misc]


def _times(*kinds: Iterator[Callable[[], object]]) -> tuple[list[float], ...]:
    taken: tuple[list[float], ...] = tuple([] for _ in kinds)
    for calls in zip(*kinds, strict=True):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call()
            times.append((time.perf_counter() - began) * 1000)
    return taken
