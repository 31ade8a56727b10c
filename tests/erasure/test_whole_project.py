"""A marked customer is taken out of a project that has lived: no byte of the store says her name afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.erasure.person_project import (
    MARK,
    NOTE,
    ORDER,
    OTHER,
    Lived,
    open_person_project,
    places_of,
)
from tests.small_project import ANN
from tidemill.core import NotFoundError
from tidemill.pipelines import RunOptions
from tidemill.release import run_and_release
from tidemill.storage.events import EventQuery

KEY = [{"customer": MARK}]


def test_no_byte_of_the_store_names_an_erased_customer(tmp_path: Path, lived: Lived) -> None:
    workspace, marked = lived.copy_to(tmp_path)
    before = workspace.datasets.get(ANN, "orders@1")
    assert list(places_of(workspace.home, MARK)), "she was there"

    planned = workspace.erasures.plan(ANN, KEY)
    assert planned.state == "planned"
    assert {item.name for item in planned.of("prediction")} == set(marked)
    assert planned.of("dataset")[0].detail["n_rows"] == 18
    assert [item.name for item in planned.of("model")] == ["late/1"]
    assert [item.name for item in planned.of("online")] == ["customer_spent"]
    assert workspace.erasures.list(ANN) == ()
    assert workspace.erasures.plan(ANN, KEY).items == planned.items, "a plan changes nothing"

    done = workspace.erasures.erase(ANN, KEY, "ticket 4711")
    assert (done.state, done.waiting) == ("done", ())
    assert not list(places_of(workspace.home, MARK, NOTE, ORDER))
    assert {item.name for item in done.of("prediction")} == set(marked)
    assert done.of("label")[0].detail["n_labels"] == 4
    assert {item.name for item in done.of("source_file")} == {"orders: data/a.csv", "orders: data/b.csv"}
    assert any("retrain" in line for line in done.advice)
    assert all(item.state in {"erased", "beyond", "kept"} for item in done.items), done.items

    after = workspace.datasets.get(ANN, "orders@1")
    assert (after.digest, after.n_rows, after.n_rows_left) == (before.digest, 900, 882)
    assert [(mark.request_id, mark.by, mark.why, mark.n_rows) for mark in after.redactions] == [
        (done.id, "ann", "ticket 4711", 18)
    ]
    assert workspace.datasets.scan(after).collect().height == 882


def test_others_stay_and_ids_stay(tmp_path: Path, lived: Lived) -> None:
    workspace, marked = lived.copy_to(tmp_path)
    done = workspace.erasures.erase(ANN, KEY, "ticket 4711")
    log = workspace.predictions.recent(ANN, "late", 100)
    assert len(log) == 13
    assert {each.prediction_id for each in log if each.value is None} == set(marked)
    assert all(each.row["customer"] == OTHER for each in log if each.value is not None)
    again = workspace.predictions.get(ANN, marked[0])
    assert (again.key, again.request_id, again.model) == (None, None, "late/1")
    fresh, project = open_person_project(tmp_path)
    (part,) = [fresh.logged.frame("default", "late", again.event_at, again.event_at.replace(year=2030))]
    assert part.height == 13
    assert part["customer"].null_count() == len(marked)
    assert fresh.evidence.why(ANN, marked[0]).datasets[0].redactions
    assert fresh.features.online_read(ANN, "customer_spent", [(MARK,), (OTHER,)])[0] is None
    assert fresh.features.online_read(ANN, "customer_spent", [(OTHER,)])[0] is not None
    kinds = {event.kind: event for event in fresh.audit.list(ANN, EventQuery(limit=100))}
    assert kinds["entity.erased"].data["prediction"] == len(marked)
    assert kinds["entity.erased"].subject == done.id
    assert fresh.audit.verify(ANN).sound
    released = run_and_release(fresh, project, ANN, None, options=RunOptions(use_cache=True))
    assert released.run.n_executed() > 0, "steps that had read her rows run again"


def test_she_does_not_come_back_until_it_is_lifted(tmp_path: Path, lived: Lived) -> None:
    workspace, _ = lived.copy_to(tmp_path)
    _, project = open_person_project(tmp_path)
    done = workspace.erasures.erase(ANN, KEY, "ticket 4711")
    (source,) = project.sources.values()
    version = workspace.datasets.ingest(ANN, source, tmp_path)
    assert (version.reference, version.n_rows, version.n_suppressed) == ("orders@2", 882, 18)
    assert workspace.datasets.ingest(ANN, source, tmp_path).n_suppressed == 18, "counted from what is known too"
    run_and_release(workspace, project, ANN, None)
    assert not list(places_of(workspace.home, MARK, NOTE, ORDER))
    assert workspace.erasures.plan(ANN, KEY).of("dataset") == ()

    lifted = workspace.erasures.lift(ANN, done.id)
    assert (lifted.lifted_by, lifted.state) == ("ann", "done")
    version = workspace.datasets.ingest(ANN, source, tmp_path)
    assert (version.reference, version.n_rows_left, version.redactions) == ("orders@1", 900, ())
    assert workspace.datasets.scan(version).collect().height == 900
    with pytest.raises(NotFoundError):
        workspace.erasures.lift(ANN, "0" * 32)
