"""Where the server finds its store, and where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tidemill.access import is_loopback
from tidemill.core import Settings


@dataclass(frozen=True)
class ServerOptions:
    """How a server is started.

    folder: the project's folder. settings: the store, the project and the addresses.
    """

    folder: Path
    settings: Settings

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server, so that its user needs no token."""
        return is_loopback(self.settings.host)

    @property
    def cookie(self) -> str:
        """The name of the sign-in cookie: browsers share cookies between the ports of a host."""
        return f"tidemill_{self.settings.port}"
