"""The HTTP client: predictions from a data plane, answers from a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from tidemill.client.artifacts import RunFiles
from tidemill.client.blob_transfer import download_file, upload_file
from tidemill.client.direct_transfer import send_directly
from tidemill.client.pack_transfer import download_files, upload_files
from tidemill.client.promotions import Promotions
from tidemill.core import (
    ConflictError,
    DamagedError,
    ForbiddenError,
    NotFoundError,
    TidemillError,
    UnauthenticatedError,
    UnavailableError,
    UsageError,
)

_ERRORS: tuple[type[TidemillError], ...] = (
    UsageError,
    NotFoundError,
    ConflictError,
    ForbiddenError,
    UnauthenticatedError,
    UnavailableError,
    DamagedError,
)
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
# About half of what a server reads at once.
_LABELS_A_BATCH = 5000


@dataclass(frozen=True)
class Prediction:
    """One answer: the id under which it is logged, its value (None for NaN), and the model version that gave it."""

    prediction_id: str
    value: float | None
    model: str


@dataclass(frozen=True)
class Labelled:
    """What became of labels: how many count from now on, were known before, or wait in quarantine and why."""

    n_accepted: int = 0
    n_repeated: int = 0
    n_quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def plus(self, answer: Mapping[str, Any]) -> Labelled:
        """Return the sum of this and what a server answered."""
        reasons = {**self.reasons}
        for reason, count in answer["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + count
        return Labelled(
            self.n_accepted + answer["n_accepted"],
            self.n_repeated + answer["n_repeated"],
            self.n_quarantined + answer["n_quarantined"],
            reasons,
        )


class Client:
    """Talks to one address, of a server or of a data plane. Thread-safe; close it, or use it in a with statement.

    token: sent as a bearer token when given.
    timeout_s: how long one attempt may take. retry_s: how long a prediction with a request id is asked for again
        while the data plane is away or busy; 0 asks once.
    promotions: asking for promotions and answering them.
    """

    def __init__(self, url: str, token: str | None = None, timeout_s: float = 30.0, *, retry_s: float = 15.0) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._retry_s = retry_s
        self._http = httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=timeout_s)
        self.promotions = Promotions(self.get, self.post)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(
        self,
        endpoint: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        project: str = "default",
        request_id: str | None = None,
    ) -> list[Prediction]:
        """Ask an endpoint of a data plane for one prediction per row, in order.

        rows: the request's columns by name; instants may be datetimes, and NaN is sent as null.
        request_id: the caller's own id, one for each request. With it a request can be sent again and is still answered
            and logged once, so when the connection breaks or the data plane is not ready, it is.

        Raises UsageError for rows the endpoint does not take, NotFoundError for an unknown endpoint, ConflictError for
        a request id that came before with other rows, UnavailableError when the data plane cannot be reached or is not
        ready, with a request id once `retry_s` have passed.
        """
        asked: dict[str, Any] = {"rows": rows}
        if request_id is not None:
            asked["request_id"] = request_id
        try:
            body = msgspec.json.encode(asked)
        except TypeError as error:
            raise UsageError(
                f"the rows cannot be sent as JSON: {error}; give text, numbers, booleans, datetimes and None"
            ) from error
        place = (
            quote(endpoint, safe="")
            if project == "default"
            else f"{quote(project, safe='')}/{quote(endpoint, safe='')}"
        )
        path = f"/predict/{place}"
        send = partial(self._send, path, body)
        answer = self._again(send) if request_id else send()
        return [Prediction(each["prediction_id"], each["value"], answer["model"]) for each in answer["predictions"]]

    def label(self, labels: Sequence[Mapping[str, Any]], *, correct: bool = False) -> Labelled:
        """Tell a server what turned out true; sent in batches, each recorded as a whole or not at all.

        labels: each with `prediction_id`, `label` (true, false or a number) and, when known, `event_at`.
        correct: another value replaces the one given before.

        Recording the same label again changes nothing, so a batch is sent again when the connection breaks.

        Raises UsageError for what is no label, ForbiddenError below labeller, UnavailableError when the server cannot
        be reached once `retry_s` have passed.
        """
        total = Labelled()
        for start in range(0, len(labels), _LABELS_A_BATCH):
            batch = {"labels": labels[start : start + _LABELS_A_BATCH], "correct": correct}
            send = partial(self._send, "/api/labels", msgspec.json.encode(batch))
            total = total.plus(self._again(send))
        return total

    def upload(self, path: Path, *, direct: bool = False) -> str:
        """Send a file to a server, in pieces that go on where the connection broke, and return its digest.

        direct: past the server, straight into its bucket by a signed URL; through the server where there is no bucket,
            it cannot be reached from here, or the file has more than 5 GiB.

        Raises ForbiddenError below editor, UnavailableError when the server stays away, OSError.
        """
        return (send_directly(self._call, path) if direct else None) or upload_file(self._call, path)

    def download(self, digest: str, path: Path) -> None:
        """Write what was uploaded to a file, which appears whole and checked or not at all.

        Raises NotFoundError for what was not uploaded to this project, DamagedError, UnavailableError, OSError.
        """
        download_file(self._http, digest, path, _error_of)

    def upload_files(self, paths: Sequence[Path]) -> list[str]:
        """Send many files and return their digests in order; small ones share requests, as packs of up to 4 MiB.

        Raises ForbiddenError below editor, UnavailableError when the server stays away, OSError.
        """
        return upload_files(self._call, paths)

    def download_files(self, digests: Sequence[str], folder: Path) -> list[Path]:
        """Write blobs that were uploaded to files of a folder, named by their digests; small ones 500 a request.

        Files that are there and whole are not asked for again. Raises NotFoundError for what was not uploaded to this
        project, UsageError for what is no digest, DamagedError, UnavailableError, OSError.
        """
        return download_files(self._http, digests, folder, _error_of)

    @property
    def artifacts(self) -> RunFiles:
        """Files of runs: put, list, get and delete them."""
        return RunFiles(self._call, self._http, _error_of)

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON that a path answers with. Raises the error that the server names."""
        return self._call("GET", path, params={name: value for name, value in query.items() if value is not None})

    def read(self, path: str, **query: Any) -> bytes:
        """Return the bytes that a path answers with. Raises the error that the server names."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._answer("GET", path, params=given).content

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send JSON to a path and return the JSON it answers with. Raises the error that the server names."""
        return self._call("POST", path, json=dict(body or {}))

    def _send(self, path: str, body: bytes) -> Any:
        return self._call("POST", path, content=body, headers={"Content-Type": "application/json"})

    def _again(self, ask: Callable[[], Any]) -> Any:
        """Ask until there is an answer other than that there is none now, or the time for it is over."""
        deadline, pause = time.monotonic() + self._retry_s, _FIRST_PAUSE_S
        while True:
            try:
                return ask()
            except UnavailableError:
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, pause * 1.5)

    def _call(self, method: str, path: str, **given: Any) -> Any:
        response = self._answer(method, path, **given)
        return response.json() if response.content else None

    def _answer(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **given)
        except httpx.TimeoutException as error:
            raise UnavailableError(f"{self._http.base_url} did not answer {method} {path} in time") from error
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"{self._http.base_url} cannot be reached ({error}); is it running? 'tidemill up' starts it"
            ) from error
        if response.is_success:
            return response
        raise _error_of(response)


def _error_of(response: httpx.Response) -> TidemillError:
    try:
        body = response.json()["error"]
        code, message = str(body["code"]), str(body["message"])
    except (ValueError, KeyError, TypeError):
        return UnavailableError(f"{response.request.url} answered {response.status_code}: {response.text[:200]}")
    for kind in _ERRORS:
        if kind.code == code:
            return kind(message)
    if response.status_code == 429:  # there is no room now, as there may be a little later
        return UnavailableError(message)
    by_status = {kind.http_status: kind for kind in _ERRORS}
    kind = by_status.get(response.status_code, UsageError if response.is_client_error else UnavailableError)
    return kind(message)
