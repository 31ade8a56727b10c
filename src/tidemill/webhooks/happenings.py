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


_NEW_MODEL: Fields = ("name", "tags", "description")
_NEW_VERSION: Fields = ("name", "version", "source", "run_id", "tags", "description")
_NEW_TEMPLATE: Fields = ("name", "version", "template", "tags", "description")
_TAGGED: Fields = ("name", "version", "key", "value")
_UNTAGGED: Fields = ("name", "version", "key")
_ALIAS, _NO_ALIAS = ("name", "alias", "version"), ("name", "alias")
#: Kind of our event: entity and action of MLflow, and the fields of its data. A prompt is a model with a mark.
_OURS: dict[str, tuple[str, str, Fields]] = {
    "model.created": ("registered_model", "created", _NEW_MODEL),
    "model_version.registered": ("model_version", "created", _NEW_VERSION),
    "model_version.tagged": ("model_version_tag", "set", _TAGGED),
    "model_version.untagged": ("model_version_tag", "deleted", _UNTAGGED),
    "model_version.promoted": ("model_version_alias", "created", _ALIAS),
    "model_version.alias_removed": ("model_version_alias", "deleted", _NO_ALIAS),
}
_PROMPTS: dict[str, tuple[str, str, Fields]] = {
    "model.created": ("prompt", "created", _NEW_MODEL),
    "model_version.registered": ("prompt_version", "created", _NEW_TEMPLATE),
    "model.tagged": ("prompt_tag", "set", ("name", "key", "value")),
    "model.untagged": ("prompt_tag", "deleted", ("name", "key")),
    "model_version.tagged": ("prompt_version_tag", "set", _TAGGED),
    "model_version.untagged": ("prompt_version_tag", "deleted", _UNTAGGED),
    "model_version.promoted": ("prompt_alias", "created", _ALIAS),
    "model_version.alias_removed": ("prompt_alias", "deleted", _NO_ALIAS),
}
#: By MLflow's name of an event, such as ``registered_model.created``: the fields of its data.
MLFLOW_EVENTS: dict[str, Fields] = {
    f"{entity}.{action}": fields for entity, action, fields in (*_OURS.values(), *_PROMPTS.values())
}
#: What a test call tells, which is what MLflow tells in one.
_EXAMPLES: dict[str, Any] = {
    "version": "1",
    "source": "models:/123",
    "run_id": "abcd1234abcd5678",
    "alias": "example_alias",
    "key": "example_key",
    "value": "example_value",
    "template": "Hello {{name}}!",
    "tags": {"example_key": "example_value"},
}
_DESCRIPTIONS = {
    "registered_model": "An example registered model",
    "model_version": "An example model version",
    "prompt": "An example prompt",
    "prompt_version": "An example prompt version",
}
_EMPTY: dict[str, Any] = {"tags": {}, "description": None, "run_id": None, "value": "", "source": "", "template": ""}


def happenings(
    record: EventRecord, project: str, asked: Sequence[str], facts: Mapping[str, Any]
) -> Iterator[Happening]:
    """Yield an event under each of the names that a webhook asked for: MLflow's, and its own.

    facts: what the registry says of what the event tells of.

    >>> record = EventRecord(1, "e", "model.created", "delay", "ann", "2026-01-01T00:00:00Z", {}, 1)
    >>> asked = ["registered_model.created", "model.*", "run.*"]
    >>> [each.event for each in happenings(record, "p", asked, {"name": "delay"})]
    ['registered_model.created', 'model.created']
    """
    mapped = (_PROMPTS if facts.get("prompt") else _OURS).get(record.kind)
    if mapped is not None and f"{mapped[0]}.{mapped[1]}" in asked:
        entity, action, fields = mapped
        known = _EMPTY | record.data | dict(facts)
        body = mlflow_body(entity, action, record.at, {field: known.get(field) for field in fields})
        yield Happening(f"{entity}.{action}", body)
    if any(each in asked for each in (record.kind, f"{record.kind.partition('.')[0]}.*", "*")):
        yield Happening(record.kind, own_body(record, project))


def is_mlflows(record: EventRecord) -> bool:
    """Tell whether an event has a name of MLflow's, so that facts are needed to tell it."""
    return record.kind in _OURS or record.kind in _PROMPTS


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
        name = "example_prompt" if entity.startswith("prompt") else "example_model"
        examples = {**_EXAMPLES, "name": name, "description": _DESCRIPTIONS.get(entity)}
        return mlflow_body(entity, action, at, {field: examples[field] for field in MLFLOW_EVENTS[event]})
    record = EventRecord(0, "", "webhook.tested" if event.endswith("*") else event, "example", "", at, {}, 0)
    return own_body(record, "")


def mlflow_body(entity: str, action: str, at: str, data: Mapping[str, Any]) -> str:
    """Return a body as MLflow writes it."""
    return json.dumps({"entity": entity, "action": action, "timestamp": at, "data": dict(data)})


def own_body(record: EventRecord, project: str) -> str:
    """Return a body that tells an event as the audit trail has it."""
    told = {"kind": record.kind, "subject": record.subject, "by": record.actor, "at": record.at}
    return json.dumps({**told, "position": record.position, "project": project, "data": record.data})
