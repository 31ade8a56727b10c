"""Starting the server: `python -m tidemill.server`."""

from __future__ import annotations

import argparse
import signal
import socket
from collections.abc import Sequence
from dataclasses import replace

import uvicorn

from tidemill.access import check_bind
from tidemill.access.tokens import Tokens
from tidemill.core import TidemillError, UsageError, clock_of
from tidemill.server.loading import Loading
from tidemill.server.opening import Opening
from tidemill.server.options import ServerOptions, add_store_arguments, options_from
from tidemill.server.saying import say
from tidemill.storage.stores import open_store, place_of

_DRAIN_S = 5
_MOST_CONNECTIONS = 512
_BACKLOG = 128


def run_server(options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT; then answer what is under way and return.

    Raises UsageError when the port is taken, or others could reach the server while no token exists; and what
    opening the store or loading the rest raises.
    """
    settings = options.settings
    with listen(settings.host, settings.port) as listener:
        store = open_store(place_of(settings), clock_of(settings))
        tokens = Tokens(store.database, settings.home.absolute() / "serving" / "tokens.json")
        check_bind(settings.host, has_tokens=options.local or tokens.exist())
        opening = Opening(settings.allowed_hosts)
        server = make_server(opening)
        # The server ends itself on both signals and then raises them again: they have done their work by then.
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: None)
        loading = Loading(options, store, opening, lambda: setattr(server, "should_exit", True))
        loading.start()
        say(f"listening on http://{_shown(settings.host)}:{settings.port}, home {settings.home.absolute()}")
        server.run(sockets=[listener])
        loading.finish()


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
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a name, beside localhost, to be asked by"
    )
    given = parser.parse_args(arguments)
    try:
        run_server(with_hosts(options_from(given, host=given.host, port=given.port), given.allow_host))
    except TidemillError as error:
        say(str(error))
        return error.exit_code
    return 0


def with_hosts(options: ServerOptions, names: Sequence[str]) -> ServerOptions:
    """Return the options with more names that a Host header may carry."""
    hosts = (*options.settings.allowed_hosts, *names)
    return replace(options, settings=replace(options.settings, allowed_hosts=hosts))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
