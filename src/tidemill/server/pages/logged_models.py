"""A model that a run logged."""

from __future__ import annotations

from collections.abc import Mapping

from tidemill.core import NotFoundError, from_iso
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_cells import number_text, run_name
from tidemill.server.pages.run_files import first_files
from tidemill.server.pages.run_lineage import version_words, versions_of_model
from tidemill.server.roles import Call, Viewer
from tidemill.tracking import LoggedModel, ModelMetric
from tidemill.ui import urls, views

_STATUS = {
    "ready": ("ready", views.Tone.GOOD),
    "pending": ("being written", views.Tone.WARN),
    "upload_failed": ("not whole: its upload failed", views.Tone.BAD),
}
_MOST_MEASURES = 500
_OWN_TAGS = ("mlflow.", "_mlflow")


def logged_model(call: Viewer, model_id: str) -> views.LoggedModelPage:
    """Return a model that a run logged."""
    model = call.rooms.tracking.models.get(call.caller, model_id)
    status, tone = _STATUS[model.status]
    files, files_url = first_files(call, model.id)
    versions = tuple(version_words(each) for each in versions_of_model(call, model.id))
    run = _run(call, model.source_run_id)
    return views.LoggedModelPage(
        frame=frame_of(call),
        model_id=model.id,
        name=model.name,
        kind=model.model_type,
        status=status,
        tone=tone,
        experiment=call.rooms.tracking.experiments.get(call.caller, model.experiment_number).name,
        created_at=from_iso(model.created_at),
        created_by=model.created_by,
        run=run,
        lineage=tuple(_lineage(model, run, versions)),
        versions=versions,
        measures=_measures(call, model),
        params=tuple(sorted(model.params.items())),
        tags=own_tags(model.tags),
        files=files,
        files_url=files_url,
        register="" if versions else _register(call, model.id),
        python=python_of(call, f"/api/2.0/mlflow/logged-models/{model.id}"),
    )


def own_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return tags by name, without those by which clients keep their own books.

    >>> own_tags({"team": "risk", "mlflow.user": "ann"})
    (('team', 'risk'),)
    """
    return tuple((name, value) for name, value in sorted(tags.items()) if not name.startswith(_OWN_TAGS))


def _run(call: Call, run_id: str | None) -> views.Link | None:
    if not run_id:
        return None
    try:
        run = call.rooms.tracking.get_run(call.caller, run_id).run
    except NotFoundError:
        return None
    return views.Link(text=run_name(run), url=urls.run_url(run.id))


def _lineage(model: LoggedModel, run: views.Link | None, versions: tuple[views.Link, ...]) -> list[views.ChainLink]:
    chain = [views.ChainLink(kind="run", link=run, words="wrote it")] if run else []
    at, this = from_iso(model.created_at), views.Link(text=model.name)
    chain.append(views.ChainLink(kind="this model", link=this, words=model.model_type, at=at, by=model.created_by))
    return chain + [views.ChainLink(kind="model version", link=each, words="registered") for each in versions]


def _measures(call: Call, model: LoggedModel) -> tuple[views.ModelMeasure, ...]:
    last: dict[tuple[str, str], ModelMetric] = {}
    for each in model.metrics:
        known = last.get((each.key, each.dataset_name))
        if known is None or (each.step, each.at) >= (known.step, known.at):
            last[each.key, each.dataset_name] = each
    names = {run_id: _run(call, run_id) for run_id in {each.run_id for each in last.values()}}
    return tuple(
        views.ModelMeasure(
            key=each.key,
            text=number_text(each.value),
            exact=repr(each.value),
            dataset=each.dataset_name,
            run=names[each.run_id] or views.Link(text=each.run_id[-6:]),
        )
        for _, each in sorted(last.items())[:_MOST_MEASURES]
    )


def _register(call: Call, model_id: str) -> str:
    address = str(call.request.base_url).rstrip("/")
    return f'import mlflow\n\nmlflow.set_tracking_uri("{address}")\nmlflow.register_model("models:/{model_id}", "NAME")'


PAGES = Pages(contexts=((f"{urls.LOGGED_MODELS}/{{model_id}}", logged_model),))
