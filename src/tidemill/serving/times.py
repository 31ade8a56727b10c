"""The data plane's time: when an answer is recorded, and the ids that encode it.

Both come from the clock that the process was given, so that a replay's predictions are logged in the replay's time. The
machine's clock is read without a detour: a request costs one `time.time_ns`, and nothing for the port.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tidemill.core import Clock, SystemClock
from tidemill.core.ids import IdMaker

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Times:
    """Tells the time in nanoseconds since 1970, and makes prediction ids. Thread-safe.

    now_ns: the present instant. Raises UnavailableError when a replay's clock cannot be read.
    make_ids: (milliseconds since 1970, count) -> that many strictly increasing ids.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        machine = clock is None or isinstance(clock, SystemClock)
        self.now_ns: Callable[[], int] = time.time_ns if machine else lambda: _nanoseconds(clock)  # type: ignore[arg-type]
        # Its own maker: ids of another time that were made before would push these after them.
        self.make_ids = IdMaker().make_many


def _nanoseconds(clock: Clock) -> int:
    return (clock.now() - _EPOCH) // _MICROSECOND * 1000
