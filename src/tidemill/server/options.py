"""Where the server and its worker find their store, and where the server listens."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from tidemill.access import is_loopback
from tidemill.core import Settings, UsageError, load_settings


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


def add_store_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a project's folder and its store."""
    parser.add_argument("--folder", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--home", type=Path, help="folder of the store (default: .tidemill in the project's folder)")
    parser.add_argument("--project", help="the project's name in the store (default: that of tidemill.toml)")


def options_from(given: argparse.Namespace, host: str | None = None, port: int | None = None) -> ServerOptions:
    """Return the options that arguments, environment and ``tidemill.toml`` give. Raises UsageError."""
    if port is not None and not 0 < port <= 65535:
        raise UsageError(f"port {port} is not a port; choose one from 1 to 65535")
    home = given.home.absolute() if given.home else None
    folder = given.folder.absolute()
    return ServerOptions(folder, load_settings(folder, home=home, project=given.project, host=host, port=port))
