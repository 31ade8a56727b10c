"""From a reference to the version that it means."""

from __future__ import annotations

from tidemill.core import not_found
from tidemill.registry import _repository as rows
from tidemill.registry import _version_rows as version_rows
from tidemill.registry.records import ModelReference, ModelVersion, RegisteredModel
from tidemill.storage.records import Transaction

LATEST = "latest"


def resolve(tx: Transaction, project: str, reference: ModelReference) -> ModelVersion:
    """Return the version of ``delay/3``, ``delay@champion`` or ``delay@latest``. Raises NotFoundError."""
    number = reference.version
    if reference.alias is not None:
        number = _number_behind(tx, project, reference.model, reference.alias)
    found = version_rows.find_version(tx, project, reference.model, number) if number is not None else None
    if found is not None:
        return found
    model = get_model(tx, project, reference.model)
    if reference.alias is not None:
        raise not_found(f"alias of model {reference.model!r} named", reference.alias, model.aliases)
    numbers = [str(each.version) for each in version_rows.list_versions(tx, project, reference.model)[:100]]
    raise not_found(f"version of model {reference.model!r} numbered", str(number), numbers)


def get_model(tx: Transaction, project: str, name: str) -> RegisteredModel:
    """Return a model. Raises NotFoundError."""
    model = rows.find_model(tx, project, name)
    if model is None:
        raise not_found("model", name, rows.model_names(tx, project))
    return model


def _number_behind(tx: Transaction, project: str, model: str, alias: str) -> int | None:
    row = rows.find_alias(tx, project, model, alias)
    if row is not None:
        return int(row["version"])
    if alias != LATEST:
        return None
    newest = rows.find_model(tx, project, model)
    return newest.latest_version if newest is not None and newest.latest_version else None
