"""A process that has imported everything, and forks a child for each trial: so a trial costs milliseconds.

One JSON request a line on its input (`Request`); answers on its output: `born PID`, then `paused OPERATION` where that
was asked for, then `ended STATUS`. A child does not begin, and a paused one does not go on, before a line `go`.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from tests.faults.acknowledgements import Acknowledgements, Line, read_lines
from tests.faults.checker import check
from tests.faults.failpoints import set_failpoint
from tests.faults.guards import switch_off
from tests.faults.scenario import Client, GaveUpError, Round, known_of, open_home, open_log
from tidemill.core import TidemillError

PLAYED, GAVE_UP, CRASHED = 0, 3, 4
_PR_SET_PTRACER = 0x59616D61


@dataclass(frozen=True)
class Request:
    """One trial's child.

    rounds: how many to play, 0 for ever. patience_s: how long an operation is tried again after a refusal.
    pause: after each operation. off: guards that are switched off (`guards.py`). point: a failpoint in the process,
    `failpoints.py`. look: only check what is there and say `found` with what was found, maybe beside a child that
    is `alive`.
    """

    folder: str
    home: str
    record: str
    seed: int
    rounds: int = 1
    patience_s: float = 0.1
    pause: bool = False
    off: tuple[str, ...] = ()
    point: tuple[str, str, int] | None = None
    look: bool = False
    alive: bool = False


@dataclass(frozen=True)
class Wire:
    """Lines to and from the trial."""

    inlet: int
    outlet: int

    def say(self, line: str) -> None:
        """Write a line, by a call that no injector counts."""
        os.writev(self.outlet, [line.encode() + b"\n"])

    def hear(self) -> str:
        """Read one line, and no byte of the next: the child inherits what was not read."""
        heard = b""
        while not heard.endswith(b"\n"):
            byte = os.read(self.inlet, 1)
            if not byte:
                os._exit(0)
            heard += byte
        return heard.decode().strip()


def _play(request: Request, wire: Wire, lines: list[Line], acknowledged: Acknowledgements) -> None:
    folder, home = Path(request.folder), Path(request.home)
    try:
        workspace, log = open_home(folder, home), open_log(home)
    except (TidemillError, OSError) as error:
        acknowledged.say(0, "open", "failed", error=type(error).__name__, text=str(error))
        raise GaveUpError(str(error)) from error
    client = Client(folder, workspace, log, acknowledged, request.seed, request.patience_s)

    def pause(operation: str) -> None:
        wire.say(f"paused {operation}")
        wire.hear()

    for number in range(request.rounds) if request.rounds else count():
        Round(client, number, known_of(lines, number)).play(pause if request.pause else lambda _: None)
    log.close()
    workspace.database.close()


def _child(request: Request, wire: Wire) -> int:
    with suppress(OSError, AttributeError):  # where the kernel lets only parents trace
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    wire.hear()
    if request.look:
        places = Path(request.folder), Path(request.home), Path(request.record)
        found = check(places, alive=request.alive)
        wire.say(f"found {json.dumps(asdict(found))}")
        return PLAYED
    switch_off(request.off)
    lines, acknowledged = read_lines(Path(request.record)), Acknowledgements(Path(request.record))
    if request.point is not None:
        set_failpoint(*request.point)
    try:
        _play(request, wire, lines, acknowledged)
    except GaveUpError:
        return GAVE_UP
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is a finding
        frames = [each for each in traceback.extract_tb(error.__traceback__) if "/tidemill/" in each.filename]
        where = f" in {frames[-1].name} of {Path(frames[-1].filename).name}" if frames else ""
        said = {"error": type(error).__name__, "text": f"{error}{where}"}
        acknowledged.say(0, "child", "crashed", **said)
        return CRASHED
    return PLAYED


def serve(wire: Wire) -> None:
    """Answer requests until the input ends."""
    while True:
        asked = json.loads(wire.hear())
        request = Request(**{**asked, "off": tuple(asked["off"]), "point": asked["point"] and tuple(asked["point"])})
        pid = os.fork()
        if pid == 0:
            os._exit(_child(request, wire))
        wire.say(f"born {pid}")
        _, status = os.waitpid(pid, 0)
        wire.say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    # Two wires, served by a process each: while a child of the first is paused, the second can look at what there is.
    inlet, outlet = int(sys.argv[1]), int(sys.argv[2])
    if os.fork() == 0:
        os.close(0)
        serve(Wire(inlet, outlet))
    os.close(inlet)
    os.close(outlet)
    serve(Wire(0, 1))
