"""Writing registered models into an mlruns folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tidemill.compat.mlflow_stores.folder_writing import flat_yaml, write_texts
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.port import Taken
from tidemill.compat.mlflow_stores.records import MovedModel, MovedVersion

_META, _PROXY = "meta.yaml", "mlflow-artifacts"


def put_model(folder: Path, parts: Path, model: MovedModel, places: Mapping[str, str], left_out: LeftOut) -> Taken:
    """Write what of a model is not there. places: the folders of experiments, by their ids in the source."""
    there, of = folder / model.name, f"registered model {model.name}"
    if "/" in model.name or model.name in {"", ".", ".."}:
        left_out.add("registered model", model.name, "no folder can be called so")
        return Taken(is_new=False, versions=(), n_aliases=0)
    is_new = not there.exists()
    part = parts / "model" if is_new else there
    part.mkdir(parents=True, exist_ok=True)
    new = [version for version in model.versions if not (there / f"version-{version.version}").exists()]
    for version in new:
        made = parts / f"version-{version.version}"
        made.mkdir(parents=True, exist_ok=True)
        write_texts(made / "tags", version.tags, ("tag", f"{of}/{version.version}"), left_out)
        (made / _META).write_text(flat_yaml(_version_meta(model.name, version, places)), "utf-8")
        made.rename(part / made.name)
    aliases = {
        alias: str(version) for alias, version in model.aliases.items() if not (there / "aliases" / alias).exists()
    }
    write_texts(part / "aliases", aliases, ("alias", of), left_out)
    if is_new:
        write_texts(part / "tags", model.tags, ("tag", of), left_out)
        meta = {
            "aliases": {alias: str(version) for alias, version in model.aliases.items()},
            "creation_timestamp": model.created_ms,
            "description": model.description or None,
            "last_updated_timestamp": model.updated_ms,
            "name": model.name,
        }
        (part / _META).write_text(flat_yaml(meta), "utf-8")
        folder.mkdir(parents=True, exist_ok=True)
        part.rename(there)
    return Taken(is_new, tuple(version.version for version in new), len(aliases))


def _version_meta(name: str, version: MovedVersion, places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "creation_timestamp": version.created_ms,
        "current_stage": version.stage,
        "description": version.description or None,
        "last_updated_timestamp": version.updated_ms,
        "model_id": version.model_id or None,
        "name": name,
        "run_id": version.run_id or None,
        "run_link": version.run_link or None,
        "source": source_there(version.source, places),
        "status": version.status,
        "status_message": version.status_message or None,
        "storage_location": source_there(version.source, places),
        "user_id": version.user_id or None,
        "version": version.version,
    }


def source_there(source: str, places: Mapping[str, str]) -> str:
    """Return a source with the folder of its experiment instead of this server's address for it.

    >>> source_there("mlflow-artifacts:/3/ab/artifacts/model", {"3": "file:///data/mlruns/3"})
    'file:///data/mlruns/3/ab/artifacts/model'
    """
    given = urlsplit(source)
    experiment, _, rest = given.path.lstrip("/").partition("/")
    if given.scheme != _PROXY or experiment not in places:
        return source
    return f"{places[experiment]}/{rest}"
