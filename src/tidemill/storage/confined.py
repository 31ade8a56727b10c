"""Names that somebody else gave, made into open files below a folder: one function, which no spelling escapes.

A name is never joined to a path and judged as text. It is taken apart by one strict rule, and then opened part by part,
each from the descriptor of the folder before and without following a link, so that what was looked at is what is opened
even while somebody swaps folders for links (openat(2), O_NOFOLLOW). What is refused names the rule, never the name.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tidemill.core import NotFoundError, UsageError

_MOST_BYTES, _MOST_PARTS, _MOST_PART_BYTES = 1024, 32, 255
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')
_ENCODED = re.compile(r"%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def split_name(name: str) -> tuple[str, ...]:
    """Return the parts of a relative name such as ``charts/roc.json``.

    Raises UsageError for everything that is not a plain name on every platform: absolute, ``..``, empty parts,
    backslashes and what Windows reserves, control, invisible and bidirectional characters, percent-encodings,
    a space or dot at an end, another Unicode spelling of such a name, more than 1,024 bytes.

    >>> split_name("charts/roc.json")
    ('charts', 'roc.json')
    >>> split_name("../roc.json")
    Traceback (most recent call last):
    ...
    tidemill.core.errors.UsageError: this name cannot be a file: it has a part '..'; use plain relative names
    """
    try:
        n_bytes = len(name.encode())
    except UnicodeEncodeError as error:
        raise _refused("it is not valid Unicode") from error
    if not 0 < n_bytes <= _MOST_BYTES:
        raise _refused(f"it is empty or longer than {_MOST_BYTES:,} bytes")
    for spelling in (name, unicodedata.normalize("NFKC", name)):
        if rule := _broken_rule(spelling):
            raise _refused(rule)
    if name != unicodedata.normalize("NFC", name):
        raise _refused("it is not in the composed form of Unicode (NFC)")
    return tuple(name.split("/"))


def open_below(root: Path | int, name: str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
    """Return a descriptor of the regular file that a name means below a folder; the caller closes it.

    root: the folder, or a descriptor of it. flags, mode: as for `os.open`; with `O_CREAT` missing folders are made, for
    their owner only.

    Raises UsageError for a refused name or when a link or something else than a file is in the way, NotFoundError
    when there is no such file, OSError for what the disk says.
    """
    parts = split_name(name)
    with folder_below(root, parts[:-1], make=bool(flags & os.O_CREAT)) as folder:
        # A FIFO would block the opening until somebody writes into it.
        descriptor = _opened(parts[-1], flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, folder, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused("it is no regular file")
    return descriptor


def read_below(root: Path | int, name: str, most_bytes: int | None = None) -> bytes:
    """Return the bytes of a file below a folder. Raises as `open_below`; UsageError beyond `most_bytes`."""
    with os.fdopen(open_below(root, name), "rb") as file:
        if most_bytes is not None and os.fstat(file.fileno()).st_size > most_bytes:
            raise UsageError(f"the file is larger than {most_bytes:,} bytes, the most that is read here")
        return file.read()


def write_below(root: Path | int, name: str, data: bytes) -> None:
    """Replace a file below a folder, durably and as a whole: private temporary name, fsync, rename, fsync.

    Raises as `open_below`. A link that has the name is replaced, not followed.
    """
    parts = split_name(name)
    with folder_below(root, parts[:-1], make=True) as folder:
        temporary = f".{secrets.token_hex(16)}.part"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)


@contextmanager
def folder_below(root: Path | int, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """Yield a descriptor of a folder below another, each part opened without following a link.

    make: make what is missing, for its owner only and durably. The root itself must be there.
    """
    descriptor = os.dup(root) if isinstance(root, int) else _root_of(root)
    try:
        for part in parts:
            inner = _folder_in(descriptor, part, make=make)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _root_of(root: Path) -> int:
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFoundError("there is no file of this name") from error


def _folder_in(folder: int, part: str, *, make: bool) -> int:
    if make:
        try:
            os.mkdir(part, 0o700, dir_fd=folder)
            os.fsync(folder)
        except FileExistsError:
            pass
    return _opened(part, _FOLDER, folder)


def _opened(part: str, flags: int, folder: int, mode: int = 0o600) -> int:
    try:
        return os.open(part, flags, mode, dir_fd=folder)
    except FileNotFoundError as error:
        raise NotFoundError("there is no file of this name") from error
    except OSError as error:
        # ENXIO: a FIFO nobody reads, or a socket.
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK, errno.ENXIO, errno.EISDIR, errno.ENAMETOOLONG}:
            raise _refused("a link, or something that is no folder or file, is in the way") from error
        raise


def _broken_rule(name: str) -> str:
    """Return the rule that a name breaks, empty when it breaks none."""
    if name.startswith("/"):
        return "it is absolute"
    if found := _FORBIDDEN.search(name):
        return f"it has the character {found[0]!r}"
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in name):
        return "it has a control, invisible or bidirectional character"
    if _ENCODED.search(name):
        return "it is percent-encoded"
    parts = name.split("/")
    if len(parts) > _MOST_PARTS:
        return f"it has more than {_MOST_PARTS} parts"
    return next((rule for part in parts if (rule := _broken_by(part))), "")


def _broken_by(part: str) -> str:
    if part in {"", ".", ".."}:
        return f"it has a part {part!r}"
    if part != part.strip() or part.endswith("."):
        return "a part begins or ends with a space, or ends with a dot"
    if len(part.encode()) > _MOST_PART_BYTES:
        return f"a part is longer than {_MOST_PART_BYTES} bytes"
    return "it has a part that Windows reserves" if _RESERVED.fullmatch(part) else ""


def _refused(rule: str) -> UsageError:
    return UsageError(f"this name cannot be a file: {rule}; use plain relative names")
