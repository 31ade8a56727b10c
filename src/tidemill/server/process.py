"""Starting the server: `python -m tidemill.server`."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from collections.abc import Sequence

import uvicorn

from tidemill.access import check_bind
from tidemill.app import open_workspace
from tidemill.core import TidemillError, UsageError
from tidemill.server.application import build_application
from tidemill.server.options import ServerOptions, add_store_arguments, options_from

_DRAIN_S = 5
_MOST_CONNECTIONS = 512
_BACKLOG = 128


def run_server(options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT; then answer what is under way and return.

    Raises UsageError when the port is taken, or others could reach the server while no token exists; and what
    opening the store raises.
    """
    settings = options.settings
    with listen(settings.host, settings.port) as listener:
        workspace = open_workspace(options.folder, settings)
        check_bind(settings.host, has_tokens=options.local or workspace.tokens.exist())
        server = make_server(build_application(workspace, options))
        # The server ends itself on both signals and then raises them again: they have done their work by then.
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: None)
        say(f"listening on http://{_shown(settings.host)}:{settings.port}, home {workspace.home}")
        server.run(sockets=[listener])
        workspace.database.close()


def make_server(application: object) -> uvicorn.Server:
    """Return the web server for an application; call its `run` with the sockets to listen on."""
    config = uvicorn.Config(
        application,  # type: ignore[arg-type]  # an ASGI application is any callable
        access_log=False,
        log_level="warning",
        lifespan="off",
        ws="none",
        server_header=False,
        # What a proxy says of its clients is believed by nobody here.
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises UsageError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another --port or --host"
        ) from error
    return listener


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m tidemill.server", description="Serve the pages and the JSON API.")
    add_store_arguments(parser)
    parser.add_argument("--host", help="address to listen on (default: that of tidemill.toml, else 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: that of tidemill.toml, else 8400)")
    given = parser.parse_args(arguments)
    try:
        run_server(options_from(given, host=given.host, port=given.port))
    except TidemillError as error:
        say(str(error))
        return error.exit_code
    return 0


def say(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"tidemill server: {line}\n")
    sys.stderr.flush()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
