"""How a step is to be executed: again when it fails, for how long, with what, where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class Resources:
    """What a step needs while it runs. `custom` names anything else that an executor or a pool counts.

    cpus, gpus: how many; parts such as 0.5 share one. memory_bytes: None says nothing about it.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    memory_bytes: int | None = None
    custom: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class StepOptions:
    """How a step is to be executed; none of it changes what it returns, but `seed` and `environment`, which are part
    of its key.

    retries: how often it is tried again after an error; `backoff` is the wait before the first retry, doubled each
        time.
    retry_on: the errors that are worth another try. timeout: how long one try may take; None sets no limit.
    catch: errors that become a `Failure` as the step's result, so that what comes after goes on.
    pool: the named pool that its resources are drawn from. priority: a higher one goes first.
    environment: the tag of the environment that it needs. seed: what random numbers start from; None leaves them.
    """

    retries: int = 0
    backoff: timedelta = timedelta(seconds=1)
    retry_on: tuple[type[Exception], ...] = (Exception,)
    timeout: timedelta | None = None
    catch: tuple[type[Exception], ...] = ()
    resources: Resources = field(default_factory=Resources)
    pool: str = ""
    priority: int = 0
    environment: str = ""
    seed: int | None = None
