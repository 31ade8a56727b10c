"""A process that uploads models and promotes some. `python -m tests.retention.uploading HOME SEED N [BLOBS]`.

It says what was acknowledged, a line each: the version, whether it was promoted, its blobs. Contents repeat, so that
bytes are put which are there already, which nothing names any more, or which a collector is about to take.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.core import NotFoundError, Settings, digest_json, new_id
from tidemill.evaluation import GateVerdict
from tidemill.registry import StoredCandidate
from tidemill.workspace import Workspace

_PROMOTED = 0.03


def upload(workspace: Workspace, chance: random.Random, n_contents: int) -> dict[str, object]:
    """Upload a model of some of the contents, and promote it now and then."""
    with workspace.in_flight.mark():
        first, second = (f"content {chance.randrange(n_contents)} ".encode() * 50 for _ in range(2))
        files = {"model.txt": workspace.blobs.put(first), "model.onnx": workspace.blobs.put(second)}
        report = workspace.blobs.put(f"report {chance.randrange(n_contents)}".encode())
        candidate = StoredCandidate(new_id(), digest_json(files), files, report, {})
        verdict = workspace.registry.record_verdict(ANN, "late", candidate, GateVerdict(passed=True, checks=()), "late")
        version = workspace.registry.register(ANN, candidate, verdict)
        promoted = chance.random() < _PROMOTED
        if promoted:
            try:
                workspace.registry.promote(ANN, version.reference)
            except NotFoundError:  # an old version, never promoted, that retention let go just now
                promoted = False
    return {"version": version.reference, "promoted": promoted, "blobs": [*version.files.values(), report]}


if __name__ == "__main__":
    opened = open_workspace(Path(sys.argv[1]), Settings(home=Path(sys.argv[1]), blobs="".join(sys.argv[4:])))
    seeded = random.Random(int(sys.argv[2]))
    sys.stdout.write("ready\n")
    for _ in range(int(sys.argv[3])):
        sys.stdout.write(json.dumps(upload(opened, seeded, max(150, int(sys.argv[3]) // 2))) + "\n")
        sys.stdout.flush()
