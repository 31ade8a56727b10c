"""No verb of tracking, the queue or the events reads a whole table: each statement is served by an index."""

from __future__ import annotations

import io
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tidemill.access import Caller, Role
from tidemill.core import SystemClock
from tidemill.registry import NewVersion, Registry, RegistryQuery
from tidemill.storage import InFlight, LocalBlobs
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.followers import read_after
from tidemill.storage.queue import NewJob, Queue
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.tracking import (
    Artifacts,
    ClientRun,
    InputDataset,
    Logged,
    MetricPoint,
    ModelPoint,
    ModelUse,
    NewLoggedModel,
    NewRun,
    RunQuery,
    RunUpdate,
    Trace,
    TraceQuery,
    Traces,
    Tracking,
    kept_files,
    oldest_running,
    parse_order,
    parse_where,
)
from tidemill.tracking.searching import TRACES
from tidemill.webhooks import NewWebhook, Webhooks, send_due
from tidemill.webhooks.addresses import Addresses

ANN = Caller("ann", role=Role.ADMIN)
_SCAN = re.compile(r"SCAN (?!json_each|CONSTANT|\(|sqlite_master|tidemill_migration)|.*TEMP B-TREE FOR ORDER BY")
_ALLOWED = {  # what a plan says: why it may
    "SCAN run USING INDEX run_still_running": "the index holds running runs only",
    "SEARCH job USING INDEX job_due": "sorts the jobs that are due or at work, not those that have ended",
}
#: What a statement says, and how far it must enter its index.
_ENTERED = {"substr(run_tag.value, 1": "<expr>=?)", "(run.project_id, run.id) IN": "(project_id=? AND id=?)"}
_ORDERED: tuple[tuple[str, ...], ...] = ((), ("metrics.auc",), ("metrics.auc DESC", "start_time"), ("metrics.loss",))
_SEARCHED = ("run.status = 'finished'", "metrics.auc > 0.5", "params.depth = '3'", "tags.team = 'a'")


def test_every_statement_of_daily_work_is_served_by_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, None] = {}
    connect = sqlite3.connect

    def traced(*args: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **more)
        connection.set_trace_callback(said.setdefault)
        return connection

    path = tmp_path / "records.db"
    open_database(path, SystemClock()).close()
    with monkeypatch.context() as patch:
        for module in (sqlite3, sqlite3.dbapi2):
            patch.setattr(module, "connect", traced)
        database = open_database(path, SystemClock())
        _work(database)
        _registry(database, tmp_path)
        _search(Tracking(database))
        patch.setattr("tidemill.tracking._search._FEW", 0)
        _search(Tracking(database))
        database.close()
    plans = connect(path)
    asked = [text for text in said if text.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))]
    assert len(asked) > 40
    scans = {}
    for text in asked:
        steps = [str(row[3]) for row in plans.execute(f"EXPLAIN QUERY PLAN {text.replace('Inf', '9e999')}")]
        for said_so, entered in _ENTERED.items():
            assert said_so not in text or any(entered in step for step in steps), (text, steps)
        excused = any(step.startswith(allowed) for step in steps for allowed in _ALLOWED)
        # Sorts what the page shows, or the few runs whose metric is no number.
        of_the_page = "json_each" in text or "run_last_metric.value > Inf" in text
        if any(_SCAN.match(step) for step in steps) and not excused and not of_the_page:
            scans[text] = steps
    plans.close()
    assert not scans, "\n".join(f"{text}\n  {steps}" for text, steps in scans.items())


def _work_of_clients(tracking: Tracking) -> None:
    """Do what programs do that log from elsewhere."""
    number = tracking.experiments.create(ANN, "elsewhere", {"a": "b"}).number
    tracking.experiments.get_named(ANN, "elsewhere")
    run = tracking.changes.begin(ANN, ClientRun(number, "one"))
    model = tracking.models.create(ANN, NewLoggedModel(number, "m", "", run.id, {"a": "b"}, {"c": "d"}))
    measured = ModelPoint(model.id, "auc", 0.7)
    tracking.changes.log(ANN, run.id, Logged([MetricPoint("auc", 0.7, 1)], {"p": "1"}, {"t": "u"}, [measured]))
    tracking.inputs.log(ANN, run.id, [InputDataset("d", "1", "local", "{}", tags={"t": "u"})], [ModelUse(model.id)])
    tracking.inputs.log_outputs(ANN, run.id, [ModelUse(model.id, 1)])
    tracking.inputs.of_runs(ANN, [run.id])
    tracking.models.set_status(ANN, model.id, "ready")
    tracking.models.delete_tag(ANN, model.id, "c")
    tracking.changes.update(ANN, run.id, RunUpdate("finished", name="two"))
    tracking.changes.delete_tag(ANN, run.id, "t")
    tracking.changes.delete(ANN, run.id)
    tracking.changes.restore(ANN, run.id)
    tracking.experiments.rename(ANN, number, "renamed")
    tracking.experiments.delete_tag(ANN, number, "a")
    tracking.experiments.delete(ANN, number)
    tracking.experiments.restore(ANN, number)


