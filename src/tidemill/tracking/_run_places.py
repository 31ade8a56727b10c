"""Where the names of runs stand, seen from the table of runs or from any other that holds ids of runs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tidemill.tracking._tables import (
    experiment_table,
    last_metric_table,
    metadata,
    param_table,
    run_table,
    tag_table,
)
from tidemill.tracking.searching import Attached, Column, Searched

#: How much of a tag's value stands in the index over tags.
_INDEXED = 200


def run_places(project: str, run_id: sa.ColumnElement[str] | None = None) -> Searched:
    """Return where the names of runs stand. run_id: the column with their ids, unless that of their own table."""
    own = run_id is None
    id_: Any = run_table.c.id if run_id is None else run_id

    def attribute(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return column if own else _of_run(project, id_, column)

    started, ended = attribute(run_table.c.started_at), attribute(run_table.c.ended_at)
    of: dict[str, Any] = {"project_id": project, "run_id": id_}
    return Searched(
        {
            "run_id": Column(id_),
            "run_name": Column(attribute(run_table.c.name)),
            "status": Column(attribute(run_table.c.status), spell=str.lower),
            "user_id": Column(attribute(sa.func.coalesce(run_table.c.user_id, run_table.c.created_by))),
            "created_by": Column(attribute(run_table.c.created_by)),
            "experiment": Column(attribute(_of_experiment(project, experiment_table.c.name))),
            "artifact_uri": Column(attribute(_artifact_uri(project))),
            "start_time": Column(started, instant=True),
            "started_at": Column(started, instant=True),
            "end_time": Column(ended, instant=True),
            "ended_at": Column(ended, instant=True),
        },
        {
            "metrics": Attached(last_metric_table, of),
            "params": Attached(param_table, of),
            "tags": Attached(tag_table, of),
            **_datasets(of),
        },
    )


def _datasets(of: dict[str, Any]) -> dict[str, Attached]:
    """Return where the datasets stand that runs have read; nowhere in a store that keeps none."""
    read, known = metadata.tables.get("run_dataset"), metadata.tables.get("input_dataset")
    if read is None or known is None:
        return {}
    same = sa.and_(known.c.project_id == read.c.project_id, known.c.id == read.c.dataset_id)
    columns = (read.c.project_id, read.c.run_id, read.c.context, known.c.name, known.c.digest)
    rows = sa.select(*columns).select_from(read.join(known, same)).subquery()
    return {"datasets": Attached(rows, of, {name: name for name in ("name", "digest", "context")})}


def tagged(project: str, key: str, value: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return that a tag has a value, in words that the index over tags is used for."""
    tag = tag_table.c
    given = sa.literal(value, tag.value.type)
    # Not `value = ...` beside the start: SQLite would put that into the start, and enter the index by the key alone.
    same_start = _part(tag.value, 1, _INDEXED) == _part(given, 1, _INDEXED)
    same_rest = _part(tag.value, _INDEXED + 1) == _part(given, _INDEXED + 1)
    return (tag.project_id == project, tag.key == key, same_start, same_rest)


def _part(text: sa.ColumnElement[Any], *numbers: int) -> sa.ColumnElement[str]:
    # The numbers stand in the statement: only so it is the expression that is indexed.
    return sa.func.substr(text, *(sa.literal_column(str(each)) for each in numbers), type_=sa.Text())


def _of_run(project: str, run_id: sa.ColumnElement[str], column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    its = (run_table.c.project_id == project, run_table.c.id == run_id)
    return sa.select(column).where(*its).correlate_except(run_table).scalar_subquery()


def _of_experiment(project: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    table = experiment_table.c
    its = (table.project_id == project, table.id == run_table.c.experiment_id)
    return sa.select(column).where(*its).correlate(run_table).scalar_subquery()


def _artifact_uri(project: str) -> sa.ColumnElement[str]:
    number = _of_experiment(project, sa.cast(experiment_table.c.number, sa.Text))
    return sa.literal("mlflow-artifacts:/") + number + sa.literal("/") + run_table.c.id + sa.literal("/artifacts")
