"""What went into a run and what came out of it: datasets, logged models, registered versions, one after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tidemill.core import NotFoundError, from_iso
from tidemill.registry import ModelVersion, RegistryQuery
from tidemill.server.pages.run_cells import run_name, status_word
from tidemill.server.roles import Call
from tidemill.tracking import InputDataset, LoggedModel, ModelUse, Run, RunDetail, RunInputs
from tidemill.tracking.inputs import CONTEXT_TAG
from tidemill.ui import urls, views
from tidemill.ui.formats import plural

_MOST_DATASETS, _MOST_MODELS, _MOST_VERSIONS = 200, 50, 20
_IN_CHAIN = 4
_PLACES = ("uri", "url", "path", "table_name", "table", "name")
_STATES = {"pending": ("being written", views.Tone.WARN), "upload_failed": ("not whole", views.Tone.BAD)}


def inputs_of(call: Call, run: Run) -> RunInputs:
    """Return what a run has read and written."""
    return call.rooms.tracking.inputs.of_runs(call.caller, [run.id])[run.id]


def data_rows(found: RunInputs) -> tuple[views.RunInput, ...]:
    """Return the datasets that a run has read."""
    return tuple(_data_row(each) for each in found.datasets[:_MOST_DATASETS])


def model_rows(call: Call, found: RunInputs) -> tuple[views.RunModel, ...]:
    """Return the models that a run has written, then those that it has read."""
    written = {each.model_id for each in found.models_written}
    read = [each for each in found.models_read if each.model_id not in written]
    rows = [_model_row(call, use, "") for use in found.models_written[:_MOST_MODELS]]
    return tuple(rows + [_model_row(call, use, "read") for use in read[:_MOST_MODELS]])


def versions_of_model(call: Call, model_id: str) -> list[ModelVersion]:
    """Return the versions that a logged model was registered as."""
    return _versions(call, f"source_path = 'models:/{model_id}'")


def lineage_of(call: Call, run: Run, found: RunInputs, models: Sequence[views.RunModel]) -> tuple[views.ChainLink, ...]:
    """Return the way from the data through a run without steps to what was registered; nothing when that is all."""
    versions = _versions(call, f"run_id = '{run.id}'")
    told = {version.reference for version in versions}
    registered = [version_words(each) for each in versions]
    written = [each for model in models if not model.state for each in model.versions]
    registered += [each for each in written if _reference(each) not in told]
    if not (found.datasets or models or registered):
        return ()
    chain = [_chained("dataset", row.link, row.context or row.words) for row in data_rows(found)[:_IN_CHAIN]]
    chain += [_chained("model read", each.link, each.words) for each in models if each.state == "read"][:_IN_CHAIN]
    this = views.Link(text=run_name(run))
    at = from_iso(run.started_at)
    chain.append(views.ChainLink(kind="this run", link=this, words=status_word(run.status), at=at, by=run.created_by))
    chain += [_chained("logged model", each.link, each.words) for each in models if each.state != "read"][:_IN_CHAIN]
    chain += [_chained("model version", each, "registered") for each in registered[:_IN_CHAIN]]
    return tuple(chain)


def version_words(version: ModelVersion) -> views.Link:
    """Return a version by its number and the aliases that point at it."""
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    return views.Link(text=f"{version.reference}{aliases}", url=urls.model_version_url(version.model, version.version))


def origin_of_version(call: Call, version: ModelVersion) -> tuple[views.ChainLink, ...]:
    """Return the run and the logged model that a version was registered from; nothing where it came from elsewhere."""
    if not version.model_id:
        return ()
    try:
        model = call.rooms.tracking.models.get(call.caller, version.model_id)
    except NotFoundError:
        return (_chained("logged model", views.Link(text=version.model_id), "deleted since"),)
    chain, detail = [], _run(call, model.source_run_id)
    if detail is not None:
        run = detail.run
        link = views.Link(text=run_name(run), url=urls.run_url(run.id))
        words = f"{status_word(run.status)}, in {run.experiment}"
        chain.append(
            views.ChainLink(kind="run", link=link, words=words, at=from_iso(run.started_at), by=run.created_by)
        )
    chain.append(_chained("logged model", model_link(model), model.model_type))
    return tuple(chain)


def run_of_version(call: Call, version: ModelVersion) -> RunDetail | None:
    """Return the run that made a version, or the logged model that it was registered from; None when it is not here."""
    if version.run_id or not version.model_id:
        return _run(call, version.run_id)
    try:
        return _run(call, call.rooms.tracking.models.get(call.caller, version.model_id).source_run_id)
    except NotFoundError:
        return None


def _run(call: Call, run_id: str | None) -> RunDetail | None:
    try:
        return call.rooms.tracking.get_run(call.caller, run_id) if run_id else None
    except NotFoundError:
        return None


def model_link(model: LoggedModel) -> views.Link:
    """Return a logged model by its name."""
    return views.Link(text=model.name, url=urls.logged_model_url(model.id))


def _data_row(dataset: InputDataset) -> views.RunInput:
    return views.RunInput(
        link=views.Link(text=dataset.name),
        context=dataset.tags.get(CONTEXT_TAG, ""),
        words=size_words(dataset.schema, dataset.profile),
        digest=dataset.digest,
        source=source_words(dataset.source_type, dataset.source),
    )


def size_words(schema: str | None, profile: str | None) -> str:
    """Return how large a dataset was, as far as a client told it.

    >>> size_words('{"mlflow_colspec": [{"name": "a"}, {"name": "b"}]}', '{"num_rows": 200}')
    '200 rows, 2 columns'
    >>> size_words(None, '{"features_shape": [40, 3]}'), size_words("no JSON", None)
    ('40 rows, 3 columns', '')
    """
    told, shape = _object(schema), _object(profile)
    columns, n_rows = told.get("mlflow_colspec"), shape.get("num_rows")
    n_columns = len(columns) if isinstance(columns, list) else None
    shaped = shape.get("features_shape") or shape.get("shape")
    if isinstance(shaped, list) and shaped:
        n_rows = shaped[0] if n_rows is None else n_rows
        n_columns = shaped[1] if n_columns is None and len(shaped) > 1 else n_columns
    parts = [(n_rows, "row"), (n_columns, "column")]
    return ", ".join(plural(n, word) for n, word in parts if isinstance(n, int) and not isinstance(n, bool))


def source_words(kind: str, source: str) -> str:
    """Return where a dataset came from, in one line.

    >>> source_words("code", '{"tags": {"mlflow.source.name": "train.py"}}'), source_words("http", '{"url": "https://x"}')
    ('made by train.py', 'https://x')
    >>> source_words("delta", "not JSON")
    'not JSON'
    """
    told = _object(source)
    tags = told.get("tags")
    if kind == "code" and isinstance(tags, dict) and tags.get("mlflow.source.name"):
        return f"made by {tags['mlflow.source.name']}"
    place = next((str(told[name]) for name in _PLACES if told.get(name)), "")
    return (place or (kind if told else source))[:500]


def _model_row(call: Call, use: ModelUse, state: str) -> views.RunModel:
    at = f"step {use.step:,}" if use.step else ""
    try:
        model = call.rooms.tracking.models.get(call.caller, use.model_id)
    except NotFoundError:
        return views.RunModel(link=views.Link(text=use.model_id), words=at, state="deleted")
    said, tone = _STATES.get(model.status, (state, views.Tone.QUIET))
    return views.RunModel(
        link=model_link(model),
        words=", ".join(part for part in (model.model_type, at) if part),
        state=said,
        tone=tone,
        versions=tuple(version_words(each) for each in versions_of_model(call, model.id)),
    )


def _versions(call: Call, where: str) -> list[ModelVersion]:
    return call.rooms.registry.search.versions(call.caller, RegistryQuery(where, limit=_MOST_VERSIONS)).versions


def _chained(kind: str, link: views.Link, words: str) -> views.ChainLink:
    return views.ChainLink(kind=kind, link=link, words=words)


def _reference(link: views.Link) -> str:
    return link.text.partition(" (")[0]


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
