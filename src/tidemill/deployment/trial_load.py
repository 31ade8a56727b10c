"""The trial of a candidate: loaded in a process of its own, before anything else loads it or it can be served."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidemill.core import TidemillError, UnavailableError
from tidemill.evaluation import GateCheck, GateRule
from tidemill.models import ONNX_FILE, Frame, ModelPackage, load_predictor
from tidemill.models.trial import LOADED, TrialAnswer, TrialRequest

N_EXAMPLES = 50
GIB = 2**30
#: How far two processes of one machine may differ on one row.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class TrialLimits:
    """What a trial may take: seconds in all, and bytes beside four times the package's own."""

    seconds: float = 30.0
    memory_bytes: int = 2 * GIB


def try_loading(package: ModelPackage, examples: Frame, limits: TrialLimits | None = None) -> GateCheck:
    """Load a package as the data plane will, in a child process, and have it answer up to 50 example rows.

    The check holds when it loads, answers each row within the limits, and answers as it does in this process.
    examples: rows with the model's inputs. Raises nothing for what is wrong with the package: the check says it.
    Raises UnavailableError when no process can be started.
    """
    limits = limits or TrialLimits()
    try:
        columns = _columns(package, examples)
        runtime = "onnx" if ONNX_FILE in package.files else "native"
        answers = _answers(TrialRequest(dict(package.files), runtime, columns), limits)
        n_rows = len(next(iter(columns.values()), []))
        trouble = _trouble(package, columns, answers) if isinstance(answers, TrialAnswer) else answers
    except OSError as error:
        raise UnavailableError(f"a trial of the candidate cannot be started ({error}); try again") from error
    except TidemillError as error:
        trouble, n_rows = str(error), 0
    rule = GateRule("loads", "answers", 0.0)
    said = f"loads in a process of its own and answers {n_rows} example rows as here"
    sentence = f"does not pass its trial in a process of its own: {trouble}" if trouble else said
    return GateCheck(rule, "answers", None, None, None, 0.0, passed=not trouble, sentence=f"the model {sentence}")


def _columns(package: ModelPackage, examples: Frame) -> dict[str, list[Any]]:
    rows = examples.gather_every(-(-len(examples) // N_EXAMPLES)) if len(examples) > N_EXAMPLES else examples
    return {each.name: rows[each.name].to_list() for each in package.signature.inputs if each.name in rows.columns}


def _answers(request: TrialRequest, limits: TrialLimits) -> TrialAnswer | str:
    """Return what the child answered, or in words how it ended."""
    memory = limits.memory_bytes + 4 * sum(map(len, request.files.values()))
    command = [sys.executable, "-P", "-m", "tidemill.models.trial", f"{limits.seconds:g}", str(memory)]
    try:
        done = subprocess.run(
            command,
            input=msgspec.msgpack.encode(request),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return f"it was not done {_doing(late.stdout)} after {limits.seconds:g} s"
    reply = done.stdout.removeprefix(LOADED)
    if -done.returncode in {signal.SIGXCPU, signal.SIGALRM}:
        return f"it was not done {_doing(done.stdout)} after {limits.seconds:g} s"
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return f"it ended the process by {name} {_doing(done.stdout)}, within {limits.seconds:g} s and {_gib(memory)}"
    try:
        answer = msgspec.msgpack.decode(reply, type=TrialAnswer)
    except msgspec.DecodeError:
        return f"the process ended with code {done.returncode} {_doing(done.stdout)}"
    return answer if not answer.error else f"{answer.error} ({_doing(done.stdout)})"


def _trouble(package: ModelPackage, columns: dict[str, list[Any]], answers: TrialAnswer) -> str:
    """Say what is wrong with answers; empty when they are those of this process."""
    # What has just loaded and answered in the child does so here.
    own: NDArray[np.float64] = load_predictor(package).predict(columns)
    values = np.asarray(answers.values, dtype=np.float64)
    if values.shape != own.shape:
        return f"it gave {len(values)} answers to {len(own)} example rows"
    alike = np.isclose(values, own, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    if not alike.all():
        first = int(np.argmin(alike))
        return (
            f"{int((~alike).sum())} of {len(own)} answers differ from those of this process, "
            f"the first {values[first]:g} and {own[first]:g}"
        )
    if not np.isfinite(values).all():
        return f"{int((~np.isfinite(values)).sum())} of {len(own)} answers are no finite number"
    return ""


def _doing(reply: bytes | None) -> str:
    return "answering" if (reply or b"").startswith(LOADED) else "loading"


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / GIB:.1f} GiB"
