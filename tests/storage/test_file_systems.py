"""A store on a folder that other machines write to is refused, with what to do instead."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tidemill.core import SystemClock, UsageError
from tidemill.storage import file_systems
from tidemill.storage.file_systems import OVERRIDE, file_system_of, refuse_network_folder
from tidemill.storage.schema import open_database

_LINUX = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:40 / /people rw,relatime shared:1 - nfs4 server:/export/people rw,vers=4.2
41 40 0:41 / /people/ann/local rw,relatime - xfs /dev/sdb1 rw
42 27 0:42 / /mnt/team\\040share rw,relatime - cifs //server/team rw
43 27 0:43 / /mnt/far rw,nosuid - fuse.sshfs ann@server:/data rw
44 27 0:44 / /mnt/bucket rw,nosuid - fuse.strange s3://bucket rw
45 27 0:45 / /mnt/usb rw,nosuid - fuseblk /dev/sdc1 rw
46 27 0:46 / /containers rw - fuse.fuse-overlayfs fuse-overlayfs rw
47 27 0:47 / /twice rw - nfs server:/a rw
48 27 0:48 / /twice rw - tmpfs tmpfs rw
49 27 0:49 / /win rw - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\;uid=1000
"""
_MACOS = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//ann@server/team on /Volumes/team share (smbfs, nodev, nosuid, mounted by ann)
server:/export on /Volumes/nfs (nfs, nodev, nosuid)
"""


@pytest.mark.parametrize(
    ("folder", "kind", "remote"),
    [
        ("/srv/store", "ext4", False),
        ("/people/ann/store", "nfs4", True),
        ("/peoples", "ext4", False),
        ("/people/ann/local/store", "xfs", False),
        ("/mnt/team share/store", "cifs", True),
        ("/mnt/far", "fuse.sshfs", True),
        ("/mnt/bucket/a", "fuse.strange", True),
        ("/mnt/usb/store", "fuseblk", False),
        ("/containers/1", "fuse.fuse-overlayfs", False),
        ("/twice/store", "tmpfs", False),
        ("/win/store", "9p", True),
    ],
)
def test_linux_tells_what_holds_a_folder(folder: str, kind: str, remote: bool) -> None:
    found = file_system_of(Path(folder), _LINUX)
    assert found is not None
    assert (found.kind, found.is_remote()) == (kind, remote)


@pytest.mark.parametrize(
    ("folder", "kind", "remote"),
    [
        ("/Users/ann/store", "apfs", False),
        ("/Volumes/team share/store", "smbfs", True),
        ("/Volumes/nfs", "nfs", True),
    ],
)
def test_macos_tells_what_holds_a_folder(folder: str, kind: str, remote: bool) -> None:
    found = file_system_of(Path(folder), _MACOS)
    assert found is not None
    assert (found.kind, found.is_remote()) == (kind, remote)


def test_what_tells_nothing_refuses_nothing() -> None:
    assert file_system_of(Path("/srv"), "") is None
    assert file_system_of(Path("/srv"), "strange - \n\n1 2 3") is None


def test_a_store_on_a_network_file_system_is_refused_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"1 0 0:1 / {tmp_path.resolve()}/far rw - nfs4 server:/export rw\n")
    monkeypatch.setattr(file_systems, "_mounts", mounts.read_text)
    home = tmp_path / "far" / "home"
    with pytest.raises(UsageError, match=r"network file system \(nfs4, server:/export\).*--home.*PostgreSQL") as caught:
        open_database(home / "records.db", SystemClock())
    assert "\n" not in str(caught.value)
    assert not home.parent.exists()
    (tmp_path / "near").symlink_to(home.parent)
    with pytest.raises(UsageError, match="network file system"):
        refuse_network_folder(tmp_path / "near")
    monkeypatch.setenv(OVERRIDE, "allow")
    with pytest.warns(RuntimeWarning, match=f"damaged beyond repair.*{OVERRIDE}=allow was set"):
        open_database(home / "records.db", SystemClock()).close()


def test_local_file_systems_pass(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    refuse_network_folder(tmp_path)
    refuse_network_folder(Path.home())
    script = (
        'mkdir -p "$1/a" "$1/b" "$1/c" && mount --bind "$1/a" "$1/b" && mount -t tmpfs none "$1/c" && '
        'exec "$2" -c "$3" "$1/b" "$1/c"'
    )
    check = (
        "import sys; from pathlib import Path\n"
        "from tidemill.storage import file_systems as f\n"
        "for each in sys.argv[1:]:\n"
        "    f.refuse_network_folder(Path(each)); print(f.file_system_of(Path(each).resolve(), f._mounts()).place)\n"
    )
    if (
        sys.platform != "linux"
        or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode
    ):
        record_property("fault method", "no mount can be made here: bind and memory file systems were not tried")
        return
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(tmp_path), sys.executable, check],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [str(tmp_path.resolve() / name) for name in "bc"], done.stderr
