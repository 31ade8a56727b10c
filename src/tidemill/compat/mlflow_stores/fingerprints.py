"""What a run comes to, as digests that are compared on both sides: whatever differs in one place is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tidemill.compat.mlflow_stores.records import MovedLoggedModel, MovedModel, MovedRun, MovedTrace, MovedVersion
from tidemill.compat.mlflow_stores.server_marks import without_marks
from tidemill.core import digest_bytes

_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_ELSEWHERE = frozenset({"id", "experiment_id", "location"})
_LARGEST = np.finfo(np.float64).max
_Moved = TypeVar("_Moved", MovedRun, MovedLoggedModel, MovedModel, MovedVersion, MovedTrace)
_Hashes = NDArray[np.uint64]


@dataclass
class PointsSeen:
    """The points of one run as they pass: 8 bytes of memory each. The same point seen twice counts once."""

    keys: dict[str, list[_Hashes]] = field(default_factory=dict)

    def add(self, key: str, points: Iterable[tuple[int, int, float]]) -> None:
        """Take in points of a key. Raises OverflowError for a step or an instant of more than 64 bits."""
        self.keys.setdefault(key, []).append(_hashes(points))

    def digests(self) -> dict[str, tuple[int, str]]:
        """Return, by key, how many different points there are, and their digest."""
        whole = {key: np.unique(np.concatenate(parts)) for key, parts in self.keys.items()}
        return {key: (len(hashes), digest_bytes(hashes.tobytes())) for key, hashes in whole.items() if len(hashes)}


def differences(source: _Moved, target: _Moved, untold: AbstractSet[str] = frozenset()) -> list[str]:
    """Return which fields of a record are not the same on both sides, but for ids and places.

    untold: fields that the target keeps no values of, as ``MovedRun.deleted_ms``.
    """
    kind, unknown = type(source).__name__, {"deleted_ms"} if getattr(source, "deleted_ms", 0) is None else set[str]()
    names = [each.name for each in fields(source) if each.name not in _ELSEWHERE | unknown]
    names = [name for name in names if f"{kind}.{name}" not in untold]
    return [name for name in names if _ordered(getattr(source, name)) != _ordered(getattr(target, name))]


def point_differences(source: PointsSeen | None, target: PointsSeen | None) -> list[str]:
    """Return which metrics do not have the same points on both sides."""
    ours, theirs = (seen.digests() if seen else {} for seen in (source, target))
    return [f"metric {key}" for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]


def _ordered(value: object) -> object:
    if isinstance(value, tuple):
        return sorted(map(repr, value))
    return without_marks(value) if isinstance(value, Mapping) else value


def _hashes(points: Iterable[tuple[int, int, float]]) -> _Hashes:
    given = list(points)
    if not given:
        return np.empty(0, np.uint64)
    steps, instants, values = zip(*given, strict=True)
    real = np.array(values, np.float64) + 0.0  # there is one nought, and one that is not a number
    real[np.isnan(real)] = np.nan
    np.clip(real, -_LARGEST, _LARGEST, out=real)  # MLflow's databases hold the largest number for an infinite one
    mixed = np.zeros(len(given), np.uint64)
    for part in (np.array(steps, np.int64), np.array(instants, np.int64), real):
        mixed = _mixed(mixed + _MIX[0] + part.view(np.uint64))
    return mixed


def _mixed(hashes: _Hashes) -> _Hashes:
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _MIX[1]
    hashes = (hashes ^ (hashes >> np.uint64(27))) * _MIX[2]
    return hashes ^ (hashes >> np.uint64(31))
