"""Models that no pipeline made: registered from files, folders and estimators, and served like all others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, NotFoundError, TidemillError, UsageError, check_name
from tidemill.deployment import Revision, try_loading
from tidemill.features import RequestColumn, ServingInputs
from tidemill.models import (
    ModelPackage,
    Signature,
    UnsupportedModelError,
    load_predictor,
    model_formats,
    predict_frame,
)
from tidemill.models.outside import MLMODEL_FILE, MLmodel, package_file, package_folder, read_mlmodel
from tidemill.registry import ModelVersion, NewVersion
from tidemill.workspace import Workspace

_MOST_BYTES = 2 << 30
_RUN_SOURCE = re.compile(r"runs:/([^/]+)/(.*)")
_MODEL_SOURCE = re.compile(r"models:/(m-[^/]+)/?(.*)")
_ARTIFACT_SOURCE = re.compile(r"mlflow-artifacts:/*(?:[^/]+:\d+/)?(.*)")


@dataclass(frozen=True)
class Told:
    """What is told of a version beside its package. facts: params, metrics, datasets, features, flavours."""

    source: str = ""
    run_id: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def register_package(
    rooms: Workspace, caller: Caller, name: str, package: ModelPackage, told: Told | None = None
) -> ModelVersion:
    """Register a package as the next version of a model, once it has loaded in a process of its own. Needs editor.

    Raises UsageError when it does not load there, or for a name that cannot be.
    """
    require(caller, Role.EDITOR)
    told = told or Told()
    _check_loads(package, name)
    signature = package.signature
    with rooms.in_flight.mark():
        files = {file: rooms.blobs.put(data) for file, data in package.files.items()}
        _ensure_model(rooms, caller, name)
        new = NewVersion(
            model=name,
            source=told.source,
            run_id=told.run_id,
            description=told.description,
            tags=told.tags,
            facts={"flavors": [signature.flavour], "task": signature.task, **told.facts},
            package_digest=package.digest,
            files=files,
            serving=serving_of(signature),
        )
        return rooms.registry.catalogue.create_version(caller, new)


def register_path(rooms: Workspace, caller: Caller, path: Path, name: str) -> ModelVersion:
    """Register a file or folder of this machine, at the caller's own wish. Needs editor.

    path: a file that ends in .onnx, a LightGBM text file, or a folder with an MLmodel file. The newest version of the
    model is returned when it holds the very same package. Raises UsageError, UnsupportedModelError, DamagedError.
    """
    if path.is_dir():
        found, package = package_folder(lambda file: _bytes_of(path / file))
        facts = found.facts()
    else:
        package, facts = package_file(path.name, _bytes_of(path)), {}
    newest = _newest(rooms, caller, name)
    if newest is not None and newest.package_digest == package.digest:
        return newest
    return register_package(rooms, caller, name, package, Told(facts=facts))


def serve_version(rooms: Workspace, caller: Caller, reference: str, endpoint: str | None = None) -> Revision:
    """Serve a version at an endpoint, which is made when there is none: by its model's name, or the one that is given.

    Needs deployer. Raises NotFoundError, ForbiddenError when the endpoint's gate has not let the version pass,
    UnsupportedModelError for a version whose files cannot be served, UsageError.
    """
    require(caller, Role.DEPLOYER)
    version = packaged_version(rooms, caller, reference)
    return rooms.deployments.serve(caller, check_name("endpoint", endpoint or version.model), version.reference)


def packaged_version(rooms: Workspace, caller: Caller, reference: str) -> ModelVersion:
    """Return a version with the package that it has, or that the files of its source make. Needs deployer for those.

    Raises NotFoundError, UnsupportedModelError for a version whose files cannot be served.
    """
    version = rooms.registry.get(caller, reference)
    return version if version.files else _packaged(rooms, caller, version)


def predict_rows(rooms: Workspace, caller: Caller, reference: str, rows: pl.DataFrame) -> list[float]:
    """Answer rows by a version here, without an endpoint and without a log. Needs deployer when it has no package yet.

    Raises NotFoundError, UsageError for rows that are not the model's or a model that looks features up,
    UnsupportedModelError for a version whose files cannot be served.
    """
    version = packaged_version(rooms, caller, reference)
    if version.serving.get("views"):
        raise UsageError(f"{version.reference} looks features up, which its endpoint does: 'tidemill predict ENDPOINT'")
    predictor = load_predictor(rooms.registry.load_package(version), formats=model_formats())
    return [float(value) for value in predict_frame(predictor, rows)]


def mlmodel_facts(rooms: Workspace, caller: Caller, source: str) -> dict[str, Any]:
    """Return the flavours and the signature that the MLmodel file of a source tells; nothing when there is none."""
    try:
        found = _mlmodel_of(rooms, caller, source)
    except (NotFoundError, UsageError):
        return {}
    except TidemillError as error:
        return {"not_servable": str(error)}
    try:
        found.servable()
    except TidemillError as error:
        return {**found.facts(), "not_servable": f"not servable: {error}"}
    return found.facts()


def serving_of(signature: Signature) -> dict[str, Any]:
    """Return what a request must bring for a model that looks no features up: every input, which may be null."""
    columns = tuple(
        RequestColumn(each.name, "string" if each.kind == "category" else "number", True) for each in signature.inputs
    )
    return ServingInputs(request=columns).to_json()


def _packaged(rooms: Workspace, caller: Caller, version: ModelVersion) -> ModelVersion:
    """Give a version the package that the files of its source make."""
    owner, folder = _place_of(rooms, caller, version.source)

    def read(file: str) -> bytes:
        return _artifact(rooms, caller, owner, f"{folder}/{file}" if folder else file)

    try:
        found, package = package_folder(read)
    except NotFoundError as error:
        raise UnsupportedModelError(
            f"{version.reference} cannot be served: {version.source or 'it'} holds no MLmodel file with its model "
            f"({error})"
        ) from error
    except UnsupportedModelError as error:
        raise UnsupportedModelError(f"{version.reference} cannot be served: {error}") from error
    _check_loads(package, version.reference)
    with rooms.in_flight.mark():
        files = {file: rooms.blobs.put(data) for file, data in package.files.items()}
        packaged = replace(
            version,
            files=files,
            package_digest=package.digest,
            serving=serving_of(package.signature),
            facts={**version.facts, **found.facts(), "task": package.signature.task},
        )
        return rooms.registry.catalogue.attach_package(caller, packaged)


def _mlmodel_of(rooms: Workspace, caller: Caller, source: str) -> MLmodel:
    owner, folder = _place_of(rooms, caller, source)
    return read_mlmodel(_artifact(rooms, caller, owner, f"{folder}/{MLMODEL_FILE}" if folder else MLMODEL_FILE))


def _place_of(rooms: Workspace, caller: Caller, source: str) -> tuple[str, str]:
    """Return whose artifacts a source names, and the folder there. Raises UsageError for one that is not kept here."""
    for pattern in (_RUN_SOURCE, _MODEL_SOURCE):
        if match := pattern.fullmatch(source):
            return match[1], match[2].strip("/")
    if match := _ARTIFACT_SOURCE.fullmatch(source):
        place = rooms.artifacts.place(caller, match[1].strip("/"))
        return place.owner, place.path
    raise UsageError(
        f"the source {source[:200]!r} is not kept here, so it cannot be served; log the model to this server, or "
        "register its file: tidemill serve model.onnx"
    )


def _artifact(rooms: Workspace, caller: Caller, owner: str, path: str) -> bytes:
    file = rooms.artifacts.get(caller, owner, path)
    if file.size > _MOST_BYTES:
        raise UsageError(f"{path!r} has {file.size:,} bytes; models of up to {_MOST_BYTES:,} are served")
    with rooms.artifacts.open_blob(file) as opened:
        return opened.read()


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path} has more than {_MOST_BYTES:,} bytes, the most that is served")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}; name a model file, or a folder with MLmodel"
        ) from error


def _check_loads(package: ModelPackage, name: str) -> None:
    """Load it where it harms nobody, and ask it a row. Raises UsageError with what came of it."""
    row: dict[str, Any] = {
        column.name: [(column.levels or ("",))[0] if column.kind == "category" else 0.0]
        for column in package.signature.inputs
    }
    check = try_loading(package, pl.DataFrame(row))
    if not check.passed:
        raise UsageError(f"{name} is not taken: {check.sentence}")


def _newest(rooms: Workspace, caller: Caller, name: str) -> ModelVersion | None:
    try:
        return rooms.registry.get(caller, f"{name}@latest")
    except NotFoundError:
        return None


def _ensure_model(rooms: Workspace, caller: Caller, name: str) -> None:
    try:
        rooms.registry.catalogue.get_model(caller, name)
    except NotFoundError:
        try:
            rooms.registry.catalogue.create_model(caller, name)
        except ConflictError:  # somebody else was quicker
            return
