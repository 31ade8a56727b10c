"""Which file system a folder is on. SQLite's locks and shared memory hold between processes of one machine only.

On NFS, SMB and the like two machines may both believe that they write alone, and what one has written is lost or torn
without an error: https://www.sqlite.org/wal.html says that WAL does not work there at all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tidemill.core import UsageError

#: Set to `allow`, a store on a network file system is opened, with a warning at each opening.
OVERRIDE = "TIDEMILL_NETWORK_FILE_SYSTEM"

_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "afpfs", "webdav", "davfs", "ncpfs", "coda"),
        *("ceph", "glusterfs", "lustre", "beegfs", "gpfs", "orangefs", "pvfs2", "moosefs", "drvfs"),
    )
)
_REMOTE_FUSE = re.compile(
    r"sshfs|s3|gcs|goofys|blobfuse|rclone|juicefs|gluster|ceph|moosefs|mfs|lizardfs|dav|curlftp|nfs|smb|cifs|hdfs|alluxio"
)
_REMOTE_SOURCE = re.compile(r"//|[^/]+:")  # //server/share, user@server:/folder, s3://bucket
_ESCAPED = re.compile(r"\\([0-7]{3})")
_MACOS_LINE = re.compile(r"(?P<source>.+?) on (?P<place>/.*) \((?P<kind>[^,)]+)[^)]*\)")


@dataclass(frozen=True)
class FileSystem:
    """A mounted file system: its kind as the system names it, what is mounted, and where."""

    kind: str
    source: str
    place: PurePosixPath

    def is_remote(self) -> bool:
        """Tell whether other machines may write to it too.

        >>> FileSystem("nfs4", "server:/export", PurePosixPath("/mnt")).is_remote()
        True
        >>> FileSystem("ext4", "/dev/sda1", PurePosixPath("/")).is_remote()
        False
        """
        kind = self.kind.lower()
        if kind.startswith(("fuse.", "macfuse", "osxfuse")):
            return bool(_REMOTE_FUSE.search(kind) or _REMOTE_SOURCE.match(self.source))
        if kind == "9p":  # a virtual machine's share with its host; some containers have their own disk by it
            return bool(_REMOTE_SOURCE.match(self.source))
        return kind in _REMOTE


def file_system_of(folder: Path, mounts: str) -> FileSystem | None:
    """Return the file system that holds a folder, which need not be there yet; None when no line tells.

    mounts: the text of Linux's /proc/self/mountinfo, or what `mount` prints on macOS.

    >>> file_system_of(Path("/srv/store"), "36 35 98:0 / / rw - ext4 /dev/sda1 rw").kind
    'ext4'
    """
    found: FileSystem | None = None
    for mounted in (*_of_linux(mounts), *_of_macos(mounts)):
        if folder.is_relative_to(mounted.place) and (  # what was mounted later at a place hides what was there
            found is None or len(mounted.place.parts) >= len(found.place.parts)
        ):
            found = mounted
    return found


def refuse_network_folder(folder: Path) -> None:
    """Refuse a folder for a SQLite store that other machines may write to; nothing where the system does not tell.

    Raises UsageError; warns instead when the environment variable OVERRIDE is `allow`.
    """
    held = file_system_of(folder.resolve(), _mounts())
    if held is None or not held.is_remote():
        return
    what = f"{folder} is on a network file system ({held.kind}, {held.source})"
    if os.environ.get(OVERRIDE) == "allow":
        warnings.warn(
            f"{what}: the store there can be damaged beyond repair, since SQLite's locks do not hold between machines; "
            f"{OVERRIDE}=allow was set",
            RuntimeWarning,
            stacklevel=2,
        )
        return
    raise UsageError(
        f"{what}, where SQLite's locks do not hold and changes get lost: name a folder on a local disk with --home, or "
        "keep the records in PostgreSQL by its URL"
    )


def _mounts() -> str:
    if sys.platform == "darwin":
        return subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
    try:
        return _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _of_linux(mounts: str) -> Iterator[FileSystem]:
    for line in mounts.splitlines():
        left, separator, right = line.partition(" - ")
        fields, rest = left.split(" "), right.split(" ")
        if separator and len(fields) > 5 and len(rest) > 1:
            yield FileSystem(rest[0], _plain(rest[1]), PurePosixPath(_plain(fields[4])))


def _of_macos(mounts: str) -> Iterator[FileSystem]:
    for line in mounts.splitlines():
        if (read := _MACOS_LINE.fullmatch(line)) is not None:
            yield FileSystem(read["kind"], read["source"], PurePosixPath(read["place"]))


def _plain(text: str) -> str:
    """Return a field as it was before the kernel wrote its blanks as octal numbers."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
