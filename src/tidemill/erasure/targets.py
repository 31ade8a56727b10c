"""Where rows of an entity are, and taking them out: one method a kind, all of which may be repeated at any time.

What is found is recorded in the transaction that takes it away, so that a request that was killed anywhere goes on by
looking again: what is left is found by the hashes of the keys, what is gone is on record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from tidemill.core import Event, iso
from tidemill.data import (
    DatasetErasure,
    ErasedKeys,
    HeldRows,
    Redacted,
    Redaction,
    add_erased_keys,
    load_erased_keys,
)
from tidemill.erasure import _repository as repository
from tidemill.erasure.records import BEYOND, ERASED, FOUND, ErasureItem, ErasureReport, Stores
from tidemill.features import OnlineErasure
from tidemill.feedback import HeldPrediction, PredictionErasure, Sought
from tidemill.pipelines import HeldOutputs, erase_outputs, find_outputs, holds_rows, list_step_links, without_rows
from tidemill.registry import MadeOf, candidate_without, versions_of_runs, view_keys_of_versions
from tidemill.storage.records import Transaction


@dataclass
class Targets:
    """What holds the keys in one project. request: an empty id while nothing is to be changed.

    derived: names of the entity's rows, which grow as datasets are looked at. datasets: the versions that held it.
    """

    stores: Stores
    project: str
    request: ErasureReport
    keys: ErasedKeys
    derived: ErasedKeys
    datasets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        stores = self.stores
        self.rows = DatasetErasure(stores.database, stores.blobs, self.project, self.keys)
        self.logged = PredictionErasure(stores.database, stores.blobs, stores.logged, stores.home / "predictions")
        views = stores.database.read(lambda tx: view_keys_of_versions(tx, self.project))
        self.values = OnlineErasure(stores.database, stores.online, self.project, views)

    def columns(self) -> set[str]:
        """Return the names of all columns in which a key could be."""
        tables = self.stores.tables
        of_tables = [tables.columns(name) for name in tables.list()] if tables is not None else []
        of_views = self.values.views.values()
        return self.rows.columns().union(self.logged.columns(self.project), *of_tables, *of_views)

    def find(self) -> list[ErasureItem]:
        """Return all that holds the keys. Changes nothing."""
        held = self.rows.find()
        self.datasets |= {each.version.reference for each in held}
        self.derived = self.derived.holding(key for each in held for key in each.keys)
        found = [_dataset(each) for each in held]
        found += [_output(each, FOUND) for each in self._outputs() if holds_rows(each)]
        found += [_model(each) for each in self.models()]
        found += [_online(view, n_keys, FOUND) for view, n_keys in self.values.find(self.keys).items()]
        predictions = self.logged.find(self.project, self._sought())
        found += [_prediction(each, FOUND) for each in predictions]
        n_labels = self.logged.count_labels(self.project, {each.prediction_id for each in predictions})
        found += [ErasureItem("label", "labels", FOUND, {"n_labels": n_labels})] if n_labels else []
        found += [_table(name, n_rows, FOUND) for name, n_rows in self._tables(delete=False)]
        return found

    def erase(self) -> list[str]:
        """Take the keys out of everything; return what could not be looked at yet, in words."""
        self._erase_rows()
        self._erase_outputs()
        self._record([_model(each) for each in self.models()])
        self._erase_online()
        waiting = self._erase_predictions()
        self._erase_tables()
        return [f"segment {name} of the prediction log is being written" for name in waiting]

    def models(self) -> list[MadeOf]:
        """Return the model versions that were made of dataset versions which held the keys."""

        def read(tx: Transaction) -> list[MadeOf]:
            run_ids = [each.run_id for each in list_step_links(tx, self.project) if self.datasets & set(each.datasets)]
            return versions_of_runs(tx, self.project, run_ids)

        return self.stores.database.read(read)

    def _erase_rows(self) -> None:
        request = self.request
        redaction = Redaction(request.id, iso(self.stores.clock.now()), request.requested_by, request.why, 0)
        for held in self.rows.find():
            self.rows.redact(held, redaction, partial(self._note_rows, held))
        self.rows.forget_files(partial(self._note_rows, None))
        done = self.stores.database.read(lambda tx: repository.items(tx, self.project, request.id, "dataset"))
        self.datasets |= {item.name for item in done}
        self.derived = self.stores.database.read(
            lambda tx: load_erased_keys(tx, self.project, request.id, derived=True)
        )

    def _note_rows(self, held: HeldRows | None, tx: Transaction, redacted: Redacted) -> None:
        if held is not None:
            add_erased_keys(tx, self.project, self.request.id, held.keys)
            before = {each.name: each for each in repository.items(tx, self.project, self.request.id, "dataset")}
            found = _dataset(held, redacted, before.get(redacted.reference))
            files = [f"{held.version.name}: {name}" for name in redacted.files]
            beyond = [ErasureItem("source_file", name, BEYOND) for name in files]
            repository.put_items(tx, self.project, self.request.id, [found, *beyond])
            data = {"request": self.request.id, "n_rows": sum(redacted.files.values())}
            tx.emit(self.request.requested_by, self.project, Event("dataset.redacted", redacted.reference, data))
        self._note_blobs(tx, redacted.blobs)

    def _note_blobs(self, tx: Transaction, blobs: Sequence[str]) -> None:
        found = [ErasureItem("blob", digest, FOUND) for digest in blobs]
        repository.put_items(tx, self.project, self.request.id, found)

    def _outputs(self) -> list[HeldOutputs]:
        return self.stores.database.read(lambda tx: find_outputs(tx, self.project, self.datasets))

    def _erase_outputs(self) -> None:
        together = self.keys.joined(self.derived)

        def without(manifest: dict[str, Any]) -> dict[str, Any]:
            return candidate_without(manifest, self.stores.blobs, together)

        for held in self._outputs():
            with self.stores.in_flight.mark():
                outputs = without_rows(held, without)
                self.stores.database.write(partial(self._write_outputs, held, outputs))

    def _write_outputs(self, held: HeldOutputs, outputs: Sequence[dict[str, Any]], tx: Transaction) -> None:
        blobs = erase_outputs(tx, self.project, held, outputs)
        if list(held.outputs) != list(outputs):
            repository.put_items(tx, self.project, self.request.id, [_output(held, ERASED)])
        self._note_blobs(tx, sorted(blobs))

    def _erase_online(self) -> None:
        found = self.values.find(self.keys)
        self._record([_online(view, n_keys, FOUND) for view, n_keys in found.items()])
        self.values.remove(self.keys)
        named = self.stores.database.read(lambda tx: repository.items(tx, self.project, self.request.id, "online"))
        self._record([ErasureItem(each.kind, each.name, ERASED, each.detail) for each in named])

    def _erase_predictions(self) -> list[str]:
        waiting = self.logged.complete(self.project)
        found = self.logged.find(self.project, self._sought(), growing=False)
        self._record([_prediction(each, FOUND) for each in found])
        items = self.stores.database.read(lambda tx: repository.items(tx, self.project, self.request.id, "prediction"))
        ids = {item.name for item in items if item.state == FOUND}
        n_labels = self.logged.count_labels(self.project, ids)
        if n_labels:
            self._record([ErasureItem("label", f"of {len(ids):,} predictions", ERASED, {"n_labels": n_labels})])
        if ids:
            self.logged.blank(self.project, ids, self._note_blobs)
        self._record([ErasureItem("prediction", item.name, ERASED, item.detail) for item in items])
        return waiting

    def _sought(self) -> Sought:
        names = {reference.partition("@")[0] for reference in self.datasets}

        def read(tx: Transaction) -> frozenset[str]:
            links = list_step_links(tx, self.project)
            run_ids = [each.run_id for each in links if names & {name.partition("@")[0] for name in each.datasets}]
            return frozenset(made.reference for made in versions_of_runs(tx, self.project, run_ids))

        return Sought(self.keys, self.derived, self.stores.database.read(read))

    def _erase_tables(self) -> None:
        self._record([_table(name, n_rows, FOUND) for name, n_rows in self._tables(delete=False)])
        deque(self._tables(delete=True), maxlen=0)
        named = self.stores.database.read(lambda tx: repository.items(tx, self.project, self.request.id, "table"))
        self._record([ErasureItem(each.kind, each.name, ERASED, each.detail) for each in named])

    def _tables(self, *, delete: bool) -> Iterator[tuple[str, int]]:
        tables = self.stores.tables
        for name in tables.list() if tables is not None else ():
            there = tables.columns(name) if tables is not None else {}
            n_rows = 0
            for columns in self.keys.hashes:
                if tables is None or not set(columns) <= set(there):
                    continue
                keys = tables.read(name, columns=list(columns)).group_by(columns).agg(n_erased_rows=pl.len())
                found = keys.collect(engine="streaming")
                found = found.filter(self.keys.mask(found.select(columns)))
                n_rows += int(found["n_erased_rows"].sum())
                if found.height and delete:
                    tables.delete_rows(name, columns, found.select(columns).rows())
            if n_rows:
                yield name, n_rows

    def _record(self, found: Sequence[ErasureItem]) -> None:
        if found:
            self.stores.database.write(lambda tx: repository.put_items(tx, self.project, self.request.id, found))


def _dataset(held: HeldRows, redacted: Redacted | None = None, before: ErasureItem | None = None) -> ErasureItem:
    files = dict(before.detail["files"]) if before is not None else {}
    for name, n_rows in (held.files if redacted is None else redacted.files).items():
        files[name] = files.get(name, 0) + n_rows
    detail = {"digest": held.version.digest, "n_rows": sum(files.values()), "n_parts": len(files), "files": files}
    return ErasureItem("dataset", held.version.reference, FOUND if redacted is None else ERASED, detail)


def _output(held: HeldOutputs, state: str) -> ErasureItem:
    names = [str(output["name"]) for output in held.outputs]
    return ErasureItem("step_output", held.reference, state, {"step": held.step, "outputs": names})


def _model(made: MadeOf) -> ErasureItem:
    return ErasureItem("model", made.reference, BEYOND, {"run": made.run_id})


def _online(view: str, n_keys: int, state: str) -> ErasureItem:
    return ErasureItem("online", view, state, {"n_keys": n_keys})


def _prediction(held: HeldPrediction, state: str) -> ErasureItem:
    detail = {"endpoint": held.endpoint, "model": held.model, "recorded_at": held.recorded_at}
    return ErasureItem("prediction", held.prediction_id, state, detail)


def _table(name: str, n_rows: int, state: str) -> ErasureItem:
    return ErasureItem("table", name, state, {"n_rows": n_rows})
