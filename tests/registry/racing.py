"""An actor of the race of promotions: asks for promotions one after the other, and may die at a commit.

python -m tests.registry.racing HOME SEED COUNT DIES_AT [REQUEST_ID VERSION]

It says ``asks ID VERSION`` before and ``done ID STATE`` after each. A request that the actor before it has died over is
given to it, and asked for again under the same id. DIES_AT 0 lives.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from tests.faults.failpoints import set_failpoint
from tests.registry.requests import ANN, judged
from tidemill.core import SystemClock, new_id
from tidemill.registry import Asked, MovedError, PromotionRequests, Registry
from tidemill.storage.blob_urls import open_blobs
from tidemill.storage.schema import open_database


def main() -> None:
    """Ask for as many promotions as the arguments say."""
    home, seed, count, dies_at = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    again = [(sys.argv[5], int(sys.argv[6]))] if sys.argv[5:] else []
    if dies_at:
        set_failpoint("kill", "commit", dies_at)
    database = open_database(home / "records.db", SystemClock())
    registry = Registry(database, open_blobs(str(home / "blobs"), home / "cache", home=home))
    requests, chance = PromotionRequests(database), random.Random(seed)
    versions = {each.version: each for each in registry.list_versions(ANN, "late")}
    asked = again + [(new_id(), chance.choice(list(versions))) for _ in range(count - len(again))]
    for id_, number in asked:
        sys.stdout.write(f"asks {id_} {number}\n")
        sys.stdout.flush()
        verdict = judged(registry, versions[number])
        while True:
            stands = registry.get_promotion(ANN, "late")
            against = {"champion": stands.version if stands else 0}
            try:
                request, _ = requests.ask(ANN, Asked(id_, f"late/{number}", "champion", verdict.id, against))
            except MovedError:
                continue
            break
        if chance.random() < 0.2:  # an answer that got lost: the same is asked for once more
            request, _ = requests.ask(ANN, Asked(id_, f"late/{number}", "champion", verdict.id, {"champion": -1}))
        sys.stdout.write(f"done {id_} {request.state}\n")
        sys.stdout.flush()
    database.close()


if __name__ == "__main__":
    main()
