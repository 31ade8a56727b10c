"""Starting the data plane: one supervisor, and workers that share the port.

A worker loads snapshots, answers, and writes its own prediction log; nothing is shared between workers but files.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket
import sys
import time
from asyncio import AbstractEventLoop
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from tidemill.core import KeySource, StoredClock, TidemillError, UsageError, make_private_folder, parse_key_source
from tidemill.serving.door import Door, check_start
from tidemill.serving.log_seal import LogSeal
from tidemill.serving.log_writer import LogWriter
from tidemill.serving.quick_reads import QuickReads
from tidemill.serving.request_locks import RequestLocks
from tidemill.serving.rsgi import DataPlane
from tidemill.serving.state import StateHolder
from tidemill.serving.telemetry import Telemetry
from tidemill.serving.times import Times
from tidemill.serving.watch import Loader, Watcher
from tidemill.serving.worker_slot import recover, take_slot
from tidemill.storage import KeyValueStore, open_keyvalue
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.encrypted_keyvalue import EncryptedKeyValue
from tidemill.storage.encryption.key_file import open_home_keys

_DRAIN_S = 20
_ONLINE_WITHIN_S = 0.5
_QUICK_S = 2.0
_LONGEST_PAUSE_S = 1.0
_MOST_DOUBLINGS = 16


@dataclass(frozen=True)
class ServingOptions:
    """Where the data plane finds its files and listens.

    home: the store's folder; below it `serving/` (snapshots, tokens.json), `online.db`, `predictions/`.
    online: URL of the Redis or Valkey that holds the online values; empty: `online.db`.
    encryption: where the master key of an encrypted store comes from.
    clock: the file of a replay's clock, which then tells when a prediction is recorded; None for the machine's clock.
    """

    home: Path
    host: str = "127.0.0.1"
    port: int = 8401
    workers: int = 1
    allowed_hosts: tuple[str, ...] = ()
    clock: Path | None = None
    online: str = field(default="", repr=False)  # it may hold a password
    encryption: KeySource = field(default_factory=KeySource)

    @property
    def token_file(self) -> Path:
        """The list of valid tokens."""
        return self.home / "serving" / "tokens.json"

    def open_keys(self) -> DataKeys | None:
        """Open the keys of an encrypted store, None for any other. Raises UsageError, UnavailableError."""
        return open_home_keys(self.home, self.encryption)

    def open_online(self, keys: DataKeys | None) -> KeyValueStore:
        """Open the online values. Raises UsageError, UnavailableError."""
        store = open_keyvalue(self.online or self.home / "online.db", _ONLINE_WITHIN_S)
        return store if keys is None else EncryptedKeyValue(store, keys)


class Worker:
    """One worker process: what granian calls. Built in the worker, so no thread is lost in a fork."""

    def __init__(self, options: ServingOptions) -> None:
        slot = take_slot(options.home / "predictions")
        for damage in recover(options.home / "predictions", slot):
            say(f"the prediction log was healed: {damage}")
        holder, telemetry = StateHolder(), Telemetry()
        keys = options.open_keys()
        self._logs = LogWriter(options.home / "predictions", slot, say, seal=LogSeal(keys))
        locks = RequestLocks(options.home / "predictions")
        times = Times(StoredClock(options.clock) if options.clock else None)
        loader = Loader(QuickReads(options.open_online(keys)), self._logs, locks, telemetry, times)
        self._watcher = Watcher(options.home / "serving", holder, loader, say)
        door = Door(options.host, options.allowed_hosts, options.token_file)
        self.__rsgi__ = DataPlane(holder, door, self._logs, telemetry).handle

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        """Start the threads."""
        # Requests make no cycles: collect rarely, and never walk what is there from the start.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 50, 50)
        self._logs.start()
        self._watcher.start()

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        """Store, sync and seal the prediction log once the last request is answered."""
        self._watcher.stop()
        self._logs.close()


def serve(options: ServingOptions) -> None:
    """Serve until SIGTERM or SIGINT; then answer what is under way and return.

    Raises UsageError when the port is taken, or the address is open to others and no token exists, or for a wrong URL
    of the online values; UnavailableError when the client for that is not installed.
    """
    make_private_folder(options.home / "serving")
    options.open_online(options.open_keys()).close()
    check_start(options.host, options.token_file)
    _check_port(options.host, options.port)
    hooks = [lambda: say(f"listening on http://{_shown(options.host)}:{options.port}, home {options.home}")]
    lived, n_quick = RawValue("b"), 0
    while True:
        server, began = _server(options), time.monotonic()
        for hook in hooks:
            server.on_startup(hook)
        try:
            server.serve(target_loader=partial(_load, options, lived), wrap_loader=False)
        except SystemExit:
            # granian gives up when a worker dies twice within seconds. Once it has served, a data plane does not.
            if server.interrupt_signal or not lived.value:
                raise
        else:
            return
        n_quick = n_quick + 1 if time.monotonic() - began < _QUICK_S else 0
        say("a worker died twice within seconds; all are started again")
        _pause(server, min(_LONGEST_PAUSE_S, 0.05 * 2.0 ** min(n_quick, _MOST_DOUBLINGS)) if n_quick else 0.0)
        hooks = []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m tidemill.serving", description="Answer predictions over HTTP.")
    parser.add_argument("--home", type=Path, required=True, help="folder of the store")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8401, help="port to listen on (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    parser.add_argument("--allow-host", action="append", default=[], help="a further name for the Host header")
    parser.add_argument("--clock", type=Path, help="file of a replay's clock (default: the machine's clock)")
    parser.add_argument(
        "--online",
        default=os.environ.get("TIDEMILL_ONLINE", ""),
        help="URL of Redis or Valkey with the online values (default: TIDEMILL_ONLINE, else online.db in the home)",
    )
    given = parser.parse_args(arguments)
    options = ServingOptions(
        given.home.resolve(),
        given.host,
        given.port,
        given.workers,
        tuple(given.allow_host),
        given.clock.resolve() if given.clock else None,
        given.online,
    )
    try:
        source = parse_key_source(os.environ.get("TIDEMILL_ENCRYPTION", ""), "TIDEMILL_ENCRYPTION")
        options = replace(options, encryption=source.below(Path()))
        if options.clock:
            StoredClock(options.clock).now()
        serve(options)
    except TidemillError as error:
        say(str(error))
        return error.exit_code
    except OSError as error:
        say(f"{error.filename or options.home}: {error.strerror}; choose another --home")
        return 1
    return 0


def say(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"tidemill serving: {line}\n")
    sys.stderr.flush()


def _pause(server: Any, seconds: float) -> None:
    """Wait, but not when a signal has asked to stop. Raises SystemExit then."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not server.interrupt_signal:
        time.sleep(0.02)
    if server.interrupt_signal:
        raise SystemExit(0)


def _server(options: ServingOptions) -> Any:
    return Server(
        "tidemill.serving",
        address=options.host,
        port=options.port,
        interface=Interfaces.RSGI,
        workers=options.workers,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_DRAIN_S,
    )


def _load(options: ServingOptions, lived: Any) -> Any:
    worker = Worker(options)
    lived.value = 1
    return worker


def _check_port(host: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise UsageError(f"port {port} is not a port; choose one from 1 to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another --port or --host"
        ) from error


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
