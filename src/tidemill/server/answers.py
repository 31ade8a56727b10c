"""JSON out and JSON in: dataclasses, instants and enums as they are, and strict reading with one clear line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar
from urllib.parse import parse_qs, parse_qsl

import msgspec
from fastapi import Depends, Request, Response

from tidemill.core import UsageError, did_you_mean
from tidemill.server.media_types import FORM, JSON, UnsupportedMediaTypeError, media_type

T = TypeVar("T")
_MOST_FIELDS = 20
_MOST_VALUES = 2000
_PATH = re.compile(r"`\$(?P<path>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>.*)`", re.DOTALL)


class Json(Response):
    """An answer in JSON."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        """Encode dataclasses, mappings, sequences, instants and enums; NaN becomes null."""
        return msgspec.json.encode(content)


def stored_json(data: bytes) -> msgspec.Raw:
    """Return JSON as it is stored, to stand inside an answer without being read and written again."""
    return msgspec.Raw(data)


def json_body(kind: type[T]) -> Any:
    """Return the dependency that reads a body of JSON as a frozen dataclass, refusing unknown fields."""

    async def read(request: Request) -> T:
        body = await request.body()
        found = media_type(request.headers.get("content-type"))
        if body and found != JSON:
            raise UnsupportedMediaTypeError(f"the content type is {found or 'missing'!r}; allowed is {JSON}")
        return decode_json(body or b"{}", kind)

    return Depends(read)


def decode_json(body: bytes, kind: type[T]) -> T:
    """Read JSON as a dataclass. Raises UsageError with one line: which field, its value, what is allowed."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"the body is not JSON: {error}") from error
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every kind is a dataclass
    if isinstance(raw, dict):
        for name in raw:
            if name not in known:
                raise UsageError(
                    f"the body has a field {name[:80]!r}, which is not known.{did_you_mean(name, known)} "
                    f"Known: {', '.join(known)}"
                )
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise UsageError(_explain(raw, str(error))) from error


def form_body() -> Any:
    """Return the dependency that reads a submitted form as a dictionary of its fields."""

    async def read(request: Request) -> dict[str, str]:
        body = await request.body()
        found = media_type(request.headers.get("content-type"))
        if body and found != FORM:
            raise UnsupportedMediaTypeError(f"the content type is {found or 'missing'!r}; allowed is {FORM}")
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError as error:
            raise UsageError(f"the form cannot be read: {error}") from error

    return Depends(read)


def form_lists() -> Any:
    """Return the dependency that reads a submitted form as lists of values by name."""

    async def read(request: Request) -> dict[str, list[str]]:
        body = await request.body()
        found = media_type(request.headers.get("content-type"))
        if body and found != FORM:
            raise UnsupportedMediaTypeError(f"the content type is {found or 'missing'!r}; allowed is {FORM}")
        try:
            return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_VALUES)
        except ValueError as error:
            raise UsageError(f"the form cannot be read: {error}") from error

    return Depends(read)


def _explain(raw: Any, message: str) -> str:
    missing = _MISSING.search(message)
    if missing:
        return f"the body lacks the field {missing['name']!r}"
    wanted = _PATH.sub("", message).removesuffix(" - at ").replace("`", "")
    found = _PATH.search(message)
    if found is None or not isinstance(raw, Mapping):
        return f"the body is {_short(raw)}: {wanted}"
    name = found["path"].strip(".").partition("[")[0].partition(".")[0]
    return f"the field {name!r} is {_short(raw.get(name))}: {wanted}"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else f"{text[:77]}..."
