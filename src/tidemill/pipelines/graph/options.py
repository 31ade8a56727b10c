"""How a step is to be executed: again when it fails, for how long, with what, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tidemill.core import UsageError, did_you_mean, parse_duration
from tidemill.pipelines.errors import TraceError

_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


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


def changed_options(options: StepOptions, step: str, changes: Mapping[str, Any]) -> StepOptions:
    """Return options with some of them changed, as `tm.step` takes them. Raises TraceError for a wrong one."""
    known = [*(name for name in StepOptions.__dataclass_fields__ if name != "resources"), *_RESOURCES]
    for name, value in changes.items():
        if name not in known:
            raise TraceError(
                f"step {step!r} has no option {name!r}.{did_you_mean(name, known)} It has: {', '.join(known)}"
            )
        options = _changed(options, step, name, value)
    return options


_RESOURCES = ("cpus", "gpus", "memory", "custom")


def _changed(options: StepOptions, step: str, name: str, value: Any) -> StepOptions:
    what = f"{name} of step {step!r}"
    if name in _RESOURCES:
        key = "memory_bytes" if name == "memory" else name
        value = _bytes(what, value) if name == "memory" else value
        for amount in value.values() if name == "custom" else [value]:
            if amount is not None and not (_is_number(amount) and amount >= 0):
                raise TraceError(f"{what} is {value!r}; give a number that is not negative")
        return replace(options, resources=replace(options.resources, **{key: value}))
    if name in {"backoff", "timeout"}:
        value = _duration(what, value, none=name == "timeout")
    elif name in {"catch", "retry_on"}:
        value = _errors(what, value)
    elif name in {"retries", "priority", "seed"}:
        none = name == "seed" and value is None
        if not none and (type(value) is not int or (name != "priority" and value < 0)):
            raise TraceError(f"{what} is {value!r}; give a whole number")
    elif not isinstance(value, str):
        raise TraceError(f"{what} is {value!r}; give a name")
    return replace(options, **{name: value})


def _errors(what: str, value: Any) -> tuple[type[Exception], ...]:
    if isinstance(value, bool):
        return (Exception,) if value else ()
    kinds = tuple(value) if isinstance(value, Sequence) else (value,)
    if not all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds):
        raise TraceError(f"{what} is {value!r}; give error classes such as (ValueError,), or True for all")
    return kinds


def _duration(what: str, value: Any, *, none: bool) -> timedelta | None:
    if value is None and none:
        return None
    try:
        length = parse_duration(value) if isinstance(value, str) else value
    except UsageError as error:
        raise TraceError(f"{what}: {error}") from error
    if isinstance(length, int | float) and not isinstance(length, bool):
        length = timedelta(seconds=length)
    if not isinstance(length, timedelta) or length < timedelta():
        raise TraceError(f"{what} is {value!r}; give a duration such as '10m' or a number of seconds")
    return length


def _bytes(what: str, value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    text = str(value).upper().replace(" ", "")
    number = text.rstrip("KMGTIB")
    try:
        return int(float(number) * _BYTES[text[len(number) :]])
    except (KeyError, ValueError):
        raise TraceError(f"{what} is {value!r}; write it as '2GB', '512MiB' or a number of bytes") from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
