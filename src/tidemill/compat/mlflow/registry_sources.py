"""Where a version comes from: only from what this project keeps, or from a store that no path leads into from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tidemill.compat.mlflow.endpoint import MlflowCall
from tidemill.compat.mlflow.errors import MlflowError, invalid, missing
from tidemill.compat.mlflow.shapes import artifact_uri, model_root
from tidemill.core import NotFoundError, UsageError
from tidemill.outside_models import mlmodel_facts
from tidemill.registry import (
    IS_PROMPT,
    NO_STAGE,
    STAGES,
    ModelVersion,
    RegistryQuery,
    check_stored_source,
    environment_of,
    fully_unquoted,
)
from tidemill.run_facts import run_facts
from tidemill.tracking import LoggedModel, Run

#: What MLflow's clients name as the source of a prompt, which has none.
PROMPT_SOURCES = frozenset({"dummy-source", "prompt-template"})
ARTIFACTS = "mlflow-artifacts"
_MOST_STEPS = 8
LATEST = "latest"
_LOCAL = (
    "To use a local path as a model version source, the run_id request parameter has to be specified and the local "
    "path has to be contained within the artifact directory of the run specified by the run_id."
)
_RELATIVE = (
    "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute "
    "path must be provided without relative path references present. Please provide an absolute path."
)


@dataclass(frozen=True)
class Source:
    """A source that was found good, with the run and the logged model that it belongs to; empty for none."""

    source: str
    run_id: str = ""
    model_id: str = ""


def settled_source(call: MlflowCall, source: str, tags: Mapping[str, str]) -> Source:
    """Return the source of a version to be registered.

    Raises MlflowError for one that is refused, and for another version or a logged model that is not there.
    """
    run_id, model_id = call.fields.text("run_id"), call.fields.text("model_id")
    if tags.get(IS_PROMPT, "").lower() == "true":
        if source not in PROMPT_SOURCES:
            raise _refused(source, f"The source of a prompt is one of {', '.join(sorted(PROMPT_SOURCES))}.")
        return Source(source, run_id, model_id)
    settled = _settled(call, source, Source(source, run_id, model_id))
    if settled.model_id:
        model = _logged_model(call, settled.model_id)
        return Source(settled.source, settled.run_id or model.source_run_id or "", settled.model_id)
    return settled


def download_uri(call: MlflowCall, version: ModelVersion) -> str:
    """Return where a version's files are, following other versions and logged models to their files."""
    source = version.source
    for _ in range(_MOST_STEPS):
        place, found, number = source.removeprefix("models:/").partition("/")
        if not source.startswith("models:/") or not place:
            break
        try:
            if not found:
                return _root_of_known(call, place)
            source = call.rooms.registry.get(call.caller, f"{place}/{number}").source
        except (NotFoundError, MlflowError):
            break
    return source


