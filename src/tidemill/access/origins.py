"""Guards against the browser as a confused deputy: which Host and which Origin may be answered.

A page that re-points its name at 127.0.0.1 (DNS rebinding) sends its own name as Host; a page on another
site sends its own Origin. Both are refused, for reads too, whatever the method or user agent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from tidemill.core import ForbiddenError, UsageError

#: What a page of ours may load, and who may frame it.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SAFE_METHODS = frozenset({"GET", "HEAD"})


def is_loopback(host: str) -> bool:
    """Tell whether a bind address is reachable from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_host(headers: Collection[str], allowed: Collection[str] = ()) -> str:
    """Return the host name of a request when it may be answered; `headers` are all its Host headers.

    Raises ForbiddenError for a missing, doubled or unknown host.

    >>> check_host(["127.0.0.1:8400"])
    '127.0.0.1'
    """
    host = next(iter(headers)) if len(headers) == 1 else ""
    name = _without_port(host)
    if name in _LOOPBACK_NAMES or (name and name in {entry.lower() for entry in allowed}):
        return name
    raise ForbiddenError(
        f"the host {host[:80]!r} is not served here; use localhost, or list the name under allowed_hosts"
    )


def check_origin(method: str, origin: str | None, host: str) -> None:
    """Refuse a request that another site's page has sent; requests without an Origin are not a page's.

    `host` is the request's Host header with its port. Raises ForbiddenError.

    >>> check_origin("POST", "http://127.0.0.1:8400", "127.0.0.1:8400")
    """
    if origin is None:
        return
    scheme, found, place = origin.partition("://")
    if found and scheme in {"http", "https"} and place.lower() == host.lower():
        return
    if method in _SAFE_METHODS and origin == "null":
        return
    raise ForbiddenError(f"the page {origin[:80]!r} may not call this server; open the server's own address")


def check_bind(host: str, *, has_tokens: bool) -> None:
    """Refuse to listen where others can reach while nobody needs a token. Raises UsageError."""
    if not is_loopback(host) and not has_tokens:
        raise UsageError(
            f"host {host!r} is reachable from other machines and no token exists yet; "
            "make one with 'tidemill token create NAME --role admin', or listen on 127.0.0.1"
        )


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and (not host.startswith("[") or name.endswith("]")):
        return name.lower()
    return host.lower()
