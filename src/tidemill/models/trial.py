"""Loading a packaged model in a process of its own: `python -m tidemill.models.trial SECONDS BYTES`.

What a damaged model does to the process that loads it (a crash, a hang, all of its memory) it does here, to nobody.
Reads a `TrialRequest` from standard input; writes `LOADED` once the model has loaded, then a `TrialAnswer`.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import sys

import msgspec

from tidemill.core import TidemillError
from tidemill.models.package import ModelPackage
from tidemill.models.predictor import load_predictor

LOADED = b"L"


class TrialRequest(msgspec.Struct, frozen=True):
    """A package's files, the runtime to load it with, and example rows by column."""

    files: dict[str, bytes]
    runtime: str
    columns: dict[str, list[str | float | bool | None]]


class TrialAnswer(msgspec.Struct, frozen=True):
    """One value for each example row, NaN where the model gave none; or what went wrong, in one line."""

    values: list[float] = []
    error: str = ""


def main() -> None:
    """Load and answer within the limits that the command line gives: seconds and bytes."""
    reply = os.dup(1)
    os.dup2(2, 1)  # what a library prints is not our answer
    _limit(float(sys.argv[1]), int(sys.argv[2]))
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=TrialRequest)
    try:
        predictor = load_predictor(ModelPackage(request.files), request.runtime)
        os.write(reply, LOADED)
        answer = TrialAnswer(predictor.predict(request.columns).tolist())
    except TidemillError as error:
        answer = TrialAnswer(error=str(error))
    except MemoryError:
        answer = TrialAnswer(error="it asks for more memory than it may have")
    except Exception as error:  # noqa: BLE001 - whatever a library raises is what there is to tell
        answer = TrialAnswer(error=" ".join(f"{type(error).__name__}: {error}".split()))
    os.write(reply, msgspec.msgpack.encode(answer))


def _limit(seconds: float, memory_bytes: int) -> None:
    """Bound processor, memory and files; and time, should nobody be left who waits."""
    whole = math.ceil(seconds)
    for what, most in ((resource.RLIMIT_DATA, memory_bytes), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
    signal.alarm(whole + 1)


if __name__ == "__main__":
    main()
