"""What computing costs, as a project sets it: the table ``[prices]`` of tidemill.toml."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tidemill.core.errors import UsageError, did_you_mean


@dataclass(frozen=True)
class Prices:
    """What an hour of one CPU, one GPU and one GB (10^9 bytes) of memory costs; 0 costs nothing. currency: its name.

    >>> Prices(cpu_hour=0.04).cost(seconds=90, cpus=2)
    0.002
    """

    cpu_hour: float = 0.0
    gpu_hour: float = 0.0
    memory_gb_hour: float = 0.0
    currency: str = "USD"

    def __bool__(self) -> bool:
        return bool(self.cpu_hour or self.gpu_hour or self.memory_gb_hour)

    def cost(self, seconds: float, cpus: float = 1.0, gpus: float = 0.0, memory_bytes: int | None = None) -> float:
        """Return what holding so much for so many seconds costs."""
        an_hour = cpus * self.cpu_hour + gpus * self.gpu_hour + (memory_bytes or 0) / 1e9 * self.memory_gb_hour
        return seconds / 3600 * an_hour


def parse_prices(given: Any, where: str) -> Prices:
    """Read the table, or ``cpu_hour = 0.04; currency = EUR`` of the environment. where: who set it. Raises UsageError.

    >>> parse_prices({"cpu_hour": 0.04, "currency": "EUR"}, "tidemill.toml")
    Prices(cpu_hour=0.04, gpu_hour=0.0, memory_gb_hour=0.0, currency='EUR')
    """
    if isinstance(given, Prices):
        return given
    if isinstance(given, str):
        pairs = [pair.partition("=") for pair in given.split(";") if pair.strip()]
        given = {name.strip(): _number(value.strip()) for name, _, value in pairs}
    if not isinstance(given, Mapping):
        raise UsageError(f"{where} sets prices to {given!r}; it takes a table such as {{cpu_hour = 0.04}}")
    names = [each.name for each in fields(Prices)]
    for name, value in given.items():
        if name not in names:
            raise UsageError(
                f"{where} sets the price {name!r}, which is none.{did_you_mean(name, names)} Known: {', '.join(names)}"
            )
        if name == "currency":
            fits = isinstance(value, str) and value.isprintable() and 0 < len(value) <= 10
        else:
            fits = type(value) in {int, float} and math.isfinite(value) and value >= 0
        if not fits:
            raise UsageError(f"{where} sets prices.{name} to {value!r}; it takes {_WANTED[name == 'currency']}")
    told: dict[str, Any] = {name: value if name == "currency" else float(value) for name, value in given.items()}
    return Prices(**told)


_WANTED = ("a number from 0 upwards, such as 0.04", "a short name such as 'EUR'")


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
