"""What a step reads that no key knows of: files outside its inputs, connections to other machines.

An audit hook (PEP 578) sees every `open`, listing of a folder and connection of this process. It cannot be taken out
again, so it is put in once, when reads are first watched, and does nothing in threads where nothing is watched.
Threads that begin while one is watched are watched with it; of a child process nothing is known.
Files that compiled code opens by itself raise no audit event; of Polars the readers are told apart by their calls.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakSet

_READS = {"open": 0, "os.listdir": 0, "os.scandir": 0, "sqlite3.connect": 0, "shutil.copyfile": 0, "mmap.__new__": -1}
_CONNECTIONS = frozenset({"socket.connect", "socket.sendto", "urllib.Request", "http.client.connect", "ftplib.connect"})
_PROGRAMS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"})
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/lib64", "/bin")
_OF_HOME = (".config", ".cache/matplotlib", ".cache/fontconfig")
_OF_CODE = frozenset({".pyc", ".so", ".pyd", ".dll", ".dylib"})
_READERS_OF_CODE = ("importlib", "linecache.py", "tokenize.py", "zipimport")
#: Functions of libraries whose compiled code opens files unseen. Their first argument says which.
NATIVE_READERS = frozenset(
    {
        f"{verb}_{kind}"
        for verb in ("read", "scan")
        for kind in ("csv", "parquet", "ipc", "ndjson", "delta", "iceberg", "avro")
    }
    | {"read_json", "read_excel", "read_ods", "read_ipc_stream", "read_csv_batched", "read_database_uri", "read_table"}
    | {"read_feather", "read_schema", "read_metadata", "ParquetFile", "ParquetDataset", "dataset", "memory_map"}
    | {"open_csv", "open_file", "open_stream", "read_orc", "scan_lines", "scan_pyarrow_dataset", "read_parquet_schema"}
)
_NATIVE = ("polars", "pyarrow", "deltalake", "duckdb")
_WRITES = frozenset("wax+")
_WATCHED = frozenset({*_READS, *_CONNECTIONS, *_PROGRAMS})


@dataclass
class Seen:
    """What was read while it was watched, in words, each once.

    allowed: files and folders that count as inputs, or that a result does not depend on. others: the threads that were
    there when it began.
    """

    allowed: tuple[str, ...]
    started: float
    found: dict[str, None] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    others: WeakSet[threading.Thread] = field(default_factory=lambda: WeakSet(threading.enumerate()))

    def doubts(self, root: Path) -> list[str]:
        """Return why the result must not be kept; empty when nothing was read."""
        return [_say(kind, name, root) for kind, _, name in (each.partition(" ") for each in self.found)]


class _Watchers:
    """Who watches which thread. The interpreter has one hook for all."""

    def __init__(self) -> None:
        self.by_thread: dict[int, Seen] = {}
        self.natively = 0
        self.installed = False
        self.lock = threading.Lock()

    def seen(self) -> Seen | None:
        """Return the watch over this thread: its own, or that over the thread which started it."""
        if not self.by_thread:
            return None
        number = threading.get_ident()
        own = self.by_thread.get(number)
        if own is not None:
            return own
        # Nothing says who has started a thread: one that was not there when a watch began is taken for its own.
        thread = threading._active.get(number)  # type: ignore[attr-defined]  # current_thread() would make one
        watches = reversed(list(self.by_thread.values()))
        return next((seen for seen in watches if thread is None or thread not in seen.others), None)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _WATCHED:
            return
        seen = self.seen()
        if seen is None:
            return
        if event in _READS:
            _note_file(seen, event, arguments)
        elif event in _CONNECTIONS:
            _note_connection(seen, event, arguments)
        elif _from_the_project():
            seen.found[f"program {str(arguments[0])[:80] if arguments else event}"] = None

    def call(self, frame: FrameType, event: str, value: Any) -> None:
        """Look at a call, in any thread."""
        seen = self.seen()
        if seen is not None:
            _note_call(seen, frame, event, value)

    def look_at_calls(self, by: int) -> None:
        """Begin or end to look at the calls of threads that are started."""
        with self.lock:
            self.natively += by
            if self.natively == max(by, 0):
                threading.setprofile(self.call if self.natively else None)


_WATCHERS = _Watchers()


@contextlib.contextmanager
def watched_reads(allowed: Sequence[Path] = (), own: Sequence[Path] = (), *, native: bool = False) -> Iterator[Seen]:
    """Watch what this thread, and those that it starts, read while the block runs.

    allowed: files and folders that may be read, such as the paths that a step was given. own: those that stay where
    they are, such as the store. native: look at every call too, since functions of `NATIVE_READERS` may be among them;
    that slows Python code down.

    >>> with watched_reads() as seen, open(tempfile.mkstemp()[1]):
    ...     pass
    >>> seen.doubts(Path())
    []
    """
    with _WATCHERS.lock:
        if not _WATCHERS.installed:
            sys.addaudithook(_WATCHERS.hook)
            _WATCHERS.installed = True
    thread = threading.get_ident()
    before = _WATCHERS.by_thread.get(thread)
    places = tuple(os.path.realpath(str(place)) for place in allowed)
    seen = Seen((*places, *_standing(os.environ.get("HOME", ""), *own)), time.time())
    profile = sys.getprofile()
    _WATCHERS.by_thread[thread] = seen
    if native:
        _WATCHERS.look_at_calls(1)
        sys.setprofile(_WATCHERS.call)
    try:
        yield seen
    finally:
        if native:
            sys.setprofile(profile)
            _WATCHERS.look_at_calls(-1)
        if before is None:
            _WATCHERS.by_thread.pop(thread, None)
        else:
            _WATCHERS.by_thread[thread] = before


@functools.lru_cache(maxsize=64)
def _standing(home: str, *own: Path) -> tuple[str, ...]:
    """Return the places that may always be read. home: where the person's folder is said to be."""
    del home  # what `Path.home` goes by: it counts, and is not needed
    places = [*own, *(Path.home() / name for name in _OF_HOME), *_python_folders()]
    return (*(os.path.realpath(str(place)) for place in places), *_SYSTEM)


