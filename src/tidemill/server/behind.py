"""What stands behind the server's doors: the rooms, MLflow's door to them, and what runs beside the answers.

Loaded by `loading`, while the server answers already that it lives.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from tidemill.access import Caller, local_caller
from tidemill.app import open_workspace
from tidemill.core import TidemillError, UnavailableError
from tidemill.server.guard import Guard
from tidemill.server.identity import Identities
from tidemill.server.mlflow_door import MlflowDoor
from tidemill.server.options import ServerOptions
from tidemill.server.saying import say
from tidemill.storage.stores import OpenedStore
from tidemill.tracking.outlines import OutlineMaker
from tidemill.webhooks import WebhookSender
from tidemill.workspace import Workspace

_DRAIN_S = 5
# A deployment may happen between the reading of the records and the writing: the next pass sees it.
_MOST_PASSES = 3


class Behind:
    """The rooms of an opened store with MLflow's door, and threads that mend, send webhooks and outline series."""

    def __init__(self, options: ServerOptions, store: OpenedStore) -> None:
        settings = options.settings
        self.rooms = open_workspace(options.folder, settings, store=store)
        self.door = MlflowDoor(self.rooms, Identities(self.rooms.tokens, options))
        self.guarded_door: ASGIApp = Guard(_nobody, self.door, settings.allowed_hosts)
        self._mending = threading.Thread(target=mend, args=(self.rooms,), name="mend", daemon=True)
        self._sender = WebhookSender(self.rooms.webhooks, Caller("webhooks", settings.project), say)
        self._outlines = OutlineMaker(self.rooms.database, settings.project, say)

    def settle(self) -> None:
        """Settle the runs that a crash left open."""
        with suppress(UnavailableError):  # a full disk, say: the pages can be read all the same
            self.rooms.tracking.settle_dead_runs()

    def start(self) -> None:
        """Start the threads."""
        self._mending.start()
        self._sender.start()
        self._outlines.start()

    def stop(self) -> None:
        """End the threads."""
        self._sender.stop()
        self._outlines.stop()
        self._mending.join(_DRAIN_S)


def mend(workspace: Workspace) -> None:
    """Write the snapshots that a crash left unwritten. What cannot be mended is said and stops nothing."""
    caller = local_caller(workspace.settings.project)
    try:
        for _ in range(_MOST_PASSES):
            mended = workspace.deployments.reconcile(caller)
            for revision in mended:
                say(f"endpoint {revision.endpoint}: revision {revision.revision} is in place again")
            if not mended:
                return
    except Exception as error:  # noqa: BLE001 - the pages are needed most when something is damaged
        kind = "" if isinstance(error, TidemillError) else f"{type(error).__name__}: "
        say(f"an endpoint's snapshot could not be written: {kind}{error}")


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("only paths of MLflow's API are answered here")
