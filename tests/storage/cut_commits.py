"""Stands between a client and PostgreSQL, and cuts the connection at a commit: before it is done, or once it is."""

from __future__ import annotations

import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa


class CommitCutter:
    """A relay. `cut` names what happens to the next commit: `before` or `after` it is done; empty: nothing.

    url: of the same database through the relay. n_cut: how many connections were cut.
    """

    def __init__(self, url: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        parsed = sa.make_url(url)
        self._target = f"{parsed.query['host']}/.s.PGSQL.5432"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(Path(self._folder.name) / ".s.PGSQL.5432"))
        self._listener.listen(16)
        self.url = parsed.update_query_dict({"host": self._folder.name}).render_as_string(hide_password=False)
        self.cut = ""
        self.n_cut = 0

    def __enter__(self) -> CommitCutter:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._folder.cleanup()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                ended = threading.Event()
                for way in ((client, server, True, ended), (server, client, False, ended)):
                    threading.Thread(target=self._relay, args=way, daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, asks: bool, committing: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if asks and self.cut and b"COMMIT" in data:
                    how, self.cut = self.cut, ""
                    self.n_cut += 1
                    if how == "before":
                        break
                    committing.set()
                elif not asks and committing.is_set():  # the answer to the commit
                    break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                each.close()
