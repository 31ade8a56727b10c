"""Disks that can lose power, and disks that fill up. Both need the right to mount.

A power cut is a copy of the image of a mounted file system: what was not synced is in memory only, and so not in it.
The image stands on a second file system, which is frozen while it is copied: so the copy is the disk of one instant,
also in the middle of a sync.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FREEZE, _THAW = 0xC0045877, 0xC0045878  # FIFREEZE, FITHAW of linux/fs.h
_OUTER_BYTES, _INNER_BYTES, _MEMORY_BYTES = 64 << 20, 32 << 20, 256 << 20


class MountError(OSError):
    """The machine does not let us mount, or lacks a program for it."""


class Disk:
    """A mounted ext4 image whose power can be cut any number of times."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "memory"  # so that a trial neither waits for the machine's disk nor wears it out
        self._outer, self.mounted, self.survivor = (folder / name for name in ("outer", "disk", "survivor"))
        self._image = self._outer / "disk.img"
        self._n_cuts = 0

    def start(self) -> None:
        """Make and mount both. Raises OSError where that is not allowed or its programs are missing."""
        for path in (self._folder, self._outer, self.mounted, self.survivor):
            path.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={_MEMORY_BYTES},mode=0700", "tmpfs", str(self._folder))
        _make_image(self._folder / "outer.img", _OUTER_BYTES)
        _mount(self._folder / "outer.img", self._outer)
        _make_image(self._image, _INNER_BYTES)
        _mount(self._image, self.mounted)

    def cut(self) -> None:
        """Mount at `survivor` what the disk would hold if the power went now."""
        self._n_cuts += 1
        copy = (
            self._folder / f"copy{self._n_cuts}.img"
        )  # a name used before may still have a loop device with old bytes
        descriptor = os.open(self._outer, os.O_RDONLY)
        fcntl.ioctl(descriptor, _FREEZE, 0)
        try:
            shutil.copyfile(self._image, copy)
        finally:
            fcntl.ioctl(descriptor, _THAW, 0)
            os.close(descriptor)
        _mount(copy, self.survivor)
        copy.unlink()

    def forget(self) -> None:
        """Take the survivor away."""
        _unmount(self.survivor)

    def stop(self) -> None:
        """Unmount everything that is mounted."""
        for path in (self.survivor, self.mounted, self._outer, self._folder):
            if path.is_mount():
                _unmount(path)


@contextmanager
def small_disk(folder: Path, n_bytes: int) -> Iterator[None]:
    """Mount a file system in memory at a folder, of so many bytes. Raises OSError where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={n_bytes},mode=0700", "tmpfs", str(folder))
    try:
        yield
    finally:
        _unmount(folder)


def _make_image(path: Path, n_bytes: int) -> None:
    with path.open("wb") as file:
        file.truncate(n_bytes)
    _run("mkfs.ext4", "-q", "-F", str(path))


def _mount(image: Path, at: Path) -> None:
    _run("mount", "-o", "loop", str(image), str(at))


def _unmount(at: Path) -> None:
    for _ in range(50):
        try:
            _run("umount", str(at))
        except OSError:  # a process that was killed may still be letting go of it
            time.sleep(0.1)
        else:
            return
    _run("umount", "-l", str(at))


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise MountError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise MountError(f"{command[0]}: {done.stderr.strip()}")


def grow_disk(at: Path, n_bytes: int) -> None:
    """Let a small disk have so many bytes."""
    _run("mount", "-o", f"remount,size={n_bytes}", str(at))
