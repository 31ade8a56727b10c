"""Which addresses may be called: public ones, and those in networks that a setting allows.

A name is resolved once, all that it resolves to is checked, and the connection is made to an address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tidemill.core import TidemillError, UnavailableError, UsageError

_LONGEST_URL = 2000
_PORTS = {"http": 80, "https": 443}
#: Where an address of version 6 holds one of version 4: mapped, compatible, 6to4, Teredo, translated.
_HOLDING = tuple(map(ipaddress.ip_network, ("::/96", "2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotAllowedAddressError(TidemillError):
    """An address that no webhook may call."""

    code = "not_allowed_address"
    http_status = 400


@dataclass(frozen=True)
class Target:
    """Where a POST goes. host: as the URL has it. address: the one that was checked."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Addresses:
    """Tells which addresses may be called. allowed: networks, such as ``10.0.0.0/8``, beside all that is public."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = tuple(_network(each) for each in allowed)

    def check_url(self, url: str) -> str:
        """Return a URL that may be stored; a name in it is not resolved.

        Raises UsageError for what is no such URL, NotAllowedAddressError for an address that is private as it stands.
        """
        _, host, _, _ = _parts(url)
        literal = _literal(host)
        if literal is not None:
            self._check(literal)
        return url

    def resolve(self, url: str) -> Target:
        """Return where a URL leads, resolved and checked.

        Raises UsageError, NotAllowedAddressError when any address of its host is not allowed, UnavailableError when
        the host has none.
        """
        scheme, host, port, path = _parts(url)
        literal = _literal(host)
        found = [literal] if literal is not None else _resolved(host, port)
        for each in found:
            self._check(each)
        return Target(scheme, host, port, path, str(found[0]))

    def _check(self, address: Address) -> None:
        if any(address in network for network in self._allowed if network.version == address.version):
            return
        inner = _inner(address)
        if inner is not None and inner != address:
            self._check(inner)
            if address not in _HOLDING[0] and getattr(address, "ipv4_mapped", None) is None:
                raise _not_allowed()
            return
        if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
            raise _not_allowed()


def _parts(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port, and path with query. Raises UsageError."""
    if len(url) > _LONGEST_URL or not url.isprintable() or not url.isascii() or set(url) & set(' \\"<>^`{|}'):
        raise UsageError(f"the URL of a webhook is up to {_LONGEST_URL} plain characters; encode the others")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise UsageError(f"the URL of a webhook cannot be read: {error}") from error
    if parts.scheme not in _PORTS or not host:
        raise UsageError("the URL of a webhook begins with https:// or http:// and a host")
    if "@" in parts.netloc:
        raise UsageError("the URL of a webhook holds no user and no password; use a secret, and check signatures")
    if parts.fragment or port == 0:
        raise UsageError("the URL of a webhook has no fragment, and a port from 1 to 65535")
    path = parts.path or "/"
    return parts.scheme, host, port or _PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path


def _literal(host: str) -> Address | None:
    """Return the address that a host is without any look-up, however it is spelt: 2130706433 is 127.0.0.1."""
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    with suppress(ValueError):
        return ipaddress.ip_address(host.partition("%")[0])
    with suppress(OSError):
        return ipaddress.IPv4Address(socket.inet_aton(host))
    return None


def _resolved(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnavailableError(f"the host of the webhook has no address: {error}") from error
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if any(address in network for network in _HOLDING):
        return address.sixtofour or ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(f"webhook_networks names {text!r}; write networks such as 10.0.0.0/8 or 127.0.0.1") from error


def _not_allowed() -> NotAllowedAddressError:
    return NotAllowedAddressError(
        "the URL of a webhook leads to an address that is not public; the setting webhook_networks allows networks"
    )
