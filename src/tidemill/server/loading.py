"""Loading the server's code in a thread, while it answers already that it lives.

Modules are imported here by their names, in the order in which they are needed: MLflow's door with its rooms, then the
web framework with all routes and pages. A module that cannot be imported ends the server with its error.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tidemill.server.opening import Opening
from tidemill.server.options import ServerOptions
from tidemill.storage.stores import OpenedStore

_SHORT_TURN_S = 0.0005  # whoever asks meanwhile waits for many turns of the thread that loads


class Loading:
    """Loads what is behind an opening. failed: called from the thread when that could not be done."""

    def __init__(
        self, options: ServerOptions, store: OpenedStore, opening: Opening, failed: Callable[[], None]
    ) -> None:
        self._options, self._store, self._opening, self._failed = options, store, opening, failed
        self._behind: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._load, name="loading", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Wait for the end of loading and stop what runs beside the answers. Raises what loading raised."""
        self._thread.join()
        if self._behind is not None:
            self._behind.stop()
        self._store.database.close()
        if self._error is not None:
            raise self._error

    def _load(self) -> None:
        pause = sys.getswitchinterval()
        sys.setswitchinterval(_SHORT_TURN_S)
        try:
            self._open()
        except BaseException as error:  # noqa: BLE001 - it is raised to who started it
            self._error = error
            self._opening.fail()
            self._failed()
        finally:
            sys.setswitchinterval(pause)
            gc.freeze()  # what is loaded stays
            gc.enable()

    def _open(self) -> None:
        behind = import_module("tidemill.server.behind").Behind(self._options, self._store)
        behind.settle()
        self._opening.open_door(behind.guarded_door)
        behind.start()
        self._behind = behind
        build = import_module("tidemill.server.application").build_application
        self._opening.open(build(behind.rooms, self._options, behind.door))