def _python_folders() -> list[str]:
    return [*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, str(Path(__file__).parents[2])]


def _note_file(seen: Seen, event: str, arguments: tuple[Any, ...]) -> None:
    at = _READS[event]
    path = arguments[at] if at >= 0 else None
    if not isinstance(path, str | bytes | os.PathLike):
        return  # a number of an open file, which was opened by its name before
    try:
        name = os.path.realpath(os.fsdecode(path))
    except (OSError, ValueError):
        return
    mode = arguments[1] if event == "open" and len(arguments) > 1 else None
    flags = arguments[2] if event == "open" and len(arguments) > 2 else 0
    if _writes(mode, flags):
        if not _has_content(name, mode, flags):
            seen.written.add(name)  # what it writes itself it may read again
            return
        if not _reads_too(mode, flags):
            return  # it adds to what lies there, and cannot read it
    if name in seen.written or Path(name).suffix in _OF_CODE or "__pycache__" in name or ".dist-info" in name:
        return
    if any(name == place or name.startswith(place.rstrip(os.sep) + os.sep) for place in seen.allowed):
        return
    of_code = event in {"os.listdir", "os.scandir"} or name.endswith(".py")
    if not (of_code and _is_import()) and not _is_new(seen, name):
        seen.found[f"file {name}"] = None


def _writes(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return not _WRITES.isdisjoint(mode)
    return mode is None and isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _reads_too(mode: Any, flags: Any) -> bool:
    return "+" in mode if isinstance(mode, str) else bool(flags & os.O_RDWR)


def _has_content(name: str, mode: Any, flags: int) -> bool:
    """Tell whether a file that is opened for writing keeps what lies in it."""
    emptied = not {"w", "x"}.isdisjoint(mode) if isinstance(mode, str) else bool(flags & (os.O_TRUNC | os.O_EXCL))
    try:
        return not emptied and os.stat(name).st_size > 0  # noqa: PTH116 - no code of Python on the way
    except OSError:
        return False


def _is_import() -> bool:
    """Tell whether Python itself looks for a module, or for the text of one, right where the event was raised."""
    frame: FrameType | None = sys._getframe(3)
    return frame is not None and any(part in frame.f_code.co_filename for part in _READERS_OF_CODE)


def _is_new(seen: Seen, name: str) -> bool:
    """Tell whether a temporary file was written since the block began, by whatever code."""
    if not name.startswith(os.path.realpath(tempfile.gettempdir()) + os.sep):
        return False
    try:
        return Path(name).stat().st_mtime >= seen.started
    except OSError:
        return True  # it is not there: nothing is read


def _from_the_project() -> bool:
    """Tell whether the project's own code starts a program, and not a library that looks at the machine."""
    stdlib = sysconfig.get_path("stdlib")
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if "site-packages" in file or "dist-packages" in file:
            return False
        if not file.startswith((stdlib, "<frozen")):
            return True
        frame = frame.f_back
    return False


def _note_call(seen: Seen, frame: FrameType, event: str, value: Any) -> None:
    if event == "call" and frame.f_code.co_name in NATIVE_READERS:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _NATIVE and frame.f_code.co_argcount:
            _note_argument(seen, frame.f_locals.get(frame.f_code.co_varnames[0]))
    elif event == "c_call" and getattr(value, "__name__", "") in NATIVE_READERS:
        module = str(getattr(value, "__module__", "") or "")
        if module.partition(".")[0] in _NATIVE:
            seen.found[f"file a file through {module}.{value.__name__}"] = None


def _note_argument(seen: Seen, given: Any) -> None:
    if isinstance(given, str | os.PathLike):
        _note_file(seen, "open", (given, None, 0))
    elif isinstance(given, list | tuple):
        for each in given:
            _note_argument(seen, each)


def _note_connection(seen: Seen, event: str, arguments: tuple[Any, ...]) -> None:
    to = arguments[0] if event == "urllib.Request" else arguments[1] if len(arguments) > 1 else ""
    if isinstance(to, str | bytes) and event.startswith("socket"):
        return  # a socket in a folder, of this machine
    shown = f"{to[0]}:{to[1]}" if isinstance(to, tuple) and len(to) > 1 else str(to)
    if isinstance(to, tuple) and len(arguments) > 2:
        shown = str(to[0])
    seen.found[f"connection {shown}"] = None


def _say(kind: str, name: str, root: Path) -> str:
    if kind == "file":
        place = Path(name.removeprefix("a file through "))
        base = Path(os.path.realpath(root))
        shown = place.relative_to(base) if place.is_relative_to(base) else name
        return f"it read {shown}, which is no input: hand the path in as an argument (pathlib.Path) or make it a source"
    if kind == "program":
        return f"it started the program {name}, of which nothing is known: say cache=False or do it outside of a step"
    return f"it connected to {name}, which is no input: read it into a source, or say cache=False"