def facts_of(call: MlflowCall, source: Source, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return what is known of a version: its run's params and metrics as they stand, flavours and signature."""
    if tags.get(IS_PROMPT, "").lower() == "true":
        return {}
    rooms, caller = call.rooms, call.caller
    return {"facts": {**run_facts(rooms, caller, source.run_id), **mlmodel_facts(rooms, caller, source.source)}}


def _settled(call: MlflowCall, source: str, given: Source) -> Source:
    scheme = _scheme_of(source)
    if scheme in {"", "file"}:
        return _of_disk(call, source, given)
    _refuse_relative(source)
    if scheme == "runs":
        return _of_run(source, given)
    if scheme == "models":
        return _of_model(call, source, given)
    if scheme == ARTIFACTS and not _belongs(call, source, given):
        raise _refused(source, "The run_id or model_id request parameter must identify what contains the source.")
    return given


def _of_disk(call: MlflowCall, source: str, given: Source) -> Source:
    """Return a source on a disk, which is below where its run or its logged model keeps files. It is not read here."""
    place = _place_on_disk(source)
    roots = []
    if given.model_id:
        roots = [_root_of_model(call, _logged_model(call, given.model_id))]
    elif given.run_id and (run := _run(call, given.run_id)) is not None:
        roots = [artifact_uri(run)]
    for root in roots:
        parts = _place_on_disk(root) if _scheme_of(root) in {"", "file"} else None
        if place and parts and place[: len(parts)] == parts:
            return given
    raise _refused(source, _LOCAL)


def _place_on_disk(source: str) -> list[str] | None:
    """Return the names of an absolute path; None for any other, and for one that is not what it looks like."""
    plain = fully_unquoted(source)
    if _scheme_of(plain) == "file":
        parts = urlsplit(plain)
        plain = parts.path if parts.netloc in {"", "localhost"} else ""
    names = [name for name in plain.split("/") if name]
    if not plain.startswith("/") or {".", ".."} & set(names) or "\\" in plain or not plain.isprintable():
        return None
    return names


def _of_run(source: str, given: Source) -> Source:
    named = source.removeprefix("runs:").lstrip("/").partition("/")[0]
    if source.startswith("runs://") or not named or named != given.run_id or given.model_id:
        raise _refused(source, "The run_id request parameter must identify the resource that contains the source.")
    return given


def _of_model(call: MlflowCall, source: str, given: Source) -> Source:
    """Return a source that is a logged model, ``models:/m-...``, or another version: by number, alias or stage."""
    place = source.removeprefix("models:").lstrip("/")
    if source.startswith("models://") or not place:
        raise _refused(source, "Registered model sources must use the active model registry.")
    if "/" not in place and "@" not in place:
        if place != given.model_id:
            raise _refused(source, "The model_id request parameter must identify what contains the source.")
        return given
    other = _other_version(call, source, place)
    for name, mine, theirs in (("run_id", given.run_id, other.run_id), ("model_id", given.model_id, other.model_id)):
        if call.fields.has(name) and mine != theirs:
            raise _refused(source, "The run_id and model_id request parameters must match the referenced version.")
    if other.tags.get(IS_PROMPT, "").lower() == "true":
        raise _refused(source, "Prompt versions cannot be used as model version sources.")
    return Source(f"models:/{other.reference}", other.run_id, other.model_id)


def _other_version(call: MlflowCall, source: str, place: str) -> ModelVersion:
    name, _, chosen = place.rpartition("/")
    reference = place
    if name and chosen.lower() == LATEST:
        reference = f"{name}@{LATEST}"
    elif name and chosen.lower() in {stage.lower() for stage in (*STAGES.values(), NO_STAGE)}:
        found = call.rooms.registry.search.latest(call.caller, [name], [environment_of(chosen)]).get(name, [])
        if not found:
            raise missing(f"No versions of model with name '{name[:300]}' and stage '{chosen}' found")
        reference = found[0].reference
    try:
        return call.rooms.registry.get(call.caller, reference)
    except NotFoundError as error:
        model, at, alias = place.rpartition("@")
        if at and call.rooms.registry.search.models(call.caller, _named(model)).models:
            raise invalid(f"Registered model alias {alias[:300]} not found.") from error
        raise missing(f"Model Version ({source[:300]}) not found: {error}") from error
    except UsageError as error:
        raise _refused(source, f"There is no such version: {error}") from error


def _belongs(call: MlflowCall, source: str, given: Source) -> bool:
    """Tell whether an address of artifacts is below those of the run or the logged model that is named."""
    names = [name for name in fully_unquoted(urlsplit(source).path).split("/") if name]
    if given.model_id:
        _logged_model(call, given.model_id)
        return names[1:4] == ["models", given.model_id, "artifacts"]
    return bool(given.run_id) and names[1:3] == [given.run_id, "artifacts"] and _run(call, given.run_id) is not None


def _run(call: MlflowCall, run_id: str) -> Run | None:
    try:
        return call.rooms.tracking.get_run(call.caller, run_id).run
    except (NotFoundError, UsageError):
        return None


def _logged_model(call: MlflowCall, model_id: str) -> LoggedModel:
    try:
        return call.rooms.tracking.models.get(call.caller, model_id)
    except NotFoundError as error:
        raise missing(f"Logged model with ID '{model_id[:80]}' not found.") from error


def _root_of_model(call: MlflowCall, model: LoggedModel) -> str:
    experiment = call.rooms.tracking.experiments.get(call.caller, model.experiment_number)
    return model_root(model, experiment.artifact_location)


def _root_of_known(call: MlflowCall, model_id: str) -> str:
    """Return where a logged model keeps its files, which stay when it was deleted: versions were made of them."""
    try:
        return _root_of_model(call, _logged_model(call, model_id))
    except MlflowError:
        return f"{ARTIFACTS}:/{call.rooms.artifacts.address(call.caller, model_id)}"


def _named(model: str) -> RegistryQuery:
    quoted = model.replace("'", "''")
    return RegistryQuery(where=f"name = '{quoted}'", limit=1)


def _scheme_of(source: str) -> str:
    try:
        scheme = urlsplit(source).scheme.lower()
    except ValueError:
        return ""
    return "" if len(scheme) == 1 else scheme  # a drive of Windows


def _refuse_relative(source: str) -> None:
    plain = fully_unquoted(source)
    try:
        check_stored_source(source)
    except UsageError as error:
        raise _refused(source, _RELATIVE) from error
    if "\0" in plain or "." in urlsplit(plain).path.split("/"):
        raise _refused(source, _RELATIVE)


def _refused(source: str, why: str) -> MlflowError:
    return invalid(f"Invalid model version source: '{source[:500]}'. {why}")
