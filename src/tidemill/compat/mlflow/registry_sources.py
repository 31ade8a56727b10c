"""Where a version comes from: only from what this project keeps, or from a store that no path leads into from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tidemill.compat.mlflow.endpoint import MlflowCall
from tidemill.compat.mlflow.errors import MlflowError, invalid
from tidemill.core import NotFoundError, UsageError
from tidemill.outside_models import mlmodel_facts
from tidemill.registry import IS_PROMPT, ModelVersion, check_stored_source, fully_unquoted
from tidemill.run_facts import run_facts

#: What MLflow's clients name as the source of a prompt, which has none.
PROMPT_SOURCES = frozenset({"dummy-source", "prompt-template"})
ARTIFACTS = "mlflow-artifacts"
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
    """Return the source of a version to be registered. Raises MlflowError for one that is refused."""
    run_id, model_id = call.fields.text("run_id"), call.fields.text("model_id")
    if tags.get(IS_PROMPT, "").lower() == "true":
        if source not in PROMPT_SOURCES:
            raise _refused(source, f"The source of a prompt is one of {', '.join(sorted(PROMPT_SOURCES))}.")
        return Source(source, run_id, model_id)
    scheme = _scheme_of(source)
    if scheme in {"", "file"}:
        raise _refused(source, _LOCAL)
    _refuse_relative(source)
    if scheme == "runs":
        return _of_run(source, run_id)
    if scheme == "models":
        return _of_model(call, source, Source(source, run_id, model_id))
    if scheme == ARTIFACTS and not _belongs(call, source, run_id, model_id):
        raise _refused(source, "The run_id or model_id request parameter must identify what contains the source.")
    return Source(source, run_id, model_id)


def download_uri(call: MlflowCall, version: ModelVersion) -> str:
    """Return where a version's files are, following other versions and logged models to their files."""
    source = version.source
    for _ in range(8):
        name, found, number = source.removeprefix("models:/").partition("/")
        if not source.startswith("models:/") or not found:
            break
        try:
            source = call.rooms.registry.get(call.caller, f"{name}/{number}").source
        except NotFoundError:
            break
    return source


def facts_of(call: MlflowCall, source: Source, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return what is known of a version: its run's params and metrics as they stand, flavours and signature."""
    if tags.get(IS_PROMPT, "").lower() == "true":
        return {}
    rooms, caller = call.rooms, call.caller
    return {"facts": {**run_facts(rooms, caller, source.run_id), **mlmodel_facts(rooms, caller, source.source)}}


def _of_run(source: str, run_id: str) -> Source:
    named = source.removeprefix("runs:").lstrip("/").partition("/")[0]
    if source.startswith("runs://") or not named or named != run_id:
        raise _refused(source, "The run_id request parameter must identify the resource that contains the source.")
    return Source(source, run_id)


def _of_model(call: MlflowCall, source: str, given: Source) -> Source:
    """Return a source that is a logged model, ``models:/m-...``, or another version, by number or alias."""
    place = source.removeprefix("models:").lstrip("/")
    if source.startswith("models://") or not place:
        raise _refused(source, "Registered model sources must use the active model registry.")
    if "/" not in place and "@" not in place:
        if place != given.model_id:
            raise _refused(source, "The model_id request parameter must identify what contains the source.")
        return given
    try:
        other = call.rooms.registry.get(call.caller, place)
    except (NotFoundError, UsageError) as error:
        raise _refused(source, f"There is no such version: {error}") from error
    for name, mine, theirs in (("run_id", given.run_id, other.run_id), ("model_id", given.model_id, other.model_id)):
        if call.fields.has(name) and mine != theirs:
            raise _refused(source, "The run_id and model_id request parameters must match the referenced version.")
    return Source(f"models:/{other.reference}", other.run_id, other.model_id)


def _belongs(call: MlflowCall, source: str, run_id: str, model_id: str) -> bool:
    """Tell whether an address of artifacts is below those of the run or the logged model that is named."""
    names = [name for name in fully_unquoted(urlsplit(source).path).split("/") if name]
    if model_id:
        return names[1:4] == ["models", model_id, "artifacts"]
    return bool(run_id) and names[1:3] == [run_id, "artifacts"] and _has_run(call, run_id)


def _has_run(call: MlflowCall, run_id: str) -> bool:
    try:
        call.rooms.tracking.get_run(call.caller, run_id)
    except (NotFoundError, UsageError):
        return False
    return True


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
