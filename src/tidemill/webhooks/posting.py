"""A POST to the very address that was checked, signed; redirects are checked anew, and few are followed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from tidemill.core import UnavailableError
from tidemill.webhooks.addresses import Addresses, Target

_TIMEOUT_S, _WITHIN_S = 10.0, 20.0
_MOST_REDIRECTS = 3
_KEEPS_POST = {307, 308}
_MOST_READ_BYTES = 4096


@dataclass(frozen=True)
class Answer:
    """What a receiver answered."""

    status: int
    body: str

    @property
    def taken(self) -> bool:
        """Tell whether the delivery was taken."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Message:
    """What is sent: the delivery's id, the same each time it is tried, its event and its body."""

    id: str
    event: str
    body: str


def signature(secret: str, delivery_id: str, timestamp: str, body: str) -> str:
    """Return the signature of a delivery, as MLflow signs: HMAC-SHA256 of ``ID.TIMESTAMP.BODY``.

    >>> signature("secret", "1", "1700000000", "{}")[:8]
    'v1,PgYwg'
    """
    signed = hmac.new(secret.encode(), f"{delivery_id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def post(addresses: Addresses, url: str, message: Message, secret: str | None) -> Answer:
    """Send a message once and return what was answered.

    Raises NotAllowedAddressError before anything is connected to, UnavailableError when nobody answers in time.
    """
    headers = _headers(message, secret)
    deadline = time.monotonic() + _WITHIN_S
    for _ in range(_MOST_REDIRECTS + 1):
        answer, location = _once(addresses.resolve(url), message.body, headers, deadline)
        if location is None:
            return answer
        url = urljoin(url, location)
    raise UnavailableError(f"the receiver redirects more than {_MOST_REDIRECTS} times")


def _headers(message: Message, secret: str | None) -> dict[str, str]:
    timestamp = str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "user-agent": "tidemill",
        "accept-encoding": "identity",
        "x-mlflow-delivery-id": message.id,
        "x-mlflow-timestamp": timestamp,
        "x-tidemill-event": message.event,
    }
    if secret:
        headers["x-mlflow-signature"] = signature(secret, message.id, timestamp, message.body)
    return headers


def _once(target: Target, body: str, headers: Mapping[str, str], deadline: float) -> tuple[Answer, str | None]:
    """Send to the address of a target; return the answer, and where it sends on to."""
    import httpx  # a fifth of the start of a server, for the few that send

    address = f"[{target.address}]" if ":" in target.address else target.address
    url = f"{target.scheme}://{address}:{target.port}{target.path}"
    given = {**headers, "host": target.authority}
    # No proxy of the environment: it would resolve the name anew.
    with httpx.Client(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False) as http:
        try:
            request = http.build_request(
                "POST", url, content=body.encode(), headers=given, extensions={"sni_hostname": target.host}
            )
            answer = http.send(request, stream=True)
            read = _beginning(answer.iter_raw(), deadline)
            answer.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UnavailableError(f"the receiver does not answer: {type(error).__name__}") from error
    location = answer.headers.get("location") if answer.status_code in _KEEPS_POST else None
    return Answer(answer.status_code, read), location


def _beginning(chunks: Iterator[bytes], deadline: float) -> str:
    read = b""
    for chunk in chunks:
        read += chunk
        if len(read) >= _MOST_READ_BYTES or time.monotonic() > deadline:
            break
    return read[:_MOST_READ_BYTES].decode("utf-8", "replace")
