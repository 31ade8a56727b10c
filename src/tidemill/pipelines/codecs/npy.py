"""Reading npy from bytes that somebody else may have written: the size that it claims must be the size that came."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy

from tidemill.core import DamagedError

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0, (3, 0): npy.read_array_header_2_0}


def array_of(data: bytes) -> Any:
    """Return the array that is stored as npy, without making room before its bytes were seen to be there.

    Raises DamagedError for what is no npy, claims another size than it has, or holds Python objects.

    >>> file = io.BytesIO()
    >>> np.save(file, np.arange(3))
    >>> array_of(file.getvalue()).tolist()
    [0, 1, 2]
    """
    file = io.BytesIO(data)
    try:
        version = npy.read_magic(file)
        if version not in _HEADERS:
            raise DamagedError(f"the array is npy of version {version}; known are 1 to 3")
        shape, _, kind = _HEADERS[version](file)
        claimed, there = math.prod(shape) * kind.itemsize, len(data) - file.tell()
        if min(shape, default=0) < 0 or claimed != there or kind.hasobject:
            raise DamagedError(f"the array claims {claimed:,} bytes and has {there:,}, or holds objects; make it anew")
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, OverflowError, MemoryError) as error:
        raise DamagedError(f"the bytes are no array as npy: {str(error)[:200]}") from error
