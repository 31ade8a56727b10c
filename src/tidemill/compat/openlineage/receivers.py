"""Where lineage events go: to an address by POST, or to the end of a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from tidemill.core import TidemillError, UnavailableError, UsageError, sync_folder

_ENDPOINT = "api/v1/lineage"
_TIMEOUT_S = 5.0
#: An event that is answered so is no better the next time; any other answer may be.
_REFUSED = {400, 413, 422}


class RefusedEventError(TidemillError):
    """A receiver does not take an event, and never will."""

    code = "refused"


class Receiver(Protocol):
    """Takes events, one at a time and in order. One thread uses it."""

    def send(self, event: Mapping[str, Any]) -> None:
        """Hand over an event. Raises UnavailableError when it is worth another try, RefusedEventError when not."""
        ...

    def close(self) -> None:
        """Let go what it holds."""
        ...


def receiver_of(url: str, environ: Mapping[str, str] | None = None) -> Receiver:
    """Return the receiver that a setting names.

    url: ``http://`` or ``https://`` of the receiver, below which ``api/v1/lineage`` takes events (OPENLINEAGE_ENDPOINT
    names another path), with OPENLINEAGE_API_KEY as the bearer's token; or ``file:`` and a path, to which a line is
    added for each event. Raises UsageError for anything else.
    """
    environ = os.environ if environ is None else environ
    if url.startswith("file:"):
        path = unquote(urlsplit(url).path)
        if not path:
            raise UsageError(f"openlineage is {url!r}; write file:/path/of/events.jsonl")
        return FileReceiver(Path(path))
    if not url.startswith(("http://", "https://")):
        raise UsageError("openlineage names no receiver; it takes http://, https:// or file: and a path")
    endpoint = environ.get("OPENLINEAGE_ENDPOINT") or _ENDPOINT
    return HttpReceiver(f"{url.rstrip('/')}/{endpoint.strip('/')}", environ.get("OPENLINEAGE_API_KEY"))


class HttpReceiver:
    """Posts events as JSON."""

    def __init__(self, url: str, api_key: str | None = None, timeout_s: float = _TIMEOUT_S) -> None:
        self._url = url
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {api_key}"} if api_key else {})
        import httpx  # a fifth of a second, for the few that send events

        self._http = httpx.Client(headers=headers, timeout=timeout_s)
        self._errors = (httpx.HTTPError, httpx.InvalidURL)

    def send(self, event: Mapping[str, Any]) -> None:
        """Post one. Any answer of 2xx takes it."""
        where = urlsplit(self._url)._replace(netloc=urlsplit(self._url).netloc.rpartition("@")[2]).geturl()
        try:
            answer = self._http.post(self._url, content=json.dumps(event, allow_nan=False).encode())
        except self._errors as error:
            raise UnavailableError(f"{where} does not answer: {type(error).__name__} {error}".rstrip()) from error
        if answer.status_code in _REFUSED:
            raise RefusedEventError(f"{where} refuses an event with {answer.status_code}: {answer.text[:200]}")
        if not answer.is_success:
            raise UnavailableError(f"{where} answers {answer.status_code}")

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


class FileReceiver:
    """Adds events to the end of a file, a line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, event: Mapping[str, Any]) -> None:
        """Write one, durably. A line that a crash cut is left behind whole lines."""
        line = json.dumps(event, allow_nan=False).encode() + b"\n"
        try:
            made = not self._path.exists()
            with self._path.open("a+b") as file:
                if not made and file.tell():
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            if made:
                sync_folder(self._path.parent)
        except OSError as error:
            raise UnavailableError(f"{self._path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Do nothing: it holds nothing open."""
