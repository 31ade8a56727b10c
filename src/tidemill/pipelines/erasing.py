"""Taking erased rows out of what steps returned: outputs of steps that had read them, and results kept for reuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.pipelines import _repository as repository
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines._tables import step_element_table, step_result_table, step_run_table
from tidemill.pipelines.references import digests_in
from tidemill.pipelines.removal import list_step_links
from tidemill.storage.records import Transaction

#: Outputs that hold no rows of the data, by codec: evidence for models that were made of them.
KEPT = ("model", "evaluation_report", "study")
ERASED = "erased"

#: Returns an output's manifest without the rows, None when the output cannot be kept without them.
Without = Callable[[dict[str, Any]], dict[str, Any] | None]


class HeldOutputs(NamedTuple):
    """A step that read erased rows, itself or through another, and returned something that may hold them.

    element: of a map, the number of the one element that this is.
    """

    run_id: str
    position: int
    step: str
    outputs: tuple[dict[str, Any], ...]
    cache_key: str | None
    element: int | None = None

    @property
    def reference(self) -> str:
        """Return run and position as one name."""
        element = "" if self.element is None else f"[{self.element}]"
        return f"{self.run_id}/{self.position}{element}"


def find_outputs(tx: Transaction, project: str, datasets: Set[str]) -> list[HeldOutputs]:
    """Return the steps of all runs that read one of these dataset versions, and what follows from them."""
    run_ids = {link.run_id for link in list_step_links(tx, project) if datasets & set(link.datasets)}
    found = []
    for run_id in sorted(run_ids):
        for step in _downstream(repository.steps_of(tx, project, run_id), datasets):
            found.append(HeldOutputs(run_id, step.position, step.step, tuple(step.outputs), step.cache_key))
            found += [
                HeldOutputs(run_id, each.position, step.step, tuple(each.outputs), each.cache_key, each.element)
                for each in repository.elements_of(tx, project, (run_id, step.position), -1, step.n_elements or 0)
            ]
    return found


def holds_rows(held: HeldOutputs) -> bool:
    """Tell whether any output of a step is there that may hold rows."""
    return any(output["codec"] not in KEPT and output["manifest"] for output in held.outputs)


def erase_outputs(tx: Transaction, project: str, held: HeldOutputs, outputs: Sequence[dict[str, Any]]) -> set[str]:
    """Replace a step's outputs, forget its result for reuse, and return the blobs that were named and are no more."""
    table, result = step_run_table if held.element is None else step_element_table, step_result_table.c
    mine = [table.c.project_id == project, table.c.run_id == held.run_id, table.c.position == held.position]
    mine += [] if held.element is None else [table.c.element == held.element]
    tx.execute(sa.update(table).where(*mine).values(outputs=list(outputs)))
    kept: list[Any] = []
    if held.cache_key is not None:
        same = (result.project_id == project, result.cache_key == held.cache_key)
        kept = [row["outputs"] for row in tx.rows(sa.select(result.outputs).where(*same))]
        tx.execute(sa.delete(step_result_table).where(*same))
    return (digests_in(held.outputs) | digests_in(kept)) - digests_in(list(outputs))


def without_rows(held: HeldOutputs, without: Without) -> list[dict[str, Any]]:
    """Return a step's outputs as they may stay: models and reports whole, the rest without its content."""
    outputs = []
    for output in held.outputs:
        manifest = output["manifest"] if output["codec"] in KEPT else None
        if output["codec"] == "candidate" and output["manifest"]:
            manifest = without(output["manifest"])
        if manifest is None:
            outputs.append({**output, "manifest": {}, "summary": ERASED})
        else:
            outputs.append({**output, "manifest": manifest})
    return outputs


def _downstream(steps: Sequence[StepRun], datasets: Set[str]) -> list[StepRun]:
    found: dict[int, StepRun] = {}
    for step in steps:
        for each in step.inputs:
            reference = each["reference"]
            before = reference.removeprefix("step ").partition(" ")[0]
            from_step = reference.startswith("step ") and before.isdigit() and int(before) - 1 in found
            if from_step or reference.rpartition(" on ")[2] in datasets:
                found[step.position] = step
    return list(found.values())
