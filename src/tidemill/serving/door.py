"""The door: who may ask. Host and Origin on every request, a token off loopback.

Only `/health` and `/ready` need no token. The list of valid tokens is a file that the control plane keeps. It is
read again twice a second while requests come, so a revoked token ends within a second.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidemill.access import check_bind, check_host, check_origin, is_loopback, read_token_file, token_digest
from tidemill.core import DamagedError, UnauthenticatedError, from_iso

_REREAD_EVERY_S = 0.5
_MOST_HOSTS = 64


@dataclass(frozen=True)
class _Grant:
    project: str
    until: float


class Door:
    """Checks requests. Used from the loop's thread only."""

    def __init__(self, host: str, allowed_hosts: Sequence[str], token_file: Path) -> None:
        self._allowed = tuple(allowed_hosts)
        self._token_file = token_file
        self._needs_token = not is_loopback(host)
        self._grants: dict[str, _Grant] = {}
        self._read_at = 0.0
        self._hosts: set[str] = set()

    def check(self, method: str, headers: Any) -> None:
        """Refuse a foreign Host or Origin. Raises ForbiddenError."""
        hosts = headers.get_all("host")
        origin = headers.get("origin")
        if origin is None and len(hosts) == 1 and hosts[0] in self._hosts:
            return
        check_host(hosts, self._allowed)
        check_origin(method, origin, hosts[0])
        if len(self._hosts) < _MOST_HOSTS:
            self._hosts.add(hosts[0])

    def project(self, headers: Any) -> str | None:
        """Return the one project that the request may see, None for all of them.

        Raises UnauthenticatedError off loopback without a valid token.
        """
        if not self._needs_token:
            return None
        self._reread()
        kind, _, secret = (headers.get("authorization") or "").partition(" ")
        grant = self._grants.get(token_digest(secret.strip())) if kind.lower() == "bearer" else None
        if grant is None or grant.until <= time.time():
            raise UnauthenticatedError(
                "a valid token is needed; send 'Authorization: Bearer TOKEN', an admin makes one with "
                "'tidemill token create NAME'"
            )
        return grant.project

    def _reread(self) -> None:
        now = time.monotonic()
        if now - self._read_at < _REREAD_EVERY_S:
            return
        self._read_at = now
        try:
            tokens = read_token_file(self._token_file)
            self._grants = {
                token["digest"]: _Grant(token["project"], from_iso(token["expires_at"]).timestamp()) for token in tokens
            }
        except (DamagedError, KeyError, TypeError, AttributeError):
            self._grants = {}  # closed, not open, when nobody can tell who is allowed


def check_start(host: str, token_file: Path) -> None:
    """Refuse to listen off loopback while no token exists. Raises UsageError or DamagedError."""
    check_bind(host, has_tokens=bool(is_loopback(host) or read_token_file(token_file)))
