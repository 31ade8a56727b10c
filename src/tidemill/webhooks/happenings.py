"""Events of the log as webhooks are told of them: by this store's own names, and by MLflow's.

MLflow's payloads (https://mlflow.org/docs/latest/ml/webhooks) have an entity, an action, a timestamp and data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tidemill.storage.events import EventRecord

Fields = tuple[str, ...]


class Happening(NamedTuple):
    """An event under one name: what a webhook asked for, and the body it is told by."""

    event: str
    body: str


#: Kind of our event: entity and action of MLflow, and the fields of its data. A prompt is a model with a mark.
_OURS: dict[str, tuple[str, str, Fields]] = {
    "model.created": ("registered_model", "created", ("name", "tags", "description")),
    "model_version.registered": (
        "model_version",
        "created",
        ("name", "version", "source", "run_id", "tags", "description"),
    ),
    "model_version.tag_set": ("model_version_tag", "set", ("name", "version", "key", "value")),
    "model_version.tag_deleted": ("model_version_tag", "deleted", ("name", "version", "key")),
    "model.alias_set": ("model_version_alias", "created", ("name", "alias", "version")),
    "model.alias_deleted": ("model_version_alias", "deleted", ("name", "alias")),
}
_PROMPTS: dict[str, tuple[str, str, Fields]] = {
    "model.created": ("prompt", "created", ("name", "tags", "description")),
    "model_version.registered": ("prompt_version", "created", ("name", "version", "template", "tags", "description")),
    "model.tag_set": ("prompt_tag", "set", ("name", "key", "value")),
    "model.tag_deleted": ("prompt_tag", "deleted", ("name", "key")),
    "model_version.tag_set": ("prompt_version_tag", "set", ("name", "version", "key", "value")),
    "model_version.tag_deleted": ("prompt_version_tag", "deleted", ("name", "version", "key")),
    "model.alias_set": ("prompt_alias", "created", ("name", "alias", "version")),
    "model.alias_deleted": ("prompt_alias", "deleted", ("name", "alias")),
}
#: By MLflow's name of an event, such as ``registered_model.created``: the fields of its data.
MLFLOW_EVENTS: dict[str, Fields] = {
    f"{entity}.{action}": fields for entity, action, fields in (*_OURS.values(), *_PROMPTS.values())
}
_EMPTY: dict[str, Any] = {"tags": {}, "description": None, "run_id": None}


def happenings(record: EventRecord, project: str, asked: Sequence[str]) -> Iterator[Happening]:
    """Yield an event under each of the names that a webhook asked for: MLflow's, and its own.

    >>> record = EventRecord(1, "e", "model.created", "delay", "ann", "2026-01-01T00:00:00Z", {}, 1)
    >>> [each.event for each in happenings(record, "p", ["registered_model.created", "model.*", "run.*"])]
    ['registered_model.created', 'model.created']
    """
    mapped = (_PROMPTS if record.data.get("prompt") else _OURS).get(record.kind)
    if mapped is not None and f"{mapped[0]}.{mapped[1]}" in asked:
        entity, action, fields = mapped
        body = mlflow_body(entity, action, record.at, _data(record, fields))
        yield Happening(f"{entity}.{action}", body)
    if any(each in asked for each in (record.kind, f"{record.kind.partition('.')[0]}.*", "*")):
        yield Happening(record.kind, own_body(record, project))


def kinds_of(asked: Sequence[str]) -> frozenset[str] | None:
    """Return the kinds of events that can matter to these names; None for all."""
    if any(each.endswith("*") for each in asked):
        return None
    ours = {
        kind
        for table in (_OURS, _PROMPTS)
        for kind, (entity, action, _) in table.items()
        if f"{entity}.{action}" in asked
    }
    return frozenset(ours | set(asked))


def example_body(event: str, at: str) -> str:
    """Return the body of a test call: MLflow's for an event of its own, else one of an event that never happened."""
    if event in MLFLOW_EVENTS:
        entity, _, action = event.partition(".")
        examples = {"name": "example", "version": "1", "alias": "example", "key": "example", "value": "example"}
        examples |= {"source": "models:/m-example", "template": "example"}
        return mlflow_body(
            entity, action, at, {name: examples.get(name, _EMPTY.get(name)) for name in MLFLOW_EVENTS[event]}
        )
    record = EventRecord(0, "", "webhook.tested" if event.endswith("*") else event, "example", "", at, {}, 0)
    return own_body(record, "")


def mlflow_body(entity: str, action: str, at: str, data: Mapping[str, Any]) -> str:
    """Return a body as MLflow writes it."""
    return json.dumps({"entity": entity, "action": action, "timestamp": at, "data": dict(data)})


def own_body(record: EventRecord, project: str) -> str:
    """Return a body that tells an event as the audit trail has it."""
    told = {"kind": record.kind, "subject": record.subject, "by": record.actor, "at": record.at}
    return json.dumps({**told, "position": record.position, "project": project, "data": record.data})


def _data(record: EventRecord, fields: Fields) -> dict[str, Any]:
    name, _, version = (
        record.subject.rpartition("/") if record.kind.startswith("model_version.") else (record.subject, "", "")
    )
    known = _EMPTY | {"name": name, "version": version, "value": "", "source": "", "template": ""} | record.data
    found = {field: known.get(field) for field in fields}
    return found | ({"version": str(found["version"])} if "version" in found else {})
