"""What is particular to tables in a folder: what is synced, what a bad disk, other programs and a missing extra do."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tidemill.core import ConflictError, DamagedError, SystemClock, UnavailableError, UsageError
from tidemill.storage.tables.delta_log import entry_name
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.storage.tables.object_table_files import open_table_files

_APPEND = """
import sys
import polars as pl
from tidemill.core import SystemClock
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.storage.tables.object_table_files import open_table_files

DeltaTables(open_table_files(sys.argv[1]), SystemClock()).append("t", pl.DataFrame({"a": [2]}))
"""


@pytest.fixture
def tables(tmp_path: Path) -> DeltaTables:
    made = DeltaTables(open_table_files(str(tmp_path)), SystemClock())
    made.create("t", {"a": pl.Int64})
    made.append("t", pl.DataFrame({"a": [1]}))
    return made


def synced_by(command: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a process syncs and links, in its order; by strace, else by watching `os` in this process."""
    if shutil.which("strace"):
        log = folder.parent / "trace"
        subprocess.run(["strace", "-f", "-y", "-e", "trace=fsync,link,linkat", "-o", log, *command], check=True)
        found = re.findall(r"(fsync|linkat|link)\((.*)\) = 0", log.read_text())
        return [f"{name} {told.replace(str(folder), '')}" for name, told in found]
    print("no strace here: calls of os.fsync and os.link are watched instead")
    seen: list[str] = []
    fsync, link = os.fsync, os.link

    def linked(old: Path, new: Path) -> None:
        seen.append(f"link {new}")
        link(old, new)

    def watched(descriptor: int) -> None:
        seen.append(f"fsync {str(Path(f'/proc/self/fd/{descriptor}').readlink()).replace(str(folder), '')}>")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(os, "link", linked)
    DeltaTables(open_table_files(str(folder)), SystemClock()).append("t", pl.DataFrame({"a": [2]}))
    return seen


def test_rows_are_synced_before_the_entry_is_there_and_the_folders_before_it_is_said(
    tables: DeltaTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = synced_by([sys.executable, "-c", _APPEND, str(tmp_path)], tmp_path, monkeypatch)
    steps = [
        r"fsync .*/t/part-",
        r"fsync .*/t>",
        r"fsync .*_delta_log/\.",
        r"link.*00002\.json",
        r"fsync .*_delta_log>",
    ]
    found = [next(i for i, call in enumerate(calls) if re.search(step, call)) for step in steps]
    assert found == sorted(found), calls
    assert tables.read("t").collect().height == 2


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_refuses_is_told_in_a_line_and_nothing_half_is_there(
    tables: DeltaTables, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(UnavailableError, match="cannot be written"):
            tables.append("t", pl.DataFrame({"a": [2]}))
    assert tables.read("t").collect().height == 1
    if code == errno.EIO:
        with pytest.raises(UnavailableError, match="its disk failed"):
            tables.append("t", pl.DataFrame({"a": [2]}))
    else:
        assert tables.append("t", pl.DataFrame({"a": [2]})) == 2


def test_a_damaged_log_is_told_in_a_line(tables: DeltaTables, tmp_path: Path) -> None:
    (tmp_path / "t" / entry_name(1)).write_text("{")
    with pytest.raises(DamagedError, match="'t' cannot be read: its log is damaged"):
        tables.read("t")


def test_tables_are_open_to_others_and_what_these_change_is_seen_or_refused(
    tables: DeltaTables, tmp_path: Path
) -> None:
    import deltalake

    deltalake.write_deltalake(tmp_path / "t", pl.DataFrame({"a": [5]}), mode="append")
    assert sorted(tables.read("t").collect()["a"].to_list()) == [1, 5]
    assert tables.append("t", pl.DataFrame({"a": [6]})) == 3
    assert deltalake.DeltaTable(tmp_path / "t").count() == 3
    assert tables.delete_rows("t", "a", [5]) == 1
    deltalake.write_deltalake(tmp_path / "p", pl.DataFrame({"a": [5], "b": [1]}), partition_by="b")
    assert tables.read("p").collect().rows() == [(5, 1)]
    with pytest.raises(ConflictError, match="'p' is not changed here: it is partitioned"):
        tables.append("p", pl.DataFrame({"a": [6], "b": [1]}))


def test_a_missing_extra_is_told_with_the_command(tables: DeltaTables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(UnavailableError, match=r"pip install 'tidemill\[delta\]'"):
        tables.read("t")


def test_places_that_are_none_are_refused_and_no_secret_is_shown() -> None:
    for url in ("ftp://a/b", "s3://", "s3://key:secret@bucket", "file://host/folder", "s3://b?endpoint=nowhere"):
        with pytest.raises(UsageError) as told:
            open_table_files(url)
        assert "secret" not in str(told.value)
        assert "blobs" not in str(told.value)


def test_importing_the_port_loads_nothing_heavy() -> None:
    program = (
        "import sys, tidemill.storage.tables.port, tidemill.storage.tables.object_table_files as _; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"deltalake", "polars", "obstore"} & set(loaded)
