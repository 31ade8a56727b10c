"""Monitoring on a real store: what is due is evaluated once, and again when rows or labels come late."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.monitoring.world import DAY, START, WATCHED, WEEK, World, open_world
from tests.small_project import ANN, open_project
from tidemill.access import Caller, Role
from tidemill.core import ForbiddenError, NotFoundError, UnavailableError
from tidemill.evaluation import measure
from tidemill.feedback import NewLabel, inputs_of
from tidemill.models import load_predictor, predict_frame
from tidemill.monitoring import DriftResult, PerformanceResult, WindowRecord, performance
from tidemill.release import run_and_release
from tidemill.storage.events import EventQuery, EventRecord, read_events


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = open_world(tmp_path)
    yield made
    made.writer.close()
    made.workspace.database.close()


def shown(records: list[WindowRecord]) -> list[tuple[str, str, str]]:
    return [(record.monitor, f"{record.starts_at:%m-%d}", record.verdict) for record in records]


def events(world: World, kind: str) -> list[EventRecord]:
    query = EventQuery(kind_prefix=kind)
    return world.workspace.database.read(lambda tx: read_events(tx, "default", query))


def test_a_week_is_looked_at_once_it_is_over_and_its_labels_are_due(world: World) -> None:
    assert world.look() == []
    assert world.workspace.monitoring.next_due(ANN, "late", WATCHED) is None
    ids = [world.ask(START + day * DAY) for day in range(7)]
    assert world.look() == []
    assert world.workspace.monitoring.next_due(ANN, "late", WATCHED) == START + WEEK
    for day in range(7):
        world.label(ids[day], START + WEEK)
    world.ask(START + WEEK, 10)
    assert shown(world.look()) == [("drift", "03-04", "steady")]
    assert world.workspace.monitoring.next_due(ANN, "late", WATCHED) == START + 8 * DAY
    world.ask(START + 8 * DAY, 10)
    (found,) = world.look()
    assert shown([found]) == [("performance", "03-04", "measured")]
    assert (found.n_rows, found.n_labelled, found.version, found.whole) == (700, 700, "late/1", True)
    assert isinstance(found.result, PerformanceResult)
    assert found.result.served == found.result.never_retrained
    assert found.result.served is not None
    assert found.result.served.n == 700
    assert found.result.reference is not None
    assert found.result.reference.value > 0.6
    assert world.look() == []
    (told,) = events(world, "window.evaluated")[:1]
    assert told.subject == "late"
    assert told.data["value"] == found.result.served.value
    assert told.data["reference"] == found.result.reference.value
    assert told.data["whole"] is True
    assert world.workspace.monitoring.window(ANN, "late", "performance", START) == found
    assert shown(world.workspace.monitoring.windows(ANN, "late")) == [
        ("drift", "03-04", "steady"),
        ("performance", "03-04", "measured"),
    ]


def test_inputs_that_moved_are_told_with_the_column(world: World) -> None:
    for day in range(7):
        world.ask(START + day * DAY, weight=15)
    world.ask(START + WEEK, 1)
    (found,) = world.look()
    assert found.verdict == "drifted"
    assert isinstance(found.result, DriftResult)
    assert found.result.worst is not None
    assert found.result.worst.column == "weight"
    assert found.result.worst.psi is not None
    assert found.result.worst.psi > 1 > found.result.worst.limit
    assert events(world, "window.evaluated")[0].data["column"] == "weight"


def test_late_labels_and_late_rows_revise_a_window_and_nothing_else_does(world: World) -> None:
    ids = [world.ask(START + day * DAY) for day in range(8)]
    for day in range(6):
        world.label(ids[day], START + 8 * DAY)
    world.ask(START + 8 * DAY + timedelta(hours=1), 10)
    assert [record.n_labelled for record in world.look()] == [600, 600]
    world.label(ids[6], START + 10 * DAY)
    (found,) = world.look()
    assert (found.monitor, found.n_labelled, found.n_revised) == ("performance", 700, 1)
    assert world.look() == []
    late = world.ask(START + DAY, 20, at=START + 11 * DAY)
    assert [(record.monitor, record.n_rows, record.n_revised) for record in world.look()] == [
        ("drift", 720, 1),
        ("performance", 720, 2),
    ]
    assert world.look() == []
    world.label(late[:5], START + 12 * DAY)
    assert [record.n_labelled for record in world.look()] == [705]
    world.label(ids[0], START + 12 * DAY, correct=True)
    assert [record.n_revised for record in world.look()] == [4]
    assert len(events(world, "window.evaluated")) == 2
    assert len(events(world, "window.revised")) == 5


def test_what_came_late_is_not_forgotten_when_it_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [world.ask(START + day * DAY) for day in range(8)]
    for each in ids[:7]:
        world.label(each[:60], START + 8 * DAY)
    world.ask(START + 8 * DAY + timedelta(hours=1), 10)
    assert [record.n_labelled for record in world.look()] == [420, 420]
    for each in ids[:7]:
        world.label(each[60:], START + 9 * DAY)
    world.ask(START + DAY, 20, at=START + 9 * DAY)

    def refuse(_: object) -> None:
        raise UnavailableError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(world.workspace.database, "write", refuse)
        with pytest.raises(UnavailableError, match="full"):
            world.workspace.monitoring.evaluate(ANN, "late", WATCHED)
    assert [(each.monitor, each.n_rows, each.n_labelled) for each in world.look()][-1] == ("performance", 720, 700)
    assert world.look() == []


def test_rows_that_were_read_long_after_they_came_revise_a_window_too(world: World) -> None:
    for day in range(8):
        world.ask(START + day * DAY)
    world.ask(START + 8 * DAY + timedelta(hours=1), 10)
    assert [record.n_rows for record in world.look()] == [700, 700]
    world.ask(START + DAY, 1, at=START + 8 * DAY - timedelta(hours=3))
    assert [record.n_rows for record in world.look()] == [701, 701]


def test_a_new_process_finds_what_came_late_and_revises_nothing_twice(world: World, tmp_path: Path) -> None:
    ids = [world.ask(START + day * DAY) for day in range(8)]
    world.label(ids[0], START + 8 * DAY)
    world.ask(START + 8 * DAY + timedelta(hours=1), 10)
    assert len(world.look()) == 2
    world.label(ids[1], START + 9 * DAY)
    other, _ = open_project(tmp_path, world.clock)
    assert [record.n_revised for record in other.monitoring.evaluate(ANN, "late", WATCHED)] == [1]
    again, _ = open_project(tmp_path, world.clock)
    assert again.monitoring.evaluate(ANN, "late", WATCHED) == []
    assert world.look() == []
    other.database.close()
    again.database.close()


def test_weeks_without_rows_or_labels_have_a_verdict_and_no_number(world: World) -> None:
    for day in range(7):
        world.ask(START + day * DAY)
    world.clock.set(START + 24 * DAY)
    assert shown(world.look()) == [
        ("drift", "03-04", "steady"),
        ("performance", "03-04", "too few labels"),
        ("drift", "03-11", "no rows"),
        ("performance", "03-11", "no rows"),
        ("drift", "03-18", "no rows"),
        ("performance", "03-18", "no rows"),
    ]
    empty = world.workspace.monitoring.windows(ANN, "late", "drift")[0]
    assert (empty.version, empty.whole, empty.coverage) == ("", False, None)


def test_rows_of_the_future_move_nothing(world: World) -> None:
    world.ask(START, 100)
    world.ask(START + 300 * DAY, 10, at=START + DAY)
    assert world.look() == []
    assert world.workspace.monitoring.watermark(ANN, "late") is not None
    assert world.workspace.monitoring.watermark(ANN, "late") <= START + DAY  # type: ignore[operator]


def test_a_window_in_which_the_version_changed_says_who_answered_how_much(world: World) -> None:
    for day in range(7):
        world.ask(START + day * DAY, model="late/1" if day < 5 else "late/2")
    world.ask(START + WEEK, 1)
    (found,) = world.look()
    assert (found.version, found.whole, found.versions) == ("late/1", False, {"late/1": 500, "late/2": 200})


def test_never_retrained_is_what_the_first_version_would_have_answered(world: World, tmp_path: Path) -> None:
    workspace, project = open_project(tmp_path, world.clock)
    released = run_and_release(workspace, project, ANN, None, {"n_trees": 3})
    assert released.releases[0].version is not None
    workspace.database.close()
    for day in range(14):
        model = "late/1" if day < 7 else "late/2"
        world.label(world.ask(START + day * DAY, model=model), START + (day + 1) * DAY)
    world.ask(START + 16 * DAY, 1)
    first, second = (found.result for found in world.look() if found.monitor == "performance")
    assert isinstance(first, PerformanceResult)
    assert isinstance(second, PerformanceResult)
    assert first.served == first.never_retrained
    assert (second.first_version, second.reason) == ("late/1", "")
    assert second.never_retrained is not None
    assert second.served is not None
    assert second.never_retrained != second.served
    rows = world.workspace.feedback.labelled("default", "late", START + WEEK, START + 2 * WEEK)
    version = world.workspace.registry.get(ANN, "late/1")
    answers = predict_frame(load_predictor(world.workspace.registry.load_package(version)), inputs_of(rows))
    expected = measure(rows["label"].to_numpy(), answers, "binary", 0.5).estimates["auc"]
    assert second.never_retrained == expected


def test_two_who_look_at_once_store_each_window_once(world: World, tmp_path: Path) -> None:
    for day in range(8):
        world.label(world.ask(START + day * DAY), START + (day + 1) * DAY)
    world.ask(START + 8 * DAY + DAY / 24, 1)
    others = [open_project(tmp_path, world.clock)[0] for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda other: other.monitoring.evaluate(ANN, "late", WATCHED), others))
    assert sorted(shown([record for records in found for record in records])) == [
        ("drift", "03-04", "steady"),
        ("performance", "03-04", "measured"),
    ]
    assert len(events(world, "window.")) == 2
    for other in others:
        other.database.close()


def test_a_version_that_is_gone_gives_a_reason_and_no_error(world: World) -> None:
    ids = [world.ask(START + day * DAY, model="late/9") for day in range(7)]
    for given in ids:
        world.label(given, START + WEEK)
    world.ask(START + 8 * DAY, 1)
    drifted, performed = world.look()
    assert (drifted.verdict, performed.verdict) == ("no reference", "undefined")
    assert "late" in drifted.result.reason
    assert "late" in performed.result.reason


def test_looking_is_for_editors_and_reading_for_viewers(world: World) -> None:
    monitoring = world.workspace.monitoring
    with pytest.raises(ForbiddenError):
        monitoring.evaluate(Caller("bob", role=Role.VIEWER), "late", WATCHED)
    with pytest.raises(NotFoundError, match="endpoint 'late' has no drift window yet"):
        monitoring.window(Caller("bob", role=Role.VIEWER), "late", "drift", START)


def test_labels_coded_1_and_2_have_a_reason_and_no_number(world: World) -> None:
    ids = [id_ for day in range(7) for id_ in world.ask(START + day * DAY, 50)]
    world.clock.set(START + WEEK)
    world.workspace.feedback.record(ANN, [NewLabel(id_, 2, START + WEEK) for id_ in ids])
    world.ask(START + 8 * DAY, 1)
    (found,) = (each for each in world.look() if each.monitor == "performance")
    assert isinstance(found.result, PerformanceResult)
    assert (found.verdict, found.result.served, found.result.never_retrained) == ("undefined", None, None)
    assert found.result.reason.startswith("350 of 350 labels are neither 0 nor 1, such as 2: ")
    (told,) = (each for each in events(world, "window.evaluated") if each.data["monitor"] == "performance")
    assert "value" not in told.data


def test_a_metric_of_another_task_is_told_as_such(world: World) -> None:
    for day in range(7):
        world.label(world.ask(START + day * DAY, 50), START + WEEK)
    world.ask(START + 8 * DAY, 1)
    (found,) = world.look([performance("rmse", label_delay="1d")])
    assert found.verdict == "undefined"
    assert found.result.reason.startswith(
        "'rmse' is no metric of a binary model, which is what was served; there is: auc"
    )


def test_a_first_request_of_1600_does_not_fill_the_table(world: World) -> None:
    old = datetime(1600, 1, 3, tzinfo=UTC)
    world.ask(old, 10, at=START)
    world.ask(START - 200 * WEEK, 10, at=START)
    for day in range(7):
        world.ask(START + day * DAY, 50)
    world.ask(START + WEEK, 1)
    found = world.look(WATCHED[:1])
    assert len(found) == 61
    assert [each.starts_at for each in found if each.n_rows] == [START - 200 * WEEK, START]
    assert world.look(WATCHED[:1]) == []


def test_after_a_silence_of_centuries_only_the_newest_weeks_are_opened(world: World) -> None:
    old = datetime(1600, 1, 3, tzinfo=UTC)
    world.ask(old, 10, at=START)
    world.clock.set(START + 10 * DAY)
    assert [each.n_rows for each in world.look(WATCHED[:1])] == [10]
    world.ask(START + 14 * DAY, 50)
    world.ask(START + 21 * DAY, 1)
    found = world.look(WATCHED[:1])
    assert [each.n_rows for each in found] == [0] * 59 + [50]
    assert world.look(WATCHED[:1]) == []
