"""A process that forks others, each of which works on the bundles of a project until it is done, or killed.

It imports once for all. Asked by lines on its standard input: `deploy NUMBER` stores, unpacks and deploys one bundle
after the other; `unpack DIGEST N` lets N processes unpack one at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bundles.conftest import ANN, say_word
from tidemill.app import open_workspace
from tidemill.bundles import CI, UnpackedBundles, make_draft
from tidemill.core import load_settings
from tidemill.workspace import Workspace


def opened(folder: Path) -> Workspace:
    """Open the store of a project's folder."""
    return open_workspace(folder, load_settings(folder, environ={}))


def say(line: str) -> None:
    """Say a line at once."""
    os.write(1, f"{line}\n".encode())


def deploy(folder: Path, number: int) -> None:
    """Store, unpack and deploy one bundle after the other; say each digest once it is deployed."""
    workspace = opened(folder)
    unpacked = UnpackedBundles(workspace.blobs, workspace.home)
    while True:
        number += 1
        say_word(folder, f"word {number}")
        bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
        workspace.bundles.record_check(ANN, bundle.digest, CI, True, {"number": number})
        unpacked.folder_of(bundle)
        workspace.bundles.deploy(ANN, bundle.digest, "dev")
        say(bundle.digest)


def unpack(folder: Path, digest: str) -> None:
    """Unpack a bundle and say where."""
    workspace = opened(folder)
    say(str(UnpackedBundles(workspace.blobs, workspace.home).folder_of(workspace.bundles.get(ANN, digest))))


def forked(work: Callable[[], None]) -> int:
    """Let a child of its own do the work and end, and return its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - said, so that the test fails with it
        say(f"failed: {error!r}")
    os._exit(0)


def main(folder: Path) -> None:
    """Answer each line with the ids of the processes, and say `over` when all have ended."""
    for line in sys.stdin:
        word, argument, *more = line.split()
        if word == "deploy":
            pids = [forked(lambda: deploy(folder, int(argument)))]  # noqa: B023 - called at once, in the child
        else:
            pids = [forked(lambda: unpack(folder, argument)) for _ in range(int(more[0]))]  # noqa: B023
        say(f"pids {' '.join(map(str, pids))}")
        for pid in pids:
            os.waitpid(pid, 0)
        say("over")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
