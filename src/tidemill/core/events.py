"""Event records: what happened, in the past tense, with ids and small fields only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """One thing that happened to one subject.

    `kind` is dotted and past tense (``model_version.registered``), `subject` names the thing
    (``delay/1``), `data` holds ids, digests and small fields: never row content or personal data.
    """

    kind: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)
