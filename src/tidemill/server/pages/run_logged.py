"""What a run logged, as its page shows it: metrics, tags, origin, inputs, models, files, the runs within it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from math import isfinite

from tidemill.access import Role
from tidemill.core import NotFoundError, TidemillError, from_iso
from tidemill.provenance import Origin, read_origin
from tidemill.server.pages.run_cells import STATUS_TONES, number_text, run_name, status_word
from tidemill.server.pages.run_files import first_files
from tidemill.server.pages.run_lineage import data_rows, inputs_of, lineage_of, model_rows
from tidemill.server.roles import Call
from tidemill.tracking import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, MetricPoint, Run, RunDetail
from tidemill.ui import urls, views

NOTE_TAG, PARENT_TAG = "mlflow.note.content", "mlflow.parentRunId"
_FACTS = (
    ("Command", "tidemill.command"),
    ("Source", "mlflow.source.name"),
    ("Git commit", "mlflow.source.git.commit"),
    ("Host", "tidemill.host"),
    ("Folder", "tidemill.folder"),
    ("Python", "tidemill.python"),
    ("Seed", "tidemill.seed"),
    ("User", "mlflow.user"),
)
_BOOKS = ("mlflow.runName", "mlflow.source.type", "mlflow.loggedArtifacts", "mlflow.log-model.history")
_ELSEWHERE = {*_BOOKS, NOTE_TAG, PARENT_TAG, CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, *(tag for _, tag in _FACTS)}
_MOST_METRICS = 1000
_MOST_CHILDREN = 200
_MOST_DIFF = 100_000


def logged_of(call: Call, detail: RunDetail, *, has_steps: bool) -> views.Logged:
    """Return what a run logged; of one without steps its lineage, too."""
    run, tags = detail.run, detail.tags
    groups = metric_groups(detail.metrics)
    origin = _origin(call, tags)
    files, files_url = first_files(call, run.id)
    inputs = inputs_of(call, run)
    models = model_rows(call, inputs)
    children = call.rooms.tracking.tagged_runs(call.caller, PARENT_TAG, run.id)[:_MOST_CHILDREN]
    patch = origin.changes.patch.decode("utf-8", "replace")[:_MOST_DIFF] if call.caller.role >= Role.EDITOR else ""
    return views.Logged(
        groups=groups,
        n_metrics=len(detail.metrics),
        history_of=run.id if groups else "",
        tags=tuple((name, value) for name, value in tags.items() if name not in _ELSEWHERE),
        note=tags.get(NOTE_TAG, ""),
        facts=tuple((label, tags[tag]) for label, tag in _FACTS if tags.get(tag)),
        diff=patch,
        packages=_packages(origin),
        inputs=data_rows(inputs),
        models=models,
        lineage=() if has_steps else lineage_of(call, run, inputs, models),
        traces_url=_traces_url(call, run),
        files=files,
        files_url=files_url,
        children=tuple(_child(call, child) for child in children),
        parent=_parent(call, tags.get(PARENT_TAG, "")),
        compare_url=urls.compare_url([child.id for child in children]) if len(children) > 1 else "",
    )


def _traces_url(call: Call, run: Run) -> str:
    return urls.traces_url(run_id=run.id) if call.rooms.tracking.traces.of_run(call.caller, run.id, 1) else ""


def metric_groups(metrics: Mapping[str, MetricPoint]) -> tuple[views.MetricGroup, ...]:
    """Return metrics by what stands before the first slash of their keys.

    Those of which one value is all there may be, and those of the machine, come last and closed.
    """
    points = sorted(metrics.values(), key=lambda point: (*_rank(point), point.key))[:_MOST_METRICS]
    groups = groupby(points, key=_rank)
    return tuple(
        views.MetricGroup(name=name, metrics=tuple(_metric(point) for point in each), is_open=late == 0)
        for (late, name), each in groups
    )


def _rank(point: MetricPoint) -> tuple[int, str]:
    """Return how late the group of a metric comes, and its name."""
    if is_of_the_machine(point.key):
        return 2, "of the machine"
    prefix, slash, _ = point.key.partition("/")
    return (1, "at step 0") if not point.step else (0, prefix if slash else "")


def is_of_the_machine(key: str) -> bool:
    """Tell whether a metric is of the machine that the run was on."""
    return key.startswith(("system/", "system."))


def _metric(point: MetricPoint) -> views.LoggedMetric:
    return views.LoggedMetric(
        key=point.key,
        text=number_text(point.value),
        exact=repr(point.value),
        step=point.step,
        at=_instant(point.at),
        is_number=isfinite(point.value),
    )


def _instant(at_ms: int | None) -> datetime | None:
    try:
        return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None  # what no calendar has a date for


def _origin(call: Call, tags: Mapping[str, str]) -> Origin:
    try:
        return read_origin(call.rooms.blobs, tags)
    except (TidemillError, ValueError):
        return read_origin(call.rooms.blobs, {})  # a blob that is gone, or a tag that names none


def _packages(origin: Origin) -> tuple[str, ...]:
    return () if origin.environment is None else tuple(_named(origin.environment.packages))


def _named(packages: Mapping[str, str]) -> Iterator[str]:
    for name, version in sorted(packages.items()):
        yield f"{name} {version}"


def _child(call: Call, run: Run) -> views.ChildRun:
    return views.ChildRun(
        run=views.Link(text=run_name(run), url=urls.run_url(run.id)),
        status=status_word(run.status),
        tone=STATUS_TONES.get(run.status, views.Tone.QUIET),
        started_at=from_iso(run.started_at),
        metrics=_in_short(call, run),
    )


def _in_short(call: Call, run: Run) -> str:
    points: Sequence[MetricPoint] = [*call.rooms.tracking.get_run(call.caller, run.id).metrics.values()]
    shown = [point for point in points if not is_of_the_machine(point.key)][:3]
    return ", ".join(f"{point.key} {number_text(point.value)}" for point in shown)


def _parent(call: Call, run_id: str) -> views.Link | None:
    if not run_id:
        return None
    try:
        run = call.rooms.tracking.get_run(call.caller, run_id).run
    except NotFoundError:
        return views.Link(text=f"{run_id[:12]} (not there)")
    return views.Link(text=run_name(run), url=urls.run_url(run.id))
