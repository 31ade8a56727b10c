"""Endpoints: what a project declares to be served, and the records of what has been."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from tidemill.core import UsageError, check_name, format_duration, parse_duration
from tidemill.evaluation import Evidence, Rule, as_rule
from tidemill.monitoring import Drift, Monitor, Performance
from tidemill.pipelines import Pipeline
from tidemill.registry import CHAMPION, Policy, PolicyInForce, written

Durability = Literal["strict", "normal", "lossy"]


@runtime_checkable
class Trigger(Protocol):
    """Something that asks for a retraining; the loop room declares them and alone acts on them."""

    @property
    def name(self) -> str:
        """Return a word for it, such as ``drift``."""
        ...

    @property
    def monitor(self) -> str:
        """Return the name of the monitor whose windows it reads, or nothing."""
        ...

    def describe(self) -> str:
        """Say it in words, such as ``every 28d``."""
        ...


@dataclass(frozen=True)
class Endpoint:
    """A declared endpoint: the pipeline that offers candidates, the gate they must pass, what is watched, and what
    asks for a retraining.

    environments: the way of a version, each with its own policy; the endpoint serves the last. None means that what
    passes the gate is champion.
    """

    name: str
    pipeline: Pipeline
    gate: tuple[Rule, ...]
    description: str = ""
    log: Durability = "normal"
    monitors: tuple[Monitor, ...] = ()
    retrain: tuple[Trigger, ...] = ()
    cool_down: timedelta = timedelta(days=7)
    environments: Mapping[str, Policy] = field(default_factory=dict)

    def policies(self) -> list[PolicyInForce]:
        """Return what governs the environments, in order; the last is the one that is served, as champion too."""
        named = self.environments or {CHAMPION: Policy()}
        last = list(named)[-1]
        told = {"description": self.description, "log": self.log, "declared": self._declared()}
        return [
            PolicyInForce(
                model=self.name,
                environment=name,
                endpoint=self.name,
                aliases=tuple(dict.fromkeys((name, CHAMPION))) if name == last else (name,),
                serves=name == last,
                rules=written((*self.gate, *each.gate)),
                approvers=each.approvers,
                four_eyes=each.four_eyes,
                n_approvals=each.n_approvals,
                expires_s=each.expires.total_seconds(),
                told=told if name == last else {},
            )
            for name, each in named.items()
        ]

    def rules(self) -> tuple[Rule, ...]:
        """Return all rules, the endpoint's first."""
        return (*self.gate, *(rule for each in self.environments.values() for rule in each.gate))

    def declared(self) -> dict[str, Any]:
        """Return gate, monitors and retraining as JSON values, for those who read without the project's code."""
        return self._declared() | {"environments": {each.environment: each.digest for each in self.policies()}}

    def _declared(self) -> dict[str, Any]:
        return {
            "pipeline": self.pipeline.name,
            "gate": [rule.to_json() for rule in self.gate],
            "monitors": [monitor.to_json() for monitor in self.monitors],
            "retrain": [trigger.describe() for trigger in self.retrain],
            "cool_down": format_duration(self.cool_down),
        }


def endpoint(  # noqa: PLR0913 - keywords that read as a sentence
    name: str,
    *,
    pipeline: Pipeline,
    gate: Sequence[Rule | Callable[[Evidence], tuple[bool, str]]],
    environments: Mapping[str, Policy] | None = None,
    monitors: Sequence[Monitor] = (),
    retrain: Sequence[Trigger] = (),
    cool_down: str = "7d",
    description: str = "",
    log: Durability = "normal",
) -> Endpoint:
    """Declare an endpoint; its registered model bears its name.

    pipeline: the pipeline whose runs offer candidates; it returns `candidate(...)`.
    gate: rules that a candidate must keep to be registered and promoted; at least one. A rule of your own is a function
        of the `Evidence` that returns whether it holds and a sentence.
    environments: the way of a version, as ``{"staging": policy(...), "production": policy(...)}``, each with rules and
        approvers of its own. The endpoint serves the last; without any, what passes the gate is served.
    monitors: what is watched of its answers, as `drift()` and `performance("auc", label_delay="1d")`.
    retrain: what asks for a retraining, as `every("28d")`, `on_drift()`, `on_drop(0.03)`.
    cool_down: how long after a retraining began no other begins, in event time.
    log: when an answer may leave: once its log record is on disk (strict), with the operating system (normal), or
        at once (lossy).

    Raises UsageError for a bad name, a pipeline that is none, no gate, what is no list or no duration, two monitors of
    a kind, what is neither monitor nor trigger, a trigger whose monitor is missing, or what is no policy.
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
    _check_list(name, "gate", gate, "[at_least('auc', 0.7)]")
    _check_list(name, "monitors", monitors, "[drift()]")
    _check_list(name, "retrain", retrain, "[every('28d')]")
    _check_watched(name, monitors, retrain)
    quiet = parse_duration(cool_down, f"cool_down of endpoint {name!r}")
    return Endpoint(
        name,
        pipeline,
        tuple(as_rule(rule) for rule in gate),
        description,
        log,
        tuple(monitors),
        tuple(retrain),
        quiet,
        _environments(name, {} if environments is None else environments),
    )


def _environments(name: str, given: object) -> dict[str, Policy]:
    if not isinstance(given, Mapping):
        raise UsageError(
            f"endpoint {name!r} is given environments={given!r}; give policies by name, as "
            "{'staging': policy(), 'production': policy(approvers=['ann'])}"
        )
    for each, its in given.items():
        check_name("environment", each)
        if not isinstance(its, Policy):
            raise UsageError(f"environment {each!r} of endpoint {name!r} is given {its!r}; give policy(...)")
    if CHAMPION in given and list(given)[-1] != CHAMPION:
        raise UsageError(f"endpoint {name!r} serves its {CHAMPION!r}, so it comes last of the environments")
    return dict(given)


def _check_list(name: str, what: str, given: object, example: str) -> None:
    if not isinstance(given, list | tuple):
        raise UsageError(f"endpoint {name!r} is given {what}={given!r}; give a list, as {example}")


def _check_watched(name: str, monitors: Sequence[object], retrain: Sequence[object]) -> None:
    for monitor in monitors:
        if not isinstance(monitor, Drift | Performance):
            raise UsageError(f"endpoint {name!r} is given {monitor!r} as a monitor; give drift() or performance(...)")
    names = [monitor.name for monitor in monitors if isinstance(monitor, Drift | Performance)]
    if len(set(names)) != len(names):
        raise UsageError(f"endpoint {name!r} has two monitors of a kind: {', '.join(names)}; keep one of each")
    for trigger in retrain:
        if not isinstance(trigger, Trigger):
            raise UsageError(
                f"endpoint {name!r} is given {trigger!r} to retrain on; give every('28d'), on_drift() or on_drop(0.03)"
            )
        if trigger.monitor and trigger.monitor not in names:
            raise UsageError(
                f"endpoint {name!r} retrains {trigger.describe()}, which the monitor {trigger.monitor!r} would find; "
                f"add tm.{trigger.monitor}(...) to its monitors"
            )


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
    """An endpoint as stored; `revision` is the one that serves.

    declared: `Endpoint.declared` as the project last had it; None when that was not recorded yet.
    """

    name: str
    model: str
    description: str
    log: str
    revision: int
    created_at: str
    created_by: str
    declared: dict[str, Any] | None = None
