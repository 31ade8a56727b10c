"""The data plane's time: a replay's clock stamps what it logs, and its absence is told in one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.serving.running import launch, running
from tests.serving.samples import ROW, VIEW, deploy
from tidemill.core import ManualClock, StoredClock, SystemClock, id_time
from tidemill.models import ModelPackage
from tidemill.serving import PredictionLog
from tidemill.serving.times import Times
from tidemill.storage import SqliteKeyValue
from tidemill.storage.online_values import encode_value, space_name

START = datetime(2013, 3, 1, 5, tzinfo=UTC)


def test_records_ids_and_look_ups_are_in_the_replays_time(
    home: Path, free_port: int, view_package: ModelPackage
) -> None:
    deploy(home, view_package, views=(VIEW,))
    SqliteKeyValue(home / "online.db").put_many(
        space_name("default", VIEW.name, VIEW.columns), [("UA", encode_value(START, [0.75]))]
    )
    clock = StoredClock(home / "clock")
    clock.set(START)
    row = {**ROW, "scheduled_at": None}
    with running(home, free_port, "--clock", str(home / "clock")) as server:
        first = server.predict(row, row).json()["predictions"]
        clock.set(START + timedelta(days=30))
        second = server.predict(row).json()["predictions"]
        (home / "clock").unlink()
        away = server.predict(row)
        assert away.status_code == 503
        assert "clock" in away.json()["error"]["message"]
        clock.set(START + timedelta(days=31))
        assert server.predict(row).status_code == 200
    found = list(PredictionLog(home / "predictions").scan("default", "delay"))
    assert [each.recorded_at - START for each in found] == [timedelta(days=days) for days in (0, 0, 30, 31)]
    assert [each.event_at for each in found] == [each.recorded_at for each in found]
    assert [id_time(each.prediction_id) for each in found] == [each.recorded_at for each in found]
    assert [each.prediction_id for each in found[:3]] == [each["prediction_id"] for each in (*first, *second)]
    used = [each.features[VIEW.name] is not None for each in found]
    assert used == [True, True, False, False], "the value is older than its TTL a month later"


def test_a_clock_that_is_not_there_stops_the_start_in_one_line(home: Path, free_port: int) -> None:
    process = launch(home, free_port, "--clock", str(home / "none"))
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert len(said.splitlines()) == 1
    assert "clock" in said


def test_the_machines_clock_is_read_without_a_detour() -> None:
    assert Times().now_ns is Times(SystemClock()).now_ns
    assert Times(ManualClock(START)).now_ns() == int(START.timestamp()) * 10**9


def test_ids_of_an_earlier_time_do_not_hang_on_to_a_later_one() -> None:
    later, earlier = Times(), Times(ManualClock(START))
    later.make_ids(later.now_ns() // 1_000_000, 1)
    (id_,) = earlier.make_ids(earlier.now_ns() // 1_000_000, 1)
    assert id_time(id_) == START
