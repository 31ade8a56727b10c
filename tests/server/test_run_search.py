"""Searching runs by API, SDK and command line: the same runs, columns and files, from a folder and from a server."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from typer.testing import CliRunner

import tidemill as tm
from tests.server.running import server
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.cli import runs as runs_command
from tidemill.cli import views as views_command
from tidemill.core import Settings, UsageError
from tidemill.tracking import MetricPoint, NewRun
from tidemill.workspace import Workspace

ANN = Caller("ann", role=Role.ADMIN)
_EVIL = ("=1+1", "+cmd|' /C calc'!A0", "-1.5", "@SUM(A1)", "\tx", 'a","=1+1', "plain;=1")


@dataclass(frozen=True)
class Place:
    """A store with seven runs, and a server of it."""

    workspace: Workspace
    url: str
    ids: list[str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The store and its server."""
    folder = tmp_path_factory.mktemp("runs")
    workspace = open_workspace(folder, Settings(home=folder / "store"))
    ids = []
    for number, text in enumerate(_EVIL):
        run = workspace.tracking.start_run(ANN, NewRun(f"e{number % 2}", f"run {number}", tags={"note": text}))
        points = [MetricPoint("loss", 1 / (step + 1), step, step) for step in range(500 * (number == 0))]
        auc = math.nan if number == 6 else number / 10
        workspace.tracking.log_batch(ANN, run.id, [*points, MetricPoint("auc", auc, 0)], {"depth": number})
        ids.append(run.id)
    with server(workspace) as url:
        yield Place(workspace, url, ids)
    workspace.database.close()


def test_a_folder_and_its_server_give_the_same_frame(place: Place) -> None:
    home = place.workspace.home
    for where, order, more in (
        ("metrics.auc > 0.1", "metrics.auc DESC", {}),
        ("", ["params.depth DESC", "start_time"], {"fields": ["metrics.auc", "params.`depth`"]}),
        ("tags.note LIKE '%=%'", (), {"fields": [], "experiments": ["e0"]}),
        ("metrics.auc > 99", (), {"limit": 3}),
    ):
        here = tm.search_runs(where, order, home=home, **more)
        there = tm.search_runs(where, order, url=place.url, **more)
        assert here.equals(there)
        assert here.schema == there.schema
    frame = tm.search_runs("metrics.auc > 0.1", "metrics.auc DESC", home=home, limit=3)
    assert frame["metrics.auc"].to_list() == [0.5, 0.4, 0.3]
    assert frame.schema["started_at"] == pl.Datetime("us", "UTC")
    assert frame["params.depth"].to_list() == ["5", "4", "3"]
    for ask in ({"home": home}, {"url": place.url}):
        with pytest.raises(UsageError, match="compared with a number"):
            tm.search_runs("metrics.auc > 'a'", **ask)


def test_a_spreadsheet_runs_no_formula_of_an_export(place: Place) -> None:
    asked: dict[str, Any] = {"format": "csv", "order_by": "start_time", "fields": ["tags.note", "metrics.auc"]}
    answer = httpx.get(f"{place.url}/api/runs/export", params=asked)
    assert answer.headers["content-disposition"] == 'attachment; filename="runs.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    notes = [row["tags.note"] for row in rows]
    assert notes == ["'=1+1", "'+cmd|' /C calc'!A0", "-1.5", "'@SUM(A1)", "'\tx", 'a","=1+1', "plain;=1"]
    assert all(f'"{note.replace(chr(34), chr(34) * 2)}"' in answer.text for note in notes)
    assert [row["metrics.auc"] for row in rows][:2] == ["0.0", "0.1"]
    raw = httpx.get(f"{place.url}/api/runs/export", params={**asked, "raw": True})
    assert [row["tags.note"] for row in csv.DictReader(io.StringIO(raw.text))] == list(_EVIL)


