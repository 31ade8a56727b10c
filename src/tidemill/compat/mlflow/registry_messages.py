"""Models and versions as MLflow's messages, and what was not found in MLflow's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tidemill.compat.mlflow.endpoint import MlflowCall, known
from tidemill.compat.mlflow.errors import MlflowError, invalid, missing
from tidemill.compat.mlflow.fields import Fields
from tidemill.core import NotFoundError, from_iso
from tidemill.registry import ModelVersion, RegisteredModel, stage_of

_MOST_DIGITS = 10**9


def milliseconds(instant: str) -> int:
    """Return a stored instant in milliseconds since 1970 UTC.

    >>> milliseconds("2013-03-01T05:00:00.000000Z")
    1362114000000
    """
    return round(from_iso(instant).timestamp() * 1000)


def model_message(model: RegisteredModel, latest: Sequence[ModelVersion]) -> dict[str, Any]:
    """Return a registered model with its newest version of each stage."""
    return known(
        name=model.name,
        creation_timestamp=milliseconds(model.created_at),
        last_updated_timestamp=milliseconds(model.updated_at),
        user_id=model.owner or None,
        description=model.description or None,
        latest_versions=[version_message(version) for version in latest],
        tags=pair_messages(model.tags),
        aliases=[{"alias": alias, "version": str(number)} for alias, number in model.aliases.items()],
    )


def version_message(version: ModelVersion) -> dict[str, Any]:
    """Return a model version."""
    return known(
        name=version.model,
        version=str(version.version),
        creation_timestamp=milliseconds(version.created_at),
        last_updated_timestamp=milliseconds(version.updated_at),
        user_id=version.user_id or None,
        current_stage=stage_of(version.environments),
        description=version.description or None,
        source=version.source or None,
        run_id=version.run_id or None,
        status=version.status,
        status_message=version.status_message or None,
        tags=pair_messages(version.tags),
        run_link=version.run_link or None,
        aliases=list(version.aliases),
        model_id=version.model_id or None,
    )


def pair_messages(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as a list of keys and values."""
    return [{"key": key, "value": value} for key, value in pairs.items()]


def model_name(fields: Fields, name: str = "name") -> str:
    """Return the name of a model that a request tells. Raises MlflowError for a missing and an impossible one."""
    given = fields.text(name, required=True)
    if "/" in given or ":" in given:
        raise invalid(f"Invalid model name '{given[:300]}'. Names cannot contain '/' or ':'.")
    return given


def version_reference(fields: Fields) -> str:
    """Return the version that a request names. Raises MlflowError for a missing or impossible name or number."""
    name = model_name(fields)
    if not fields.has("version"):
        raise fields.missing("version")
    number = _number(fields)
    if not 0 < number < _MOST_DIGITS:
        raise _no_version(name, number)
    return f"{name}/{number}"


@contextmanager
def model_not_found(name: str) -> Iterator[None]:
    """Say that there is no such model as MLflow says it."""
    try:
        yield
    except NotFoundError as error:
        raise missing(f"Registered Model with name={name[:300]} not found. {error}") from error


@contextmanager
def version_not_found(reference: str) -> Iterator[None]:
    """Say that there is no such version as MLflow says it."""
    try:
        yield
    except NotFoundError as error:
        name, _, number = reference.partition("/")
        raise _no_version(name, number) from error


def latest_of(call: MlflowCall, model: RegisteredModel) -> list[ModelVersion]:
    """Return a model's newest version of each stage."""
    return call.rooms.registry.search.latest(call.caller, [model.name]).get(model.name, [])


def _number(fields: Fields) -> int:
    try:
        return fields.integer("version")
    except MlflowError as error:
        given = fields.raw("version")
        raise invalid(f"Parameter 'version' must be an integer, got '{str(given)[:120]}'. {error}") from error


def _no_version(name: str, number: object) -> Exception:
    return missing(f"Model Version (name={name[:300]}, version={number}) not found")
