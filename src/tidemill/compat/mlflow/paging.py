"""Page tokens: opaque to clients, a place within."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from tidemill.compat.mlflow.errors import invalid

_LONGEST = 4000


def token_of(place: Any) -> str:
    """Return the token for a place.

    >>> place_of(token_of({"offset": 5}))
    {'offset': 5}
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def place_of(token: str) -> Any:
    """Return the place of a token. Raises MlflowError for what is none."""
    try:
        if len(token) > _LONGEST:
            raise ValueError(token[:80])
        return msgspec.json.decode(base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise invalid(f"Invalid page token, could not base64-decode: {token[:80]!r}; use that of a page") from error