def test_runs_are_listed_by_pages_and_counted(place: Place) -> None:
    with httpx.Client(base_url=place.url) as client:
        asked: dict[str, Any] = {"order_by": "metrics.auc", "limit": 4, "fields": ["metrics.auc"]}
        first = client.get("/api/runs", params=asked).json()
        second = client.get("/api/runs", params={**asked, "after": first["next"]}).json()
        assert [each["id"] for each in (*first["runs"], *second["runs"])] == place.ids
        assert second["runs"][-1]["metrics"] == {"auc": "NaN"}
        assert second["next"] is None
        assert "metrics" not in client.get("/api/runs").json()["runs"][0]
        counted = client.get("/api/runs/count", params={"where": "params.depth != '0'"}).json()
        assert counted == {"n_runs": 6, "experiments": {"e0": 3, "e1": 3}}
        for path, said in (
            ("/api/runs?where=x", "cannot read the filter"),
            ("/api/runs?order_by=metrics.a b", "cannot read the order"),
            ("/api/runs?after=zz", "no page token"),
            ("/api/runs?view=gone", "the view 'gone'"),
            ("/api/runs?fields=status", "no column of runs"),
            ("/api/runs/export?format=xlsx", "parquet or csv"),
            ("/api/runs/export?limit=0", "the limit 0"),
            ("/api/runs/count?where=" + "x" * 5000, "4096 at most"),
            ("/api/metrics/history?run=a&key=b&points=3", "10 to 10,000"),
            ("/api/metrics/history?run=a", "key"),
        ):
            answer = client.get(path)
            assert answer.status_code in {400, 422}, path
            assert said in answer.json()["error"]["message"]


def test_curves_come_as_columns(place: Place) -> None:
    asked: dict[str, Any] = {"run": [*place.ids, "nobody"], "key": ["loss", "auc"], "points": 50}
    curves = httpx.get(f"{place.url}/api/metrics/history", params=asked).json()["curves"]
    assert [each["key"] for each in curves] == ["loss"] + ["auc"] * 7
    assert (curves[0]["n_points"], curves[0]["exact"]) == (500, False)
    assert len(curves[0]["values"]) == len(curves[0]["steps"]) == len(curves[0]["at"]) <= 50
    assert curves[-1]["values"] == ["NaN"]
    zoomed = httpx.get(f"{place.url}/api/metrics/history", params={**asked, "from": 100, "to": 120}).json()["curves"]
    assert zoomed[0]["steps"] == list(range(100, 121))
    assert zoomed[0]["exact"] is True


def test_views_are_kept(place: Place) -> None:
    view = {"name": "good ones", "where": "metrics.auc > 0.3", "order_by": ["metrics.auc"], "columns": ["metrics.auc"]}
    with httpx.Client(base_url=place.url) as client:
        made = client.post("/api/views", json=view)
        assert made.status_code == 201
        assert client.post("/api/views", json=view).status_code == 409
        assert client.post("/api/views", json={"name": "bad", "where": "metrics.auc >"}).status_code == 400
        assert client.post("/api/views", json={"name": "a\nb"}).status_code == 400
        assert client.get("/api/views/good ones").json() == made.json()
        run = CliRunner()
        at = ["--home", str(place.workspace.home)]
        found = json.loads(run.invoke(runs_command.app, ["--view", "good ones", "--count", "--json", *at]).output)
        assert found["n_runs"] == 2
        shown = run.invoke(views_command.app, ["list", *at]).output
        assert "good ones" in shown
        assert client.delete("/api/views/good ones").status_code == 200
        assert client.get("/api/views").json() == {"views": []}
        gone = client.delete("/api/views/good ones")
        assert (gone.status_code, "no view" in gone.json()["error"]["message"]) == (404, True)


def test_the_command_line_finds_counts_and_exports(place: Place, tmp_path: Path) -> None:
    run, at = CliRunner(), ["--home", str(place.workspace.home)]

    def said(*arguments: str) -> str:
        result = run.invoke(runs_command.app, [*arguments, *at])
        assert result.exit_code == 0, result.exception
        return result.output

    table = said("--where", "metrics.auc >= 0.3", "--order-by", "metrics.auc", "--columns", "params.depth,tags.note")
    assert [line.split()[0] for line in table.splitlines()[1:]] == place.ids[3:6]
    assert "params.depth" in table
    assert "e0          4" in said("--count")
    said("--order-by", "metrics.auc desc", "--limit", "2", "--export", str(tmp_path / "runs.parquet"))
    frame = pl.read_parquet(tmp_path / "runs.parquet")
    assert (frame["run_id"].to_list(), "metrics.loss" in frame.columns) == ([place.ids[5], place.ids[4]], False)
    said("--export", str(tmp_path / "runs.csv"))
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 8
