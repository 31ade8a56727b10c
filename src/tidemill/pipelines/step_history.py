"""Why a step was executed or reused in a run: the parts of its key beside those of the nearest run before."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import DamagedError, NotFoundError, UsageError, not_found
from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.storage.records import Database
from tidemill.tracking import Tracking

HIT, MISS = "hit", "miss"
_NOT_REUSABLE = "not reusable: "
_SHOWN = 12  # characters of a digest


@dataclass(frozen=True)
class KeyDifference:
    """A part of a step's key that is not what it was. `was` is None for a new part, `now` for one that is gone.

    part: such as ``code: function flights.train`` or ``input: rows``.
    """

    part: str
    was: str | None
    now: str | None

    def sentence(self) -> str:
        """Say it in one line.

        >>> KeyDifference("input: rows", "flights@3", "flights@4").sentence()
        'input: rows: was flights@3, now flights@4'
        """
        if self.was is None:
            return f"{self.part}: new, {self.now}"
        if self.now is None:
            return f"{self.part}: gone, was {self.was}"
        return f"{self.part}: was {self.was}, now {self.now}"


@dataclass(frozen=True)
class StepWhy:
    """Why one step of a run was reused (hit) or executed (miss).

    reused_from: the run whose result it was. compared_with: the run before to which `differences` are told; None when
    the step had not been executed before. doubts: why its result may not be reused later.
    """

    run_id: str
    position: int
    step: str
    outcome: str
    state: str
    note: str
    reused_from: str | None
    compared_with: str | None
    differences: tuple[KeyDifference, ...]
    doubts: tuple[str, ...]


class StepHistory:
    """Answers why from what runs have recorded of their steps. Thread-safe; it writes nothing."""

    def __init__(self, database: Database, codecs: Codecs, tracking: Tracking) -> None:
        self._database = database
        self._codecs = codecs
        self._tracking = tracking

    def find_run(self, caller: Caller, run: str) -> str | None:
        """Return the id of the only run with steps whose id begins so, or None. Raises UsageError for several."""
        require(caller, Role.VIEWER)
        found = self._database.read(lambda tx: rows.run_ids(tx, caller.project, run)) if run else []
        if len(found) > 1:
            raise UsageError(
                f"{len(found)} runs or more begin with {run!r}, such as {', '.join(found)}: give more of it"
            )
        return found[0] if found else None

    def why(self, caller: Caller, run: str, step: str | None = None) -> list[StepWhy]:
        """Return why each step of a run was executed or reused; of one, given by name or number from 1 on.

        Raises NotFoundError for no such run or step, UsageError for an id that is not unique.
        """
        run_id = self.find_run(caller, run)
        if run_id is None:
            raise NotFoundError(f"no run with steps has an id that begins with {run!r}; 'tidemill runs' lists them")
        steps = self._database.read(lambda tx: rows.steps_of(tx, caller.project, run_id))
        return [self._why(caller, each) for each in _chosen(steps, step)]

    def output(self, caller: Caller, run: str, step: str, name: str | None = None) -> Any:
        """Return what a step of a run returned; `name` is that of the output when it has several.

        Raises NotFoundError for no such run, step or output, one that was not kept, was erased, or is gone or damaged:
        it says which run made it, and the command that makes it again.
        """
        asked = self.why(caller, run, step)[0]
        steps = self._database.read(lambda tx: rows.steps_of(tx, caller.project, asked.run_id))
        outputs = {each["name"]: Output(**each) for each in steps[asked.position].outputs}
        of = f"of step {asked.step!r} of run {asked.run_id}"
        if not outputs:
            raise NotFoundError(f"nothing {of} was kept: {asked.note}")
        name = name or next(iter(outputs))
        if name not in outputs:
            raise not_found("output", name, outputs)
        made_by = asked.reused_from or asked.run_id
        what = f"output {name!r} of step {asked.step!r}, made by run {made_by},"
        if not outputs[name].manifest:
            raise NotFoundError(f"{what} was erased with the rows that it was made of")
        try:
            return self._codecs.decode(outputs[name])
        except (NotFoundError, DamagedError) as error:
            said = f"{what} is gone from the store or damaged ({error})"
            raise NotFoundError(f"{said}; make it again with: {self._command(caller, made_by)}") from error

    def _command(self, caller: Caller, run_id: str) -> str:
        detail = self._tracking.get_run(caller, run_id)
        params = [f"-p {shlex.quote(f'{name}={value}')}" for name, value in detail.params.items()]
        return " ".join(["tidemill run", detail.run.experiment, *params])

    def _why(self, caller: Caller, step: StepRun) -> StepWhy:
        before = self._database.read(lambda tx: rows.executions_before(tx, caller.project, step))
        nearest, differences = _nearest(step, before)
        hit = step.state == "reused"
        return StepWhy(
            run_id=step.run_id,
            position=step.position,
            step=step.step,
            outcome=HIT if hit else MISS,
            state=step.state,
            note=step.note,
            reused_from=step.reused_from,
            compared_with=None if hit or nearest is None else nearest.run_id,
            differences=() if hit else differences,
            doubts=tuple(part.removeprefix(_NOT_REUSABLE) for part in step.note.split("; ") if _NOT_REUSABLE in part),
        )


def _chosen(steps: Sequence[StepRun], step: str | None) -> Sequence[StepRun]:
    if step is None:
        return steps
    found = [each for each in steps if step in {each.step, str(each.position + 1)}]
    if not found:
        raise not_found("step", step, [each.step for each in steps])
    return found


def _nearest(step: StepRun, before: Sequence[StepRun]) -> tuple[StepRun | None, tuple[KeyDifference, ...]]:
    """Return the execution that differs least, the latest of those, and in what."""
    told = [(each, _differences(step, each)) for each in before]
    return min(told, key=lambda one: len(one[1])) if told else (None, ())


def _differences(now: StepRun, was: StepRun) -> tuple[KeyDifference, ...]:
    names = [
        name for name in sorted({*now.key_parts, *was.key_parts}) if now.key_parts.get(name) != was.key_parts.get(name)
    ]
    return tuple(KeyDifference(name, _shown(name, was), _shown(name, now)) for name in names)


def _shown(part: str, step: StepRun) -> str | None:
    digest = step.key_parts.get(part)
    if digest is None:
        return None
    parameter = part.removeprefix("input: ") if part.startswith("input: ") else None
    read = [each for each in step.inputs if each["parameter"] == parameter]
    named = ", ".join(_reference(each) for each in read)
    return named or (digest[:_SHOWN] if _is_digest(digest) else digest)


def _reference(record: Mapping[str, str]) -> str:
    reference = record["reference"]
    return reference if "@" in reference else f"{reference} ({record['digest'][:_SHOWN]})"


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)
