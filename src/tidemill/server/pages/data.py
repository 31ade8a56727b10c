"""Datasets: the list, and one with its versions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated

from fastapi import Query

from tidemill.core import not_found
from tidemill.data import DatasetVersion
from tidemill.server.pages.evidence import registered, version_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Viewer
from tidemill.ui import urls, views
from tidemill.ui.formats import count

_FILL = views.Command(text="tidemill ingest", words="Reads, checks and commits the files of the project's sources.")
_MOST_USES = 12


def datasets(call: Viewer, q: str = "") -> views.DatasetsPage:
    """Return the list of datasets."""
    versions = call.rooms.datasets.list(call.caller)
    grouped = [(name, list(group)) for name, group in groupby(versions, key=lambda version: version.name)]
    rows = [_row(group) for name, group in grouped if matches(q, name)]
    return views.DatasetsPage(
        frame=frame_of(call),
        datasets=tuple(rows),
        fill=_FILL,
        q=q,
        file_sets=tuple(_file_set_rows(call, q)),
        python=python_of(call, "/api/datasets"),
        cli="tidemill data",
    )


def _file_set_rows(call: Call, q: str) -> Iterator[views.FileSetRow]:
    versions = call.rooms.file_sets.list(call.caller)
    for name, group in groupby(versions, key=lambda version: version.name):
        if matches(q, name):
            *older, last = group
            yield views.FileSetRow(
                name=name,
                version=last.version,
                n_versions=len(older) + 1,
                n_files=last.n_files,
                n_bytes=last.n_bytes,
                digest=last.digest,
                created_at=last.created_at,
            )


def dataset(call: Viewer, name: str, version: Annotated[int | None, Query(ge=1, le=10**9)] = None) -> views.DatasetPage:
    """Return one dataset; without a version the latest is shown open."""
    versions = call.rooms.datasets.list(call.caller, name)
    if not versions:
        raise not_found("dataset", name, {known.name for known in call.rooms.datasets.list(call.caller)})
    shown = call.rooms.datasets.get(call.caller, f"{name}@{version or 'latest'}")
    return views.DatasetPage(
        frame=frame_of(call),
        name=name,
        versions=tuple(_version_row(each) for each in reversed(versions)),
        shown=shown.version,
        columns=tuple(
            views.SchemaColumn(name=column, type=type_, role=_role(shown, column))
            for column, type_ in shown.schema.items()
        ),
        checks=tuple(_check(shown, index) for index in range(len(shown.checks))),
        window=(shown.first_event_at, shown.last_event_at),
        used_by=_used_by(call, shown),
        python=python_of(call, f"/api/datasets/{shown.reference}"),
        cli=f"tidemill data {shown.reference}",
    )


def matches(q: str, *texts: str) -> bool:
    """Tell whether every word asked for stands in one of the texts.

    >>> matches("Del", "delay"), matches("x", "delay"), matches("", "delay")
    (True, False, True)
    """
    held = " ".join(texts).lower()
    return all(word in held for word in q.lower().split())


def _row(versions: list[DatasetVersion]) -> views.DatasetRow:
    latest = versions[-1]
    return views.DatasetRow(
        name=latest.name,
        version=latest.version,
        n_versions=len(versions),
        n_rows=latest.n_rows,
        n_checks=len(latest.checks),
        digest=latest.digest,
        created_at=latest.created_at,
    )


def _version_row(version: DatasetVersion) -> views.DatasetVersionRow:
    return views.DatasetVersionRow(
        version=version.version,
        digest=version.digest,
        n_rows=version.n_rows,
        n_parts=len(version.parts),
        n_checks=len(version.checks),
        created_at=version.created_at,
        created_by=version.created_by,
    )


def _check(version: DatasetVersion, index: int) -> views.CheckRow:
    result = version.checks[index]
    found = (
        f"holds for all {count(version.n_rows)} rows"
        if result.passed
        else f"{count(result.n_failing)} rows break it: {', '.join(result.samples)}"
    )
    return views.CheckRow(name=result.sentence, passed=result.passed, words=found)


def _role(version: DatasetVersion, column: str) -> str:
    return {version.key: "key", version.event_time: "event time"}.get(column, "")


def _used_by(call: Call, version: DatasetVersion) -> tuple[views.Link, ...]:
    """Return the model versions that were made from a dataset version, newest first."""
    made = sorted(registered(call).values(), key=lambda each: each.created_at, reverse=True)[:_MOST_USES]
    lineages = [call.rooms.evidence.lineage(call.caller, each.reference) for each in made]
    return tuple(
        version_link(lineage.version)
        for lineage in lineages
        if any(dataset.reference == version.reference for dataset in lineage.datasets)
    )


PAGES = Pages(contexts=((urls.DATASETS, datasets), (f"{urls.DATASETS}/{{name}}", dataset)))
