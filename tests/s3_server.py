"""Moto's S3 endpoint, with conditional writes as S3 has them: of two with ``If-None-Match: *`` one is refused.

Moto looks whether the key is there and writes it afterwards, and its threads may both find nothing: a commit of a
table was overwritten by another one. Run as ``python -m tests.s3_server -H HOST -p PORT``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.s3.responses import S3Response
from moto.server import main

_ONE = threading.Lock()


def one_at_a_time(write: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of moto's that is executed by one thread at a time."""

    @wraps(write)
    def write_alone(self: S3Response, *args: Any, **kwargs: Any) -> Any:
        with _ONE:
            return write(self, *args, **kwargs)

    return write_alone


if __name__ == "__main__":
    for name in ("put_object", "_key_response_post"):
        setattr(S3Response, name, one_at_a_time(getattr(S3Response, name)))
    main()
