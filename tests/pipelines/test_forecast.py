"""What a plan foretells: what runs and because of what, how long and how much, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.pipelines.projects import ANN, Sandbox
from tidemill.core import NotFoundError, UsageError
from tidemill.pipelines import Forecast, StepQuery, StepRun
from tidemill.pipelines._record_rows import Sample
from tidemill.pipelines._tables import run_graph_table, step_run_table
from tidemill.pipelines.forecast import compare, forecast, foretell
from tidemill.pipelines.plan import Plan, PlannedStep
from tidemill.storage.records import Transaction

PROJECT = """
import tidemill as tm


def factor():
    return FACTOR


@tm.step
def load(n: int) -> list:
    return list(range(n))


@tm.step
def train(rows: list) -> list:
    return [row * factor() for row in rows]


@tm.step
def judge(rows: list, model: list) -> float:
    return float(sum(model))


@tm.step
def report(judged: float, title: str) -> str:
    return f"{title}: {judged}"


@tm.pipeline
def trained(n: int = 10, title: str = "all"):
    rows = load(n)
    return report(judge(rows, train(rows)), title)
"""


def written(sandbox: Sandbox, factor: int = 2) -> Sandbox:
    sandbox.write(PROJECT.replace("FACTOR", str(factor)))
    return sandbox


def foretold(sandbox: Sandbox, **params: Any) -> Forecast:
    return sandbox.workspace.run_records.forecast(ANN, sandbox.plan(**params))


def actions(found: Forecast) -> dict[str, str]:
    return {step.step: step.action for step in found.steps}


def test_before_the_first_run_nothing_is_known_and_that_is_said(sandbox: Sandbox) -> None:
    found = foretold(written(sandbox))
    assert actions(found) == {"load": "run", "train": "unknown", "judge": "unknown", "report": "unknown"}
    assert {step.seconds for step in found.steps} == {None}
    assert (found.totals.n_without_history, found.totals.seconds) == (4, 0.0)


def test_what_is_unknown_names_the_step_that_makes_it_so_and_what_changed(sandbox: Sandbox) -> None:
    written(sandbox).run()
    found = foretold(written(sandbox, factor=3))
    load, train, judge, report = found.steps
    assert (load.action, train.action) == ("reuse", "run")
    assert train.why.startswith("changed: ")
    assert "factor" in train.why
    assert judge.why == f"because step 2 train runs: {train.why}"
    assert report.because == judge.because
    assert [cause.position for cause in report.because] == [1]
    assert judge.depends_on == (0, 1)
    assert found.totals.n_reuse == 1
    assert found.totals.seconds == pytest.approx(sum(step.seconds or 0 for step in (train, judge, report)))


def test_only_what_a_param_reaches_runs_again(sandbox: Sandbox) -> None:
    written(sandbox).run()
    found = foretold(sandbox, title="some")
    assert actions(found) == {"load": "reuse", "train": "reuse", "judge": "reuse", "report": "run"}
    assert found.steps[-1].why == "changed: input: title"
    assert foretold(sandbox).totals.n_run == 0


def test_expected_is_the_median_of_the_last_executions(sandbox: Sandbox) -> None:
    plan = written(sandbox).plan()
    took = [9.0, 1.0, 2.0]
    history = {"train": [Sample(seconds, seconds / 10, 100 * int(seconds), None) for seconds in took]}
    train = foretell(plan, history).steps[1]
    assert (train.seconds, train.cost, train.bytes, train.n_samples) == (2.0, 0.2, 200, 3)


def test_of_a_map_the_elements_count(sandbox: Sandbox) -> None:
    plan = written(sandbox).plan()
    history = {"train": [Sample(20.0, None, None, 200), Sample(5.0, None, None, 100), Sample(10.0, None, None, 100)]}
    train = foretell(plan, history).steps[1]
    assert train.seconds == pytest.approx(20.0)
    assert (train.bytes, train.cost) == (None, None)


def test_at_once_it_takes_as_long_as_the_longest_way(sandbox: Sandbox) -> None:
    plan = written(sandbox).plan()
    took = {"load": 1.0, "train": 10.0, "judge": 2.0, "report": 4.0}
    found = foretell(plan, {name: [Sample(seconds, None, 0, None)] for name, seconds in took.items()})
    assert found.totals.seconds == 17.0
    assert found.totals.parallel_seconds == 17.0
    nodes = tuple(replace(node, arguments={}) for node in plan.graph.nodes)
    apart = replace(plan, graph=replace(plan.graph, nodes=nodes))
    wide = foretell(apart, {name: [Sample(seconds, None, 0, None)] for name, seconds in took.items()})
    assert wide.totals.parallel_seconds == 10.0


def test_history_is_that_of_the_last_executions_in_any_run(sandbox: Sandbox) -> None:
    written(sandbox).run()
    for number in (20, 30, 40):
        sandbox.run(n=number)
    steps = foretold(sandbox, n=99).steps
    assert [step.n_samples for step in steps] == [4, 4, 4, 4]
    assert all(step.bytes is not None for step in steps)


def test_a_thousand_steps_are_foretold_by_two_statements(sandbox: Sandbox) -> None:
    plan = written(sandbox).plan()
    first = plan.graph.nodes[0]
    many = 1000
    nodes = tuple(replace(first, position=position) for position in range(many))
    planned = tuple(PlannedStep(position, "load", "run", "it has not run before") for position in range(many))
    wide: Plan = replace(plan, graph=replace(plan.graph, nodes=nodes), steps=planned, codes=(plan.codes[0],) * many)
    counted: list[int] = []

    def count(tx: Transaction) -> Forecast:
        counting = Counting(tx)
        found = forecast(counting, "default", wide)  # type: ignore[arg-type]  # all that is asked of it is `rows`
        counted.append(counting.n_statements)
        return found

    assert len(sandbox.workspace.database.read(count).steps) == many
    assert counted == [2]


def test_a_plan_is_compared_with_what_came(sandbox: Sandbox) -> None:
    written(sandbox).run()
    found = foretold(written(sandbox, factor=3))
    run = sandbox.run()
    record_plan(sandbox, run.run_id, found)
    check = sandbox.workspace.run_records.check_plan(ANN)
    assert check == sandbox.workspace.run_records.check_plan(ANN, run.run_id)
    assert check == sandbox.workspace.run_records.check_plan(ANN, pipeline="trained")
    assert [(step.action, step.state, step.as_planned) for step in check.steps] == [
        ("reuse", "reused", True),
        ("run", "executed", True),
        ("unknown", "executed", True),
        ("unknown", "executed", True),
    ]
    assert (check.n_otherwise, check.run_id) == (0, run.run_id)
    assert check.seconds == pytest.approx(sum(step.seconds for step in run.steps[1:]))
    assert check.expected_seconds == pytest.approx(found.totals.seconds)
    assert [step.bytes for step in check.steps] == [step.outputs[0]["size_bytes"] for step in run.steps]
    with pytest.raises(NotFoundError, match="no run of pipeline 'other' whose plan was recorded"):
        sandbox.workspace.run_records.check_plan(ANN, pipeline="other")


def test_what_came_otherwise_is_told(sandbox: Sandbox) -> None:
    run = written(sandbox).run()
    planned = [
        {"position": position, "step": "s", "action": action} for position, action in enumerate(["reuse", "run"])
    ]
    executed, _, *_ = run.steps
    check = compare(run.run_id, "p", planned, [executed])
    assert [(step.as_planned, step.state) for step in check.steps] == [(False, "executed"), (False, None)]
    assert check.n_otherwise == 2


def test_steps_of_all_runs_are_found_newest_first(sandbox: Sandbox) -> None:
    written(sandbox).run()
    second = sandbox.run(title="some")
    records = sandbox.workspace.run_records

    def found(**query: Any) -> list[StepRun]:
        return records.find_steps(ANN, StepQuery(**query))

    assert len(found()) == 8
    assert [step.state for step in found(step="train")] == ["reused", "executed"]
    assert [step.step for step in found(state="executed", run_id=second.run_id)] == ["report"]
    assert found(since=second.steps[0].started_at, limit=1)[0].step == "report"
    assert found(since="2999-01-01T00:00:00Z") == []
    with pytest.raises(UsageError, match="'done' is no state of a step; use one of: waiting, running, executed"):
        found(state="done")


def test_totals_are_those_of_executed_steps(sandbox: Sandbox) -> None:
    written(sandbox).run()
    run = sandbox.run(title="some")
    table = step_run_table.c
    measured = {"cpu_seconds": 1.5, "peak_memory_bytes": 200_000_000, "cost": 0.25}
    update = sa.update(step_run_table).where(table.run_id == run.run_id, table.position == 3).values(**measured)
    sandbox.workspace.database.write(lambda tx: tx.execute(update))
    totals = sandbox.workspace.run_records.totals(ANN, run.run_id)
    assert (totals.n_steps, totals.n_executed, totals.n_reused, totals.n_failed) == (4, 1, 3, 0)
    assert (totals.cpu_seconds, totals.peak_memory_bytes, totals.cost) == (1.5, 200_000_000, 0.25)
    assert totals.seconds == run.steps[3].seconds
    assert totals.n_bytes == run.steps[3].outputs[0]["size_bytes"]


def record_plan(sandbox: Sandbox, run_id: str, found: Forecast) -> None:
    """Store a plan with its run, unless running it has done so."""
    table = run_graph_table.c
    graph = [
        {
            "position": step.position, "name": step.step, "kind": step.kind, "path": [], "line": "", "outputs": [],
            "depends_on": list(step.depends_on), "guards": [],
        }
        for step in found.steps
    ]  # fmt: skip

    def store(tx: Transaction) -> None:
        tx.execute(sa.delete(run_graph_table).where(table.run_id == run_id))
        told = {"graph": graph, "forecast": found.to_json()["steps"]}
        tx.execute(
            sa.insert(run_graph_table).values(project_id="default", run_id=run_id, pipeline=found.pipeline, **told)
        )

    sandbox.workspace.database.write(store)


class Counting:
    """Counts the statements of a transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.n_statements = 0

    def rows(self, statement: sa.Executable) -> list[dict[str, Any]]:
        self.n_statements += 1
        return self._tx.rows(statement)
