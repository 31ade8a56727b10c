"""Gates of endpoints that were declared when no policies were recorded: recorded now, so no door leads round them."""

from __future__ import annotations

from tidemill.access import Caller, Role
from tidemill.deployment._repository import ungoverned_gates
from tidemill.evaluation import GateRule
from tidemill.registry import CHAMPION, PolicyInForce, record_policies
from tidemill.storage.records import Database, Transaction

#: Who is said to have recorded them.
_ACTOR = "upgrade"


def adopt_gates(database: Database) -> int:
    """Record the gate of each endpoint whose model no policy governs, and return of how many; mostly none is left.

    Such stores are those of releases that knew no policies. What the project declares takes its place with the next
    release, or with the next pass of the scheduler.
    """
    if not database.read(ungoverned_gates):
        return 0

    def store(tx: Transaction) -> int:
        found = ungoverned_gates(tx)
        for project, endpoint, model, gate in found:
            rules = tuple(GateRule.from_json(rule) for rule in gate)
            policy = PolicyInForce(model, CHAMPION, endpoint, (CHAMPION,), True, rules)
            record_policies(tx, Caller(_ACTOR, project, Role.DEPLOYER), (model, endpoint, [policy]))
        return len(found)

    return database.write(store)
