"""One step alone: what the steps before it have made in a past run becomes what it is given."""

from __future__ import annotations

import re

from tidemill.access import Caller
from tidemill.core import UsageError, not_found
from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines.codecs.codec import Output
from tidemill.pipelines.executors.port import Held
from tidemill.pipelines.graph.handle import references_in
from tidemill.pipelines.graph.nodes import CHOICE, Node
from tidemill.pipelines.plan import Plan
from tidemill.pipelines.running.execution import LIST, Collection, Execution
from tidemill.storage.records import Database

_VERSION = re.compile(r"[^\s@]+@[0-9]+")


def given_by_run(database: Database, caller: Caller, asked: tuple[Plan, Node, str], execution: Execution) -> None:
    """Take what a past run has made as what a node reads.

    Raises NotFoundError for a run that is not there, UsageError when it did not make all of that.
    """
    plan, node, run_id = asked
    steps = {step.position: step for step in database.read(lambda tx: rows.steps_of(tx, caller.project, run_id))}
    if not steps:
        raise not_found("run", run_id, [])
    for reference in references_in(node.arguments):
        before, step = plan.graph.nodes[reference.position], steps.get(reference.position)
        what = f"step {node.step.name!r} reads what step {before.step.name!r} returns"
        if step is None or step.step != before.step.name:
            there = f"step {reference.position + 1} is {step.step!r} there" if step else "it is not in that run"
            raise UsageError(f"{what}, and {there}: run {run_id} was made by other code; run the pipeline instead")
        outputs = {output["name"]: Output(**output) for output in step.outputs if output["manifest"]}
        if reference.output not in outputs:
            raise UsageError(f"{what}, which run {run_id} did not keep ({step.state}); run the pipeline instead")
        if outputs[reference.output].codec == LIST:
            made_by = map_behind(database, caller, step) if before.kind == CHOICE else step
            execution.collect(
                reference.position, {reference.output: _collection(database, caller, made_by, reference.output)}
            )
        else:
            execution.keep(reference.position, [outputs[reference.output]])


def _collection(database: Database, caller: Caller, step: StepRun, name: str) -> Collection:
    place = (step.run_id, step.position)
    elements = database.read(lambda tx: rows.elements_of(tx, caller.project, place, -1, step.n_elements or 0))
    items: list[Output | Held] = []
    for element in elements:
        kept = [Output(**output) for output in element.outputs if output["name"] == name]
        if not kept:
            raise UsageError(
                f"element {element.element} of step {step.step!r} was not kept by run {step.run_id} "
                f"({element.state}); run the pipeline instead"
            )
        items += kept
    return Collection(items, [item.digest for item in items if isinstance(item, Output)])


def map_behind(database: Database, caller: Caller, step: StepRun) -> StepRun:
    """Return the map whose list a choice has taken."""
    position = int(step.inputs[-1]["reference"].split()[1]) - 1
    steps = database.read(lambda tx: rows.steps_of(tx, caller.project, step.run_id))
    return next(each for each in steps if each.position == position)


def data_read(database: Database, caller: Caller, run_id: str) -> dict[str, str]:
    """Return the dataset versions that the steps of a past run have read, by the name of the dataset.

    Raises NotFoundError for a run that is not there.
    """
    steps = database.read(lambda tx: rows.steps_of(tx, caller.project, run_id))
    if not steps:
        raise not_found("run", run_id, [])
    references = {each["reference"].rpartition(" on ")[2] for step in steps for each in step.inputs}
    return {reference.partition("@")[0]: reference for reference in references if _VERSION.fullmatch(reference)}