def _registry(database: SqliteDatabase, folder: Path) -> None:
    """Describe, find and move models and versions."""
    registry = Registry(database, LocalBlobs(folder / "blobs"))
    catalogue, environments, search = registry.catalogue, registry.environments, registry.search
    catalogue.create_model(ANN, "m", "about", {"team": "a"})
    catalogue.update_model(ANN, "m", "more")
    catalogue.tag_model(ANN, "m", "team", None)
    for _ in range(2):
        catalogue.create_version(ANN, NewVersion("m", "s3://b/x", tags={"a": "b"}))
    catalogue.update_version(ANN, "m/1", "first")
    catalogue.tag_version(ANN, "m/1", "a", "c")
    registry.promote(ANN, "m/1")
    registry.get(ANN, "m@champion")
    registry.list_models(ANN)
    registry.list_versions(ANN, "m")
    environments.place(ANN, "m/1", "staging")
    environments.move_to_stage(ANN, "m/2", "Staging", archive_others=True)
    search.latest(ANN, ["m"])
    search.judged(ANN)
    for where in ("", "name = 'm'", "name LIKE 'm%'", "tags.team = 'a'"):
        for order in ((), ("last_updated_timestamp DESC",), ("creation_timestamp ASC",)):
            search.models(ANN, RegistryQuery(where, order[:1] if where == "" else ()))
            search.versions(ANN, RegistryQuery(where))
    environments.remove_alias(ANN, "m", "champion")
    catalogue.rename_model(ANN, "m", "n")
    catalogue.delete_version(ANN, "n/1")
    catalogue.delete_model(ANN, "n")


def _work(database: SqliteDatabase) -> None:
    """Do what users, workers and pages do all day."""
    tracking, queue = Tracking(database), Queue(database)
    run = tracking.start_run(ANN, NewRun("e", "a run", tags={"team": "a"}))
    tracking.log_params(ANN, run.id, {"depth": 3})
    tracking.log_metrics(ANN, run.id, {"auc": 0.7})
    tracking.log_batch(ANN, run.id, [MetricPoint("auc", 0.8, 5)], {"depth": 4}, {"team": "b"})
    _work_of_clients(tracking)
    database.read(oldest_running)
    tracking.settle_dead_runs()
    tracking.end_run(ANN, run.id)
    tracking.get_run(ANN, run.id)
    tracking.list_runs(ANN)
    tracking.list_runs(ANN, "e")
    tracking.tagged_runs(ANN, "team", "b")
    database.write(lambda tx: queue.enqueue(tx, "default", "ann", NewJob("work", {}, unique_key="one")))
    job = queue.claim("worker", timedelta(seconds=60))
    assert job is not None
    database.read(lambda tx: read_events(tx, "default", EventQuery()))
    database.read(lambda tx: read_events(tx, "default", EventQuery(before=5)))
    database.read(lambda tx: read_after(tx, "default", "page", limit=10))
    _keep(database, run.id)


def _keep(database: SqliteDatabase, run_id: str) -> None:
    """Keep files and traces, and tell webhooks."""
    artifacts = Artifacts(database, LocalBlobs(database.folder / "blobs"), InFlight(database.folder / "in_flight"))
    artifacts.put(ANN, run_id, "a/b", io.BytesIO(b"1"))
    artifacts.list(ANN, run_id, "a", after="a")
    artifacts.address(ANN, run_id)
    assert [file.path for file in artifacts.walk(ANN, run_id)] == ["a/b"]
    assert [file.path for file in kept_files(database, ANN.project)] == ["a/b"]
    artifacts.delete(ANN, run_id, "a")
    traces = Traces(database)
    traces.put(ANN, Trace("tr-1", 0, 5, tags={"team": "a"}))
    traces.link(ANN, run_id, ["tr-1"])
    for where in ("", "trace.status = 'OK'", "tag.team = 'a'", "timestamp > 3", f"run_id = '{run_id}'"):
        traces.search(ANN, TraceQuery((0,), TRACES.read_where(where), limit=1))
    traces.delete_until(ANN, 0, 10, 5)
    webhooks = Webhooks(database, Addresses(("127.0.0.1",)))
    hook = webhooks.create(ANN, NewWebhook("w", "http://127.0.0.1:9/", ("trace.*", "artifact.stored")))
    artifacts.put(ANN, run_id, "a", io.BytesIO(b"1"))
    assert send_due(webhooks, ANN) == 0
    webhooks.deliveries(ANN, hook.id)
    webhooks.delete(ANN, hook.id)


def _search(tracking: Tracking) -> None:
    """Search in the ways that an index gives the order of, first pages and later ones."""
    tracking.start_run(ANN, NewRun("e", "another run", tags={"team": "b"}))
    for orders in _ORDERED:
        for where in ("", *_SEARCHED, " and ".join(_SEARCHED)):
            query = RunQuery(parse_where(where), tuple(map(parse_order, orders)), limit=1)
            page = tracking.search_runs(ANN, query)
            tracking.search_runs(ANN, replace(query, after=page.next))
            tracking.search_runs(ANN, replace(query, experiments=("e",), numbers=(1,)))
            tracking.count_runs(ANN, query)
