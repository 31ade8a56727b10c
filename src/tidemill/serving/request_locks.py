"""One worker at a time answers a request id: byte-range locks on one file that all workers of a store share.

The operating system gives a lock back when its holder dies, so a killed worker keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from hashlib import blake2b
from pathlib import Path

from tidemill.core import UnavailableError, make_private_folder

_PATIENCE_S = 20.0
_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.02


class RequestLocks:
    """Locks on request ids under the prediction log's folder. One per process: a second would undo the first's."""

    def __init__(self, root: Path) -> None:
        make_private_folder(root)
        self._descriptor = os.open(root / ".requests.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    async def take(self, key: str) -> int:
        """Return the held lock of a key, once no other process has it.

        Raises UnavailableError when that takes too long, or the folder's file system has no locks.
        """
        # 62 bits: two keys of one moment share a lock less often than memory fails, and then one waits.
        lock = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 2
        deadline, pause = time.monotonic() + _PATIENCE_S, _FIRST_PAUSE_S
        while True:
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, lock)
            except (BlockingIOError, PermissionError) as error:
                if time.monotonic() > deadline:
                    raise UnavailableError("another worker is answering this request; try again") from error
            except OSError as error:
                raise UnavailableError(f"the request's id cannot be locked ({error.strerror}); try again") from error
            else:
                return lock
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, pause * 2)

    def release(self, lock: int) -> None:
        """Give a lock back."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, lock)
