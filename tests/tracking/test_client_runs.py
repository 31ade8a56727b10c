"""Runs, experiments, inputs and models that other programs log, by the verbs of the room; and what goes with a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tidemill.access import Caller, Role
from tidemill.core import ConflictError, ForbiddenError, NotFoundError, SystemClock, UsageError
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.tracking import (
    ClientRun,
    InputDataset,
    Logged,
    MetricPoint,
    ModelPoint,
    ModelUse,
    NewLoggedModel,
    NewRun,
    RunUpdate,
    Tracking,
    remove_runs,
)

ANN, EVE = Caller("ann", role=Role.EDITOR), Caller("eve", "other", Role.EDITOR)
VIEWER = Caller("vic", role=Role.VIEWER)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = open_database(tmp_path / "records.db", SystemClock())
    yield opened
    opened.close()


@pytest.fixture
def tracking(database: SqliteDatabase) -> Tracking:
    return Tracking(database)


def test_numbers_count_up_in_each_project_by_itself(tracking: Tracking) -> None:
    assert [tracking.experiments.create(ANN, name).number for name in ("a", "b")] == [1, 2]
    assert tracking.experiments.create(EVE, "a").number == 1
    assert tracking.experiments.get(EVE, 0).name == "Default"
    tracking.experiments.delete(ANN, 2)
    assert tracking.experiments.create(ANN, "c").number == 3
    with pytest.raises(NotFoundError):
        tracking.experiments.get(EVE, 2)


def test_a_pipeline_and_a_client_share_an_experiment(tracking: Tracking) -> None:
    own = tracking.start_run(ANN, NewRun("shared", "one"))
    number = tracking.experiments.get_named(ANN, "shared").number
    theirs = tracking.changes.begin(ANN, ClientRun(number, "two"))
    assert {each.id for each in tracking.list_runs(ANN, "shared")} == {own.id, theirs.id}
    assert (own.attended, theirs.attended) == (True, False)
    with pytest.raises(ConflictError, match="worked on by this installation"):
        tracking.changes.update(ANN, own.id, RunUpdate("finished"))
    assert tracking.changes.update(ANN, own.id, RunUpdate(name="other")).name == "other"
    tracking.end_run(ANN, own.id)


def test_another_process_does_not_end_what_it_does_not_work_on(tracking: Tracking, database: SqliteDatabase) -> None:
    run = tracking.changes.begin(ANN, ClientRun())
    assert Tracking(database).settle_dead_runs() == []
    assert tracking.get_run(ANN, run.id).run.status == "running"


def test_a_deleted_run_takes_no_writes_by_any_verb(tracking: Tracking) -> None:
    run = tracking.changes.begin(ANN, ClientRun())
    tracking.changes.delete(ANN, run.id)
    writes: list[Any] = [
        lambda: tracking.log_params(ANN, run.id, {"a": 1}),
        lambda: tracking.log_metrics(ANN, run.id, {"a": 1}),
        lambda: tracking.set_tags(ANN, run.id, {"a": 1}),
        lambda: tracking.changes.log(ANN, run.id, Logged(params={"a": "1"})),
        lambda: tracking.inputs.log(ANN, run.id, [InputDataset("d", "1", "t", "s")]),
        lambda: tracking.changes.delete(ANN, run.id),
    ]
    for write in writes:
        with pytest.raises(ConflictError, match="'active' state"):
            write()
    assert tracking.list_runs(ANN) == []
    tracking.changes.restore(ANN, run.id)
    assert [each.id for each in tracking.list_runs(ANN)] == [run.id]


def test_viewers_change_nothing_and_strangers_see_nothing(tracking: Tracking) -> None:
    run = tracking.changes.begin(ANN, ClientRun())
    model = tracking.models.create(ANN, NewLoggedModel(0, "m"))
    changes: list[Any] = [
        lambda who: tracking.changes.begin(who, ClientRun()),
        lambda who: tracking.changes.update(who, run.id, RunUpdate("failed")),
        lambda who: tracking.changes.log(who, run.id, Logged()),
        lambda who: tracking.experiments.create(who, "x"),
        lambda who: tracking.experiments.delete(who, 0),
        lambda who: tracking.inputs.log_outputs(who, run.id, [ModelUse(model.id)]),
        lambda who: tracking.models.delete(who, model.id),
    ]
    for change in changes:
        with pytest.raises(ForbiddenError):
            change(VIEWER)
    looks: list[Any] = [
        lambda: tracking.get_run(EVE, run.id),
        lambda: tracking.models.get(EVE, model.id),
        lambda: tracking.changes.log(EVE, run.id, Logged(params={"a": "1"})),
        lambda: tracking.changes.delete(EVE, run.id),
    ]
    for look in looks:
        with pytest.raises(NotFoundError):
            look()
    assert tracking.inputs.of_runs(EVE, [run.id])[run.id].datasets == []


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_no_store_holds_is_refused(tracking: Tracking, text: str) -> None:
    run = tracking.changes.begin(ANN, ClientRun())
    attempts: list[Any] = [
        lambda: tracking.experiments.create(ANN, f"x{text}"),
        lambda: tracking.experiments.create(ANN, "x", {"a": text}),
        lambda: tracking.changes.begin(ANN, ClientRun(name=text)),
        lambda: tracking.changes.begin(ANN, ClientRun(user_id=text)),
        lambda: tracking.changes.log(ANN, run.id, Logged(params={"a": text})),
        lambda: tracking.inputs.log(ANN, run.id, [InputDataset("d", "1", "t", text)]),
        lambda: tracking.models.create(ANN, NewLoggedModel(0, f"m{text}")),
    ]
    for attempt in attempts:
        with pytest.raises(UsageError):
            attempt()


def test_what_a_run_wrote_goes_with_it(tracking: Tracking, database: SqliteDatabase) -> None:
    runs = [tracking.changes.begin(ANN, ClientRun()).id for _ in range(2)]
    models = [tracking.models.create(ANN, NewLoggedModel(0, "m", "", run, {"a": "b"}, {"c": "d"})).id for run in runs]
    for run, model in zip(runs, models, strict=True):
        points = [MetricPoint("auc", 0.7, 1)]
        tracking.changes.log(ANN, run, Logged(points, {"p": "1"}, {}, [ModelPoint(model, "auc", 0.7)]))
        shared = InputDataset("shared", "1", "t", "s")
        tracking.inputs.log(ANN, run, [shared, InputDataset(f"of {run}", "1", "t", "s")], [ModelUse(model)])
    database.write(lambda tx: remove_runs(tx, ANN.project, runs[:1]))
    with pytest.raises(NotFoundError):
        tracking.models.get(ANN, models[0])
    assert tracking.models.get(ANN, models[1]).metrics[0].value == 0.7
    names = {each.name for each in tracking.inputs.summaries(ANN, [0])}
    assert names == {"shared", f"of {runs[1]}"}
    database.write(lambda tx: remove_runs(tx, ANN.project, runs[1:]))
    left = {}
    for table in ("run_dataset", "input_dataset", "run_model", "logged_model", "logged_model_param", "metric_point"):
        found = database.read(lambda tx, table=table: tx.rows_plain(f"SELECT count(*) FROM {table}", {}))  # type: ignore[misc]
        left[table] = found[0][0]
    assert not any(left.values()), left


def test_inputs_of_many_runs_come_in_two_statements(tracking: Tracking) -> None:
    runs = [tracking.changes.begin(ANN, ClientRun()).id for _ in range(5)]
    for run in runs:
        tracking.inputs.log(ANN, run, [InputDataset(f"d{at}", "1", "t", "s", tags={"k": "v"}) for at in range(200)])
    found = tracking.inputs.of_runs(ANN, runs)
    assert [len(found[run].datasets) for run in runs] == [200] * 5
    assert found[runs[0]].datasets[0].tags == {"k": "v"}
