"""What is declared and recorded against what is in place: mended when a crash, or an edit, has left them apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tidemill.access import Caller, Role, require
from tidemill.deployment import DeployedEndpoint, Deployments, Endpoint
from tidemill.registry import CHAMPION, Registry
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Database, Transaction

#: A release promotes, deploys and then writes the snapshot: for so long, what is undone is somebody's work in hand.
_GRACE_S = 2.0
_FEW = 20
#: An endpoint, and the champion or the revision that it lacks.
_Undone = tuple[str, str]


class Reconciler:
    """Mends endpoints. Remembers only since when it has seen something undone; not thread-safe.

    machine: seconds of the machine's clock.
    """

    def __init__(
        self,
        database: Database,
        deployments: Deployments,
        registry: Registry,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._deployments = deployments
        self._registry = registry
        self._machine = machine
        self._undone_since: dict[_Undone, float] = {}

    def reconcile(self, caller: Caller, declared: Sequence[Endpoint]) -> list[str]:
        """Record what is declared, deploy a champion that a crash left undeployed, write snapshots that are missing.

        An endpoint that a person has deployed to since is left as they wanted it. Returns what was done, in words.
        Needs deployer. Raises what the deployment room raises.
        """
        require(caller, Role.DEPLOYER)
        done = [
            f"endpoint {each.name}: what is declared of it is recorded"
            for each in declared
            if self._deployments.declare(caller, each)
        ]
        endpoints = self._deployments.list_endpoints(caller)
        undeployed = {each.name: champion for each in endpoints if (champion := self._undeployed(caller, each))}
        unwritten = [(each.endpoint, str(each.revision)) for each in self._deployments.unwritten(caller)]
        overdue = self._overdue([*undeployed.items(), *unwritten])
        for name, champion in undeployed.items():
            if (name, champion) in overdue:
                self._deployments.deploy(caller, name, champion, "promoted before a crash")
                done.append(f"endpoint {name}: {champion} was promoted and is deployed now")
        if overdue.intersection(unwritten):
            written = self._deployments.reconcile(caller)
            done += [f"endpoint {each.endpoint}: revision {each.revision} is in place again" for each in written]
        return done

    def _undeployed(self, caller: Caller, endpoint: DeployedEndpoint) -> str:
        """Return the champion when it was promoted after the last deployment; else nothing."""
        promotion = self._registry.get_promotion(caller, endpoint.model, CHAMPION)
        serves = self._deployments.list_revisions(caller, endpoint.name)[0].reference
        champion = f"{endpoint.model}/{promotion.version}" if promotion else serves
        if champion == serves or not self._database.read(
            lambda tx: _promoted_last(tx, caller.project, champion, (endpoint.name, serves))
        ):
            return ""
        return champion

    def _overdue(self, undone: Sequence[_Undone]) -> set[_Undone]:
        """Return what has been undone for longer than work in hand takes."""
        now = self._machine()
        self._undone_since = {each: self._undone_since.get(each, now) for each in undone}
        return {each for each, since in self._undone_since.items() if now - since >= _GRACE_S}


def _promoted_last(tx: Transaction, project: str, champion: str, deployed: tuple[str, str]) -> bool:
    """Tell whether the champion was promoted after the endpoint was deployed to: by the log, whatever the clock."""
    endpoint, serves = deployed
    promotions = read_events(tx, project, EventQuery(_FEW, None, champion, "model_version.promoted"))
    deployments = read_events(tx, project, EventQuery(_FEW, None, serves, "endpoint.deployed"))
    promoted = next((each.sequence for each in promotions if each.data["alias"] == CHAMPION), 0)
    return promoted > next((each.sequence for each in deployments if each.data["endpoint"] == endpoint), 0)
