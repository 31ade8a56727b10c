"""Each place that may hold an entity, and what is refused."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.postgres import Server, postgres
from tests.small_project import ANN
from tests.valkey_server import Valkey
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import ConflictError, ForbiddenError, NotFoundError, Settings, UsageError
from tidemill.data import source
from tidemill.erasure import parse_keys, read_keys
from tidemill.features import entity, feature_view
from tidemill.tracking import NewRun, Trace
from tidemill.workspace import Workspace

__all__ = ["postgres"]  # a fixture

ROWS = """id,at,person,city,x
1,2024-01-01T00:00:00,anna-9,B,1
2,2024-01-02T00:00:00,ben,B,2
3,2024-01-03T00:00:00,anna-9,C,3
"""


def opened(folder: Path, **settings: Any) -> Workspace:
    """Open a store with one small dataset, and a view of it online."""
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "a.csv").write_text(ROWS)
    workspace = open_workspace(folder, Settings(home=folder / "home", **settings))
    people = source(name="people", files="data/*.csv", key="id", event_time="at")
    version = workspace.datasets.ingest(ANN, people, folder)
    who = entity("who", key=["person", "city"])

    @feature_view(entity=who, source=people, ttl="400d", name="sums")
    def sums(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by("person", "city", pl.col("at").alias("event_at")).agg(pl.col("x").sum())

    until = datetime(2024, 2, 1, tzinfo=UTC)
    workspace.features.materialize(ANN, sums, workspace.datasets.scan(version), until)
    return workspace


def test_a_view_of_a_composite_key_loses_all_keys_with_the_person(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    report = workspace.erasures.erase(ANN, [{"person": "anna-9"}], "ticket 1")
    assert report.state == "done"
    assert report.of("online")[0].detail == {"n_keys": 2}
    read = workspace.features.online_read(ANN, "sums", [("anna-9", "B"), ("anna-9", "C"), ("ben", "B")])
    assert [each is None for each in read] == [True, True, False]
    assert workspace.datasets.scan(workspace.datasets.get(ANN, "people")).collect()["person"].to_list() == ["ben"]


def test_a_composite_key_takes_only_rows_with_all_of_it(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    report = workspace.erasures.erase(ANN, parse_keys(["person=anna-9", "city=C"]), "ticket 1")
    assert [item.detail["n_rows"] for item in report.of("dataset")] == [1]
    left = workspace.datasets.scan(workspace.datasets.get(ANN, "people")).collect()
    assert left["id"].to_list() == [1, 2]


def test_records_in_postgresql_and_values_in_valkey(tmp_path: Path, postgres: Server, valkey: Valkey) -> None:
    workspace = opened(tmp_path, records=postgres.fresh(), online=valkey.url())
    report = workspace.erasures.erase(ANN, [{"person": "anna-9"}], "ticket 1")
    assert (report.state, report.of("online")[0].detail) == ("done", {"n_keys": 2})
    assert any("PostgreSQL" in line for line in report.advice)
    read = workspace.features.online_read(ANN, "sums", [("anna-9", "B"), ("ben", "B")])
    assert [each is None for each in read] == [True, False]
    assert workspace.datasets.get(ANN, "people@1").n_rows_left == 1
    assert workspace.erasures.lift(ANN, report.id).lifted_at
    workspace.database.close()


def test_what_began_before_is_waited_for(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    with workspace.in_flight.mark():
        report = workspace.erasures.erase(ANN, [{"person": "anna-9"}], "ticket 1")
        assert report.state == "waiting"
        assert len(report.waiting) == 1
        with pytest.raises(ConflictError):
            workspace.erasures.lift(ANN, report.id)
    (report,) = workspace.erasures.finish(ANN)
    assert (report.state, report.waiting, report.of("dataset")[0].detail["n_rows"]) == ("done", (), 2)
    assert workspace.erasures.finish(ANN) == ()


def test_an_ingest_that_read_before_begins_anew(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    cleaning, erased = threading.Event(), threading.Event()

    @source(name="slow", files="data/*.csv", key="id", event_time="at")
    def slow(raw: pl.LazyFrame) -> pl.LazyFrame:
        cleaning.set()
        assert erased.wait(30)
        return raw

    found: list[Any] = []
    ingest = threading.Thread(target=lambda: found.append(workspace.datasets.ingest(ANN, slow, tmp_path)))
    ingest.start()
    assert cleaning.wait(30)
    report = workspace.erasures.erase(ANN, [{"person": "anna-9"}], "ticket 1")
    erased.set()
    ingest.join(60)
    assert (found[0].n_rows, found[0].n_suppressed) == (1, 2)
    assert report.state == "waiting"
    assert workspace.erasures.finish(ANN)[0].state == "done"


@pytest.mark.parametrize(("words", "left"), [(["person=anna-9"], [2]), (["person=anna-9", "n=3"], [1, 2, 4])])
def test_rows_of_tables_are_deleted(tmp_path: Path, words: list[str], left: list[int]) -> None:
    workspace = opened(tmp_path)
    workspace.tables.create("visits", {"person": pl.String, "n": pl.Int64})
    visits = pl.DataFrame({"person": ["anna-9", "ben", "anna-9", "anna-9"], "n": [1, 2, 3, 4]})
    workspace.tables.append("visits", visits)
    planned = workspace.erasures.plan(ANN, parse_keys(words))
    n_gone = 4 - len(left)
    assert [(item.state, item.detail) for item in planned.of("table")] == [("found", {"n_rows": n_gone})]
    assert workspace.tables.read("visits").collect().height == 4
    report = workspace.erasures.erase(ANN, parse_keys(words), "ticket 1")
    assert [(item.state, item.detail) for item in report.of("table")] == [("erased", {"n_rows": n_gone})]
    assert sorted(workspace.tables.read("visits").collect()["n"].to_list()) == left
    assert any("vacuum" in line for line in report.advice)


def test_file_sets_are_named_and_files_that_are_named_after_a_key_counted(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    folder = tmp_path / "pictures"
    (folder / "anna-9").mkdir(parents=True)
    for name in ("anna-9/1.png", "scan_anna-9_2.png", "anna-9.txt", "anna-99.txt", "ben.txt"):
        (folder / name).write_text(name)
    workspace.file_sets.commit(ANN, "pictures", folder)
    (folder / "anna-9.txt").unlink()
    workspace.file_sets.commit(ANN, "pictures", folder)
    report = workspace.erasures.erase(ANN, [{"person": "anna-9"}], "ticket 1")
    (found,) = report.of("file_set")
    assert (found.name, found.state) == ("pictures", "beyond")
    assert found.detail == {"n_named": 3, "versions": ["pictures@1", "pictures@2"]}
    assert "anna" not in repr(report), "what is kept does not name her"
    assert any("pictures@1, pictures@2" in line for line in report.advice)


def test_traces_forget_and_files_that_name_a_key_are_told(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    run = workspace.tracking.start_run(ANN, NewRun("e", "a run"))
    workspace.tracking.end_run(ANN, run.id)
    asked = Trace("tr-1", 0, 1, request="is anna-9 late?", response="ben is", tags={"who": "anna-9", "for": "ben"})
    workspace.tracking.traces.put(ANN, asked)
    for path, data in (("about.txt", b"of 'anna-9' all"), ("anna-9.txt", b"-"), ("other.txt", b"of ben, anna-99")):
        workspace.artifacts.put(ANN, run.id, path, [data])
    workspace.artifacts.put(ANN, "tr-1", "traces.json", [b'{"q": "anna-9"}'])
    report = workspace.erasures.erase(ANN, [{"person": "anna-9"}], "ticket 1")
    left = workspace.tracking.traces.get(ANN, "tr-1")
    assert (left.request, left.response) == ("is [erased] late?", "ben is")
    assert {key: left.tags[key] for key in ("who", "for")} == {"who": "[erased]", "for": "ben"}
    assert sorted(item.name.split()[0] for item in report.of("kept_file")) == sorted([run.id, run.id, "tr-1"])
    assert "anna" not in repr(report), "what is kept does not name her"
    assert any(f"{run.id} " in line and "delete the file" in line for line in report.advice)


def test_what_is_refused_in_one_line_without_the_value(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    erasures = workspace.erasures
    with pytest.raises(UsageError, match=r"no dataset.*Did you mean 'person'"):
        erasures.plan(ANN, [{"persn": "anna-9"}])
    for why in ("", "anna-9 asked", "w" * 501):
        with pytest.raises(UsageError) as refused:
            erasures.erase(ANN, [{"person": "anna-9"}], why)
        assert "anna" not in str(refused.value)
    bad: list[list[dict[str, Any]]] = [[], [{}], [{"person": ""}], [{"person": "a"}, {"city": "b"}], [{"person": None}]]
    for keys in bad:
        with pytest.raises(UsageError):
            erasures.plan(ANN, keys)
    for words in (["person"], ["=7"], ["person="], ["person=1", "person=2"]):
        with pytest.raises(UsageError):
            parse_keys(words)
    with pytest.raises(UsageError):
        read_keys(tmp_path / "none.csv")
    with pytest.raises(ForbiddenError):
        erasures.plan(Caller("eve", role=Role.DEPLOYER), [{"person": "anna-9"}])
    (tmp_path / "keys.csv").write_text("person\nanna-9\n", encoding="utf-8-sig")
    assert read_keys(tmp_path / "keys.csv") == [{"person": "anna-9"}], "as spreadsheets write it"
    assert erasures.list(ANN) == ()
    done = erasures.erase(ANN, [{"person": "nobody"}], "ticket 1")
    for wrong in ("zz", done.id[:-1]):
        with pytest.raises(NotFoundError, match=done.id):
            erasures.get(ANN, wrong)
    assert erasures.list(replace(ANN, project="other")) == ()
