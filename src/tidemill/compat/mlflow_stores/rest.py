"""Calls of MLflow's REST API, as its clients make them: their credentials, patience and errors."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from tidemill.core import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    UsageError,
)

_PATIENCE_S, _TRIES = 60.0, 5
_AGAIN = {408, 429, 500, 502, 503, 504}
_ERRORS = {401: UnauthenticatedError, 403: ForbiddenError, 404: NotFoundError, 409: ConflictError}
_TAKEN = {"RESOURCE_ALREADY_EXISTS", "RESOURCE_CONFLICT"}


class MlflowServer:
    """A server of MLflow's API. Thread-safe.

    Credentials are those that MLflow's clients take: MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD, or
    MLFLOW_TRACKING_TOKEN. where: its address without secrets. Raises UsageError for what is no such address.
    """

    def __init__(self, url: str, tries: int = _TRIES) -> None:
        parts = urlsplit(url)
        if not parts.hostname:
            raise UsageError(f"{url[:200]!r} is no server's address; write http://HOST:PORT")
        self.where = parts._replace(netloc=parts.netloc.split("@")[-1]).geturl().rstrip("/")
        user, password = os.environ.get("MLFLOW_TRACKING_USERNAME"), os.environ.get("MLFLOW_TRACKING_PASSWORD")
        token = os.environ.get("MLFLOW_TRACKING_TOKEN")
        user, password = (parts.username, parts.password or "") if parts.username else (user, password)
        headers = {"Authorization": f"Bearer {token}"} if token and not user else {}
        auth = (user, password or "") if user else None
        insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() == "true"
        self._tries = tries
        self._http = httpx.Client(
            base_url=self.where, headers=headers, auth=auth, timeout=_PATIENCE_S, verify=not insecure, trust_env=False
        )

    def get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """Ask; a list in the query is repeated. Raises what the server's answer stands for."""
        given = [(name, each) for name, value in query.items() for each in _each(value)]
        return self._answer("GET", path, params=given)

    def post(self, path: str, body: Mapping[str, Any], verb: str = "POST") -> dict[str, Any]:
        """Send. Raises what the server's answer stands for."""
        return self._answer(verb, path, json=body)

    def pages(self, path: str, field: str, body: Mapping[str, Any]) -> Iterator[list[Any]]:
        """Yield what a search finds, page by page."""
        token = ""
        while True:
            found = self.post(path, {**body, "page_token": token} if token else body)
            if found.get(field):
                yield found[field]
            token = found.get("next_page_token") or ""
            if not token:
                return

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[bytes]]:
        """Yield the pieces of a file of the artifact proxy. Raises NotFoundError, UnavailableError."""
        try:
            with self._http.stream("GET", _artifact(path)) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise self._error(answer)
                yield answer.iter_bytes(1 << 20)
        except httpx.HTTPError as error:
            raise self._gone(error) from error

    def put(self, path: str, pieces: Iterable[bytes]) -> None:
        """Send a file to the artifact proxy."""
        try:
            answer = self._http.put(_artifact(path), content=iter(pieces))
        except httpx.HTTPError as error:
            raise self._gone(error) from error
        if answer.status_code != httpx.codes.OK:
            raise self._error(answer)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _answer(self, verb: str, path: str, **given: Any) -> dict[str, Any]:
        if "json" in given:
            text = json.dumps(given.pop("json"))
            given |= {"content": text.encode(), "headers": {"Content-Type": "application/json"}}
        last: Exception = UnavailableError(f"{self.where} does not answer")
        for attempt in range(self._tries):
            try:
                answer = self._http.request(verb, path, **given)
            except httpx.InvalidURL as error:
                raise UsageError(f"{self.where} is no server's address: {error}") from error
            except httpx.HTTPError as error:
                last = self._gone(error)
            else:
                if answer.status_code not in _AGAIN:
                    return self._read(answer)
                last = self._error(answer)
            if attempt + 1 < self._tries:
                time.sleep(min(4.0, 0.2 * 2**attempt))
        raise last

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code != httpx.codes.OK:
            raise self._error(answer)
        try:
            found = json.loads(answer.content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UsageError(f"{self.where} is no MLflow server: it answers, but not in JSON")
        return found

    def _error(self, answer: httpx.Response) -> Exception:
        try:
            told = json.loads(answer.content)
            code, message = str(told["error_code"]), str(told.get("message", ""))
        except (ValueError, TypeError, KeyError):
            code, message = "", f"HTTP {answer.status_code}"
        if answer.status_code == httpx.codes.NOT_FOUND and not code:
            return UsageError(f"{self.where} is no MLflow server: it does not know {answer.request.url.path}")
        kind = _ERRORS.get(answer.status_code)
        if code in _TAKEN:
            kind = ConflictError
        elif kind is None:
            kind = UnavailableError if answer.status_code in _AGAIN else UsageError
        hint = "; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        extra = hint if answer.status_code == httpx.codes.UNAUTHORIZED else ""
        return kind(f"{self.where} says: {message[:300]}{extra}")

    def _gone(self, error: Exception) -> UnavailableError:
        return UnavailableError(f"{self.where} does not answer: {str(error) or type(error).__name__}")


def _each(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _artifact(path: str) -> str:
    return f"/api/2.0/mlflow-artifacts/artifacts/{quote(path)}"
