"""What the registry says of the model or the version that an event tells of, as it stands when it is told.

The log names what changed and never what it was changed to: texts that people write can be taken back. A webhook is
told them, so they are read when its delivery is made.
"""

from __future__ import annotations

from typing import Any

from tidemill.core import NotFoundError
from tidemill.registry import IS_PROMPT, ModelReference, ModelVersion, RegisteredModel, get_model, resolve
from tidemill.storage.events import EventRecord
from tidemill.storage.records import Transaction

_MODEL_KIND, _VERSION_KIND = "model.", "model_version."
_TEMPLATE = "mlflow.prompt.text"
#: Marks by which MLflow's clients tell prompts from models; no tags that anybody set.
_MARKS = (IS_PROMPT, "_mlflow_prompt_type", _TEMPLATE)


def registry_facts(tx: Transaction, project: str, record: EventRecord) -> dict[str, Any]:
    """Return what is known of what an event tells of; nothing when it tells of neither a model nor a version.

    `prompt` tells whether it is a prompt. Of what is gone by now only the names are known.
    """
    if not record.kind.startswith((_MODEL_KIND, _VERSION_KIND)):
        return {}
    name, version = _named(record)
    found = _model(tx, project, name)
    prompt = found is not None and found.tags.get(IS_PROMPT, "").lower() == "true"
    told: dict[str, Any] = {"prompt": prompt, "name": name, "version": version}
    tagged: RegisteredModel | ModelVersion | None = found
    if version:
        tagged = _version(tx, project, name, version)
        source = tagged.source if tagged else ""
        run_id = tagged.run_id if tagged else ""
        template = tagged.tags.get(_TEMPLATE, "") if tagged else ""
        told |= {"source": source, "run_id": run_id or None, "template": template}
    tags = dict(tagged.tags) if tagged else {}
    description = tagged.description if tagged else ""
    hidden = _MARKS if prompt else ()
    told["tags"] = {key: value for key, value in tags.items() if key not in hidden}
    told["description"] = (description or None) if version else description
    told["value"] = tags.get(str(record.data.get("key")), "")
    return told


def _named(record: EventRecord) -> tuple[str, str]:
    if record.kind.startswith(_VERSION_KIND):
        name, _, version = record.subject.rpartition("/")
        return name, version
    return record.subject, ""


def _model(tx: Transaction, project: str, name: str) -> RegisteredModel | None:
    try:
        return get_model(tx, project, name)
    except NotFoundError:
        return None


def _version(tx: Transaction, project: str, name: str, version: str) -> ModelVersion | None:
    try:
        return resolve(tx, project, ModelReference(name, int(version), None))
    except (NotFoundError, ValueError):
        return None
