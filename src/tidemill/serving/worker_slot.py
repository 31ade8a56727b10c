"""A worker's slot: which number it has on this machine, held by the operating system and gone with it.

Because a number has one living holder, whatever older epochs of the same number left open is nobody's any
more: it is healed and sealed when the slot is taken.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from tidemill.core import UnavailableError, make_private_folder, new_id
from tidemill.serving.segments import Damage, SegmentName, heal, seal

_MOST_WORKERS = 256


@dataclass(frozen=True)
class WorkerSlot:
    """A held number and the epoch of this holder. The descriptor is the lock; it is never closed by us."""

    worker: str
    epoch: str
    descriptor: int


def take_slot(root: Path) -> WorkerSlot:
    """Take the lowest free worker number under the prediction log's folder. Raises UnavailableError."""
    make_private_folder(root)
    for number in range(1, _MOST_WORKERS + 1):
        descriptor = os.open(root / f".w{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return WorkerSlot(f"w{number}", new_id(), descriptor)
    raise UnavailableError(f"{_MOST_WORKERS} workers write to {root} already; stop some first")


def recover(root: Path, slot: WorkerSlot) -> list[Damage]:
    """Heal and seal the segments that earlier holders of the slot left open; return what was torn."""
    torn: list[Damage] = []
    for path in sorted(root.glob(f"*/*/{slot.worker}-*.open")):
        name = SegmentName.parse(path.name)
        if name is None or name.epoch == slot.epoch:
            continue
        damage = heal(path)
        if damage is not None:
            torn.append(damage)
        seal(path)
    return torn
