"""The code that a run of a working tree was made with, recorded as a bundle: cheap, and never a reason not to run."""

from __future__ import annotations

from collections.abc import Callable

from tidemill.access import Caller
from tidemill.bundles import RUN_TAG, BundleDraft, is_stored, make_draft
from tidemill.core import TidemillError
from tidemill.workspace import Workspace


def record_code(workspace: Workspace, caller: Caller, say: Callable[[str], None]) -> dict[str, str]:
    """Store the code of the workspace's folder as it is now, and return the tag that names its bundle.

    What cannot be recorded is said in a line, and the run goes on without. Needs editor.
    """
    try:
        with workspace.in_flight.mark():
            return {RUN_TAG: _stored(workspace, caller, make_draft(workspace.folder, workspace.settings))}
    except (TidemillError, OSError) as error:
        say(f"the code of this run is not recorded: {error}")
        return {}


def _stored(workspace: Workspace, caller: Caller, draft: BundleDraft) -> str:
    if is_stored(caller, draft.digest, workspace.bundles.side):
        return draft.digest
    return workspace.bundles.store(caller, draft).digest
