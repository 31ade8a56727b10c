"""Starting the server: `python -m tidemill.server`."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import uvicorn

from tidemill.access import Caller, check_bind, local_caller
from tidemill.app import open_workspace
from tidemill.core import TidemillError, UnavailableError, UsageError
from tidemill.server.application import build_application
from tidemill.server.options import ServerOptions, add_store_arguments, options_from
from tidemill.tracking.outlines import OutlineMaker
from tidemill.webhooks import WebhookSender
from tidemill.workspace import Workspace

_DRAIN_S = 5
_MOST_CONNECTIONS = 512
_BACKLOG = 128
# A deployment may happen between the reading of the records and the writing: the next pass sees it.
_MOST_PASSES = 3


def run_server(options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT; then answer what is under way and return.

    Raises UsageError when the port is taken, or others could reach the server while no token exists; and what
    opening the store raises.
    """
    settings = options.settings
    with listen(settings.host, settings.port) as listener:
        workspace = open_workspace(options.folder, settings)
        check_bind(settings.host, has_tokens=options.local or workspace.tokens.exist())
        with suppress(UnavailableError):  # a full disk, say: the pages can be read all the same
            workspace.tracking.settle_dead_runs()
        server = make_server(build_application(workspace, options))
        mending = threading.Thread(target=mend, args=(workspace,), name="mend", daemon=True)
        mending.start()
        sender = WebhookSender(workspace.webhooks, Caller("webhooks", settings.project), say)
        sender.start()
        outlines = OutlineMaker(workspace.database, settings.project, say)
        outlines.start()
        # The server ends itself on both signals and then raises them again: they have done their work by then.
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: None)
        say(f"listening on http://{_shown(settings.host)}:{settings.port}, home {workspace.home}")
        server.run(sockets=[listener])
        sender.stop()
        outlines.stop()
        mending.join(_DRAIN_S)
        workspace.database.close()


def mend(workspace: Workspace) -> None:
    """Write the snapshots that a crash left unwritten. What cannot be mended is said and stops nothing."""
    caller = local_caller(workspace.settings.project)
    try:
        for _ in range(_MOST_PASSES):
            mended = workspace.deployments.reconcile(caller)
            for revision in mended:
                say(f"endpoint {revision.endpoint}: revision {revision.revision} is in place again")
            if not mended:
                return
    except Exception as error:  # noqa: BLE001 - the pages are needed most when something is damaged
        kind = "" if isinstance(error, TidemillError) else f"{type(error).__name__}: "
        say(f"an endpoint's snapshot could not be written: {kind}{error}")


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


def say(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"tidemill server: {line}\n")
    sys.stderr.flush()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
