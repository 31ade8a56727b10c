"""The kinds of bodies that are read and answered."""

from __future__ import annotations

from tidemill.core import TidemillError

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OCTETS = "application/octet-stream"


class UnsupportedMediaTypeError(TidemillError):
    """The body is declared as something else than what is read here."""

    code = "unsupported_media_type"
    http_status = 415


def media_type(header: str | None) -> str:
    """Return a content type without its parameters, in lower case.

    >>> media_type("Application/JSON; charset=utf-8")
    'application/json'
    """
    return (header or "").partition(";")[0].strip().lower()
