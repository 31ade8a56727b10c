"""Endpoints: what a project declares to be served, and the records of what has been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tidemill.core import UsageError, check_name
from tidemill.evaluation import GateRule
from tidemill.pipelines import Pipeline

Durability = Literal["strict", "normal", "lossy"]


@dataclass(frozen=True)
class Endpoint:
    """A declared endpoint: the pipeline that offers candidates, and the gate they must pass."""

    name: str
    pipeline: Pipeline
    gate: tuple[GateRule, ...]
    description: str = ""
    log: Durability = "normal"


def endpoint(
    name: str, *, pipeline: Pipeline, gate: Sequence[GateRule], description: str = "", log: Durability = "normal"
) -> Endpoint:
    """Declare an endpoint; its registered model bears its name.

    pipeline: the pipeline whose runs offer candidates; it returns `candidate(...)`.
    gate: rules that a candidate must keep to be registered and promoted; at least one.
    log: when an answer may leave: once its log record is on disk (strict), with the operating system (normal), or
        at once (lossy).

    Raises UsageError for a bad name, a pipeline that is none, or no gate.
    """
    check_name("endpoint", name)
    if not isinstance(pipeline, Pipeline):
        raise UsageError(f"endpoint {name!r} is given {type(pipeline).__name__} as its pipeline; decorate it @pipeline")
    if not gate:
        raise UsageError(
            f"endpoint {name!r} has no gate, so anything would be served; give one, as at_least('auc', 0.7)"
        )
    if log not in {"strict", "normal", "lossy"}:
        raise UsageError(f"endpoint {name!r} logs {log!r}; choose strict, normal or lossy")
    return Endpoint(name, pipeline, tuple(gate), description, log)


@dataclass(frozen=True)
class Revision:
    """One deployment of a model version to an endpoint; numbers count up and are never used again."""

    endpoint: str
    revision: int
    model: str
    version: int
    package_digest: str
    reason: str
    created_at: str
    created_by: str

    @property
    def reference(self) -> str:
        """Return the model version, such as ``delay/3``."""
        return f"{self.model}/{self.version}"


@dataclass(frozen=True)
class DeployedEndpoint:
    """An endpoint as stored; `revision` is the one that serves."""

    name: str
    model: str
    description: str
    log: str
    revision: int
    created_at: str
    created_by: str
