"""Folders become versions and come back: whole, by the difference, and never over what is in no version."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.data.store import Store
from tidemill.access import Caller, Role
from tidemill.core import ConflictError, NotFoundError, SystemClock, TidemillError, UsageError
from tidemill.data import Difference, FileEntry, FileSets, FolderChangedError, LocalChangeError
from tidemill.data.file_manifest import Manifest, edit_manifest, entries_of
from tidemill.data.folder_hashing import store_files
from tidemill.data.references import file_set_blobs
from tidemill.storage import LocalBlobs
from tidemill.storage.schema import open_database

ANN = Caller("ann", "default", Role.EDITOR)
Files = dict[str, tuple[bytes, bool]]


def file_sets_of(home: Path) -> FileSets:
    return FileSets(open_database(home / "records.db", SystemClock(), home), LocalBlobs(home / "blobs"), SystemClock())


@pytest.fixture
def sets(store: Store) -> FileSets:
    return FileSets(store.database, store.blobs, SystemClock())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "images", {"a.png": b"a", "cats/b.png": b"b", "cats/c d.png": b"", "dogs/é.png": b"e"})
    return tmp_path / "images"


def write(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def read(folder: Path) -> Files:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = (path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return found


def test_a_folder_comes_back_as_it_was(sets: FileSets, folder: Path, tmp_path: Path) -> None:
    (folder / "cats" / "b.png").chmod(0o755)
    (folder / "none" / "inner").mkdir(parents=True)
    version = sets.commit(ANN, "images", folder)
    assert (version.reference, version.n_files, version.n_bytes, version.created) == ("images@1", 4, 3, True)
    sets.checkout(ANN, "images@1", tmp_path / "out")
    assert read(tmp_path / "out") == read(folder)
    assert (tmp_path / "out" / "none" / "inner").is_dir()
    assert sets.commit(ANN, "images", tmp_path / "out") == version


def test_the_same_content_is_the_same_version(sets: FileSets, folder: Path, store: Store) -> None:
    first = sets.commit(ANN, "images", folder)
    for _ in range(2):
        again = sets.commit(ANN, "images", folder)
        assert again == first
        assert not again.created
    (folder / "a.png").write_bytes(b"A")
    assert sets.commit(ANN, "images", folder).reference == "images@2"
    (folder / "a.png").write_bytes(b"a")
    assert sets.commit(ANN, "images", folder) == first
    assert sets.commit(ANN, "photos", folder).digest == first.digest
    assert store.event_kinds().count("file_set.committed") == 3


def test_a_change_in_the_same_instant_and_of_the_same_size_is_seen(sets: FileSets, folder: Path) -> None:
    seen = set()
    for number in range(20):
        (folder / "a.png").write_bytes(b"%02d" % number)
        seen.add(sets.commit(ANN, "images", folder).version)
    assert seen == set(range(1, 21))


def test_a_change_that_hides_behind_its_time_is_seen(sets: FileSets, folder: Path) -> None:
    os.utime(folder / "a.png", ns=(10**18, 10**18))
    time.sleep(0.1)
    sets.commit(ANN, "images", folder)
    (folder / "a.png").write_bytes(b"z")
    os.utime(folder / "a.png", ns=(10**18, 10**18))
    assert sets.commit(ANN, "images", folder).reference == "images@2"


def test_an_unchanged_commit_opens_no_file(sets: FileSets, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time.sleep(0.1)
    sets.commit(ANN, "images", folder)
    opened: list[str] = []
    real = os.open

    def note(path: Any, *rest: Any, **named: Any) -> int:
        opened.append(str(path))
        return real(path, *rest, **named)

    monkeypatch.setattr(os, "open", note)
    sets.commit(ANN, "images", folder)
    assert not [path for path in opened if str(folder) in path]


def test_switching_moves_only_the_difference(sets: FileSets, folder: Path) -> None:
    sets.commit(ANN, "images", folder)
    (folder / "a.png").write_bytes(b"A")
    (folder / "cats" / "b.png").unlink()
    write(folder, {"birds/f.png": b"f"})
    sets.commit(ANN, "images", folder)
    assert sets.diff(ANN, "images@1", "images@2") == Difference(("birds/f.png",), ("a.png",), ("cats/b.png",))
    kept = (folder / "dogs" / "é.png").stat()
    sets.checkout(ANN, "images@1", folder)
    assert (folder / "dogs" / "é.png").stat() == kept
    assert (folder / "a.png").read_bytes() == b"a"
    assert not (folder / "birds").exists()
    assert sets.status(ANN, "images@1", folder)[1] == Difference()
    assert sets.status(ANN, "images", folder)[1] == Difference(("cats/b.png",), ("a.png",), ("birds/f.png",))


def test_a_checkout_never_takes_what_is_in_no_version(sets: FileSets, folder: Path) -> None:
    sets.commit(ANN, "images", folder)
    (folder / "a.png").write_bytes(b"A")
    sets.commit(ANN, "images", folder)
    write(folder, {"a.png": b"mine", "new.png": b"new"})
    before = read(folder)
    with pytest.raises(LocalChangeError, match=r"a\.png in .* would be lost.*--force\); nothing was changed"):
        sets.checkout(ANN, "images@1", folder)
    assert read(folder) == before
    sets.checkout(ANN, "images@1", folder, force=True)
    assert (folder / "a.png").read_bytes() == b"a"
    assert (folder / "new.png").read_bytes() == b"new"


def test_what_is_already_there_is_taken_for_what_it_is(sets: FileSets, folder: Path, tmp_path: Path) -> None:
    sets.commit(ANN, "images", folder)
    write(tmp_path / "out", {"a.png": b"a"})
    sets.checkout(ANN, "images", tmp_path / "out")
    assert read(tmp_path / "out") == read(folder)


def test_files_and_folders_change_places(sets: FileSets, folder: Path) -> None:
    sets.commit(ANN, "images", folder)
    (folder / "a.png").unlink()
    write(folder, {"a.png/inner": b"1"})
    for file in (folder / "cats").iterdir():
        file.unlink()
    (folder / "cats").rmdir()
    (folder / "cats").write_bytes(b"2")
    second = read(folder)
    sets.commit(ANN, "images", folder)
    sets.checkout(ANN, "images@1", folder)
    assert (folder / "cats").is_dir()
    sets.checkout(ANN, "images@2", folder)
    assert read(folder) == second


def test_a_folder_with_files_of_no_version_is_never_replaced(sets: FileSets, folder: Path) -> None:
    sets.commit(ANN, "images", folder)
    (folder / "a.png").unlink()
    write(folder, {"a.png/mine": b"1"})
    with pytest.raises(LocalChangeError, match=r"a\.png in .* is a folder with files of no version"):
        sets.checkout(ANN, "images@1", folder, force=True)
    assert (folder / "a.png" / "mine").read_bytes() == b"1"


def test_a_copy_in_the_folder_is_not_the_store(sets: FileSets, folder: Path, tmp_path: Path) -> None:
    sets.commit(ANN, "images", folder)
    sets.checkout(ANN, "images", tmp_path / "out")
    with (tmp_path / "out" / "a.png").open("ab") as file:
        file.write(b"damage")
    sets.checkout(ANN, "images", tmp_path / "again")
    assert (tmp_path / "again" / "a.png").read_bytes() == b"a"


@pytest.mark.parametrize("kind", ["dangling", "folder", "fifo", "socket", "ring"])
def test_what_is_no_file_is_refused_or_left_out(sets: FileSets, folder: Path, tmp_path: Path, kind: str) -> None:
    odd = folder / "odd"
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "socket":
        with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as listening:
            listening.bind(f"{short}/s")
            Path(short, "s").rename(odd)
    else:
        odd.symlink_to({"dangling": tmp_path / "nowhere", "folder": tmp_path, "ring": odd}[kind])
    with pytest.raises(UsageError, match=r"odd in .* is a (link|FIFO|socket)") as told:
        sets.commit(ANN, "images", folder)
    assert "\n" not in str(told.value)
    assert sets.commit(ANN, "images", folder, skip_irregular=True).n_files == 4


def test_a_link_to_a_file_is_that_file_and_is_not_written_through(sets: FileSets, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pool.png").write_bytes(b"pool")
    (folder / "link.png").symlink_to(tmp_path / "pool.png")
    sets.commit(ANN, "images", folder)
    (tmp_path / "pool.png").write_bytes(b"POOL")
    sets.commit(ANN, "images", folder)
    sets.checkout(ANN, "images@1", folder)
    assert (tmp_path / "pool.png").read_bytes() == b"POOL"
    assert (folder / "link.png").read_bytes() == b"pool"
    assert not (folder / "link.png").is_symlink()


def test_no_checkout_writes_through_a_link(sets: FileSets, folder: Path, tmp_path: Path) -> None:
    sets.commit(ANN, "images", folder)
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "out"
    target.mkdir()
    (target / "cats").symlink_to(outside)
    with pytest.raises(LocalChangeError, match="cats"):
        sets.checkout(ANN, "images", target)
    sets.checkout(ANN, "images", target, force=True)
    assert not list(outside.iterdir())
    assert read(target) == read(folder)


def test_a_name_that_is_not_utf8_is_refused_in_one_line(sets: FileSets, folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.png")).write_bytes(b"")
    with pytest.raises(UsageError, match=r"is not UTF-8; rename it"):
        sets.commit(ANN, "images", folder)


@pytest.mark.parametrize("name", ["a\nb", "100%25.png", "a:b?.png", " lead", "trail. ", "-n", "A.PNG", "$(touch m)"])
def test_odd_names_come_back(sets: FileSets, folder: Path, tmp_path: Path, name: str) -> None:
    (folder / name).write_bytes(b"odd")
    sets.commit(ANN, "images", folder)
    sets.checkout(ANN, "images", tmp_path / "out")
    assert read(tmp_path / "out") == read(folder)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "", "a//b", ".git/hooks/post-checkout", "x\0y"])
def test_a_forged_manifest_writes_nothing_outside(sets: FileSets, store: Store, tmp_path: Path, path: str) -> None:
    blob = store.blobs.put(b"x")
    manifest = edit_manifest(store.blobs, Manifest(), {path: FileEntry(path, 1, False, blob)}, ())
    digest = store.blobs.put(manifest.to_bytes())
    sets._keep(ANN, "forged", digest)
    with pytest.raises(TidemillError):
        sets.checkout(ANN, "forged", tmp_path / "deep" / "out")
    assert not [p for p in (tmp_path / "deep").rglob("*") if p.is_file()]
    assert not (tmp_path / "x").exists()


def test_git_and_the_store_itself_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a": b"1", ".git/HEAD": b"ref", "sub/.GIT": b"x"})
    sets = file_sets_of(tmp_path / ".tidemill")
    version = sets.commit(ANN, "all", tmp_path)
    assert [entry.path for entry in sets.files(version)] == ["a"]
    assert sets.commit(ANN, "all", tmp_path) == version


def test_the_stores_own_folders_are_no_data_wherever_they_are(tmp_path: Path) -> None:
    place, home, blobs = tmp_path / "place", tmp_path / "place" / "deep" / "home", tmp_path / "place" / "kept"
    write(place, {"a": b"1", "deep/b": b"2"})
    database = open_database(home / "records.db", SystemClock(), home)
    sets = FileSets(database, LocalBlobs(blobs), SystemClock(), [blobs])
    for _ in range(2):
        assert [entry.path for entry in sets.files(sets.commit(ANN, "all", place))] == ["a", "deep/b"]
    (tmp_path / "link").symlink_to(home)
    for inside in (home, blobs, home / "in_flight", blobs / "new", tmp_path / "link"):
        for verb in (sets.commit, sets.checkout):
            with pytest.raises(UsageError, match="belongs to the store itself"):
                verb(ANN, "all", inside)
    assert not (blobs / "new").exists()


def test_no_checkout_writes_where_the_store_lies(tmp_path: Path) -> None:
    write(tmp_path / "other", {"home/records.db": b"another", "home/new": b"n", "home/x/y": b"y", "homely": b"h"})
    sets = file_sets_of(tmp_path / "here" / "home")
    sets.commit(ANN, "other", tmp_path / "other")
    before = set((tmp_path / "here").rglob("*"))
    for force in (False, True):
        with pytest.raises(UsageError, match=r"home/.* would lie in .* where the store itself does"):
            sets.checkout(ANN, "other", tmp_path / "here", force=force)
    after = {path for path in (tmp_path / "here").rglob("*") if "in_flight" not in path.parts}
    assert {path for path in after if "cache" not in path.parts} <= before
    sets.checkout(ANN, "other", tmp_path / "there")
    assert read(tmp_path / "there") == read(tmp_path / "other")


@pytest.mark.parametrize("place", ["file", "file/below", "nul\0", "long" * 100])
def test_what_cannot_be_a_folder_is_told_in_a_line(sets: FileSets, folder: Path, tmp_path: Path, place: str) -> None:
    sets.commit(ANN, "images", folder)
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(TidemillError, match="cannot be") as told:
        sets.checkout(ANN, "images", tmp_path / place)
    assert "\n" not in str(told.value)
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_damaged_index_is_not_believed(tmp_path: Path) -> None:
    write(tmp_path / "images", {f"{n}": b"%d" % n for n in range(40)})
    sets = file_sets_of(tmp_path / "home")
    time.sleep(0.1)
    first = sets.commit(ANN, "images", tmp_path / "images")
    (index,) = (tmp_path / "home" / "cache" / "folders").glob("*.index")
    data = index.read_bytes()
    (tmp_path / "images" / "new").write_bytes(b"new")
    for damaged in (b"", data[:3], data[: len(data) // 2], data[:-600] + bytes(600), data + b"0"):
        index.write_bytes(damaged)
        version = sets.commit(ANN, "images", tmp_path / "images")
        assert (version.version, version.n_files) == (2, 41)
    sets.checkout(ANN, first.reference, tmp_path / "out")
    assert len(read(tmp_path / "out")) == 40


def test_a_file_that_changes_while_it_is_read_is_found(
    sets: FileSets, folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = LocalBlobs.put_files

    def change_then_put(self: LocalBlobs, paths: Any) -> list[str]:
        digests = put(self, paths)
        (folder / "a.png").write_bytes(b"later")
        return digests

    monkeypatch.setattr(LocalBlobs, "put_files", change_then_put)
    with pytest.raises(FolderChangedError, match=r"a\.png in .* changed while it was read"):
        sets.commit(ANN, "images", folder)
    assert sets.list(ANN) == ()
    monkeypatch.undo()
    assert sets.commit(ANN, "images", folder).n_files == 4


def test_a_file_that_cannot_be_read_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FolderChangedError, match="gone went away"):
        store_files(tmp_path, {"gone": _stamp(tmp_path)}, ["gone"], store.blobs, (lambda _: None, _untold))


def test_names_are_shared_with_datasets(
    sets: FileSets, folder: Path, store: Store, trips: Any, trip_source: Any
) -> None:
    store.write("trips.parquet", trips)
    store.ingest(trip_source)
    with pytest.raises(ConflictError, match="'trips' is a dataset already"):
        sets.commit(ANN, "trips", folder)
    with pytest.raises(NotFoundError, match="file set"):
        sets.get(ANN, "tripz")


def test_wrong_references_say_what_there_is(sets: FileSets, folder: Path, tmp_path: Path) -> None:
    sets.commit(ANN, "images", folder)
    with pytest.raises(NotFoundError, match="images@1"):
        sets.get(ANN, "images@2")
    with pytest.raises(NotFoundError, match="Did you mean 'images'"):
        sets.get(ANN, "imagess")
    with pytest.raises(UsageError, match="images@x"):
        sets.get(ANN, "images@x")
    with pytest.raises(NotFoundError, match="there is no folder"):
        sets.commit(ANN, "images", tmp_path / "missing")


def test_all_that_a_version_holds_is_referenced(sets: FileSets, folder: Path, store: Store) -> None:
    first = sets.commit(ANN, "images", folder)
    (folder / "a.png").write_bytes(b"A")
    second = sets.commit(ANN, "images", folder)
    roots = [(first.digest, "one"), (second.digest, "two")]
    named = {digest for digest, _ in file_set_blobs(store.blobs, roots)}
    assert named == {blob.digest for blob in store.blobs.list()}


def test_commits_of_one_name_at_a_time_number_what_differs(store: Store, tmp_path: Path) -> None:
    def commit(number: int) -> int:
        place = tmp_path / f"f{number}"
        write(place, {"same": b"1", "which": b"%d" % (number % 3)})
        return FileSets(store.database, store.blobs, SystemClock()).commit(ANN, "images", place).version

    with ThreadPoolExecutor(6) as workers:
        numbers = list(workers.map(commit, range(12)))
    assert sorted(set(numbers)) == [1, 2, 3]
    assert all(numbers[at] == numbers[at % 3] for at in range(12))


def test_commits_and_checkouts_of_one_folder_take_turns(store: Store, tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "f", {f"{n}": b"%d of %d" % (n, number) for n in range(60)})
        FileSets(store.database, store.blobs, SystemClock()).commit(ANN, "images", tmp_path / "f")

    def go(number: int) -> int:
        sets = FileSets(store.database, store.blobs, SystemClock())
        if number % 2:
            return sets.commit(ANN, "images", tmp_path / "f").version
        return sets.checkout(ANN, f"images@{number % 3 + 1}", tmp_path / "f").version

    with ThreadPoolExecutor(4) as workers:
        numbers = list(workers.map(go, range(16)))
    assert set(numbers) <= {1, 2, 3}, "nobody commits what a checkout is half done with"


PATHS = st.sampled_from(["a", "b", "b/c", "b/d", "e/f/g", "e/f", "z", "é"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.text("abc/x", min_size=1, max_size=4), st.integers(0, 2)), min_size=1, max_size=6))
def test_a_manifest_does_not_tell_how_it_came_to_be(tmp_path_factory: pytest.TempPathFactory, states: Any) -> None:
    blobs = LocalBlobs(tmp_path_factory.mktemp("blobs"))
    manifest = Manifest()
    before: dict[str, FileEntry] = {}
    for state in states:
        # Many names each, so that there is more than one leaf.
        now = {
            f"{path}{i}": FileEntry(f"{path}{i}", size, False, "0" * 64)
            for path, size in state.items()
            for i in range(0, 4000, 7)
        }
        edits: dict[str, FileEntry | None] = {p: e for p, e in now.items() if before.get(p) != e}
        edits.update((path, None) for path in before if path not in now)
        manifest, before = edit_manifest(blobs, manifest, edits, ()), now
        assert manifest == edit_manifest(blobs, Manifest(), now, ())
        assert {entry.path: entry for entry in entries_of(blobs, manifest.leaves)} == now


class FolderMachine(RuleBasedStateMachine):
    """A folder, its versions, and what both should be."""

    @initialize()
    def begin(self) -> None:
        self.place = tempfile.TemporaryDirectory()
        root = Path(self.place.name)
        self.folder, self.sets = root / "folder", file_sets_of(root / "home")
        self.folder.mkdir()
        self.files: Files = {}
        self.versions: list[Files] = []
        self.dirty: set[str] = set()

    @rule(path=PATHS, data=st.sampled_from([b"", b"1", b"2"]), executable=st.booleans())
    def edit(self, path: str, data: bytes, executable: bool) -> None:
        inner = any(other.startswith(f"{path}/") for other in self.files)
        above = any(path.startswith(f"{other}/") for other in self.files)
        if inner or above:
            return
        if (self.folder / path).is_dir():
            self._remove_folders(self.folder / path)
        write(self.folder, {path: data})
        (self.folder / path).chmod(0o755 if executable else 0o644)
        self.files[path] = (data, executable)

    @rule(path=PATHS)
    def delete(self, path: str) -> None:
        if self.files.pop(path, None) is not None:
            (self.folder / path).unlink()

    @rule()
    def commit(self) -> None:
        self._prune()
        version = self.sets.commit(ANN, "set", self.folder)
        if version.created:
            assert self.files not in self.versions
            self.versions.append(dict(self.files))
        assert self.versions[version.version - 1] == self.files

    @rule(choice=st.integers(0, 100))
    def check_out(self, choice: int) -> None:
        if not self.versions:
            return
        number = choice % len(self.versions)
        self.commit()  # so that nothing would be lost
        self.sets.checkout(ANN, f"set@{number + 1}", self.folder)
        self.files = dict(self.versions[number])
        assert read(self.folder) == self.files
        assert not self.sets.status(ANN, f"set@{number + 1}", self.folder)[1]

    @rule(choice=st.integers(0, 100))
    def check_out_over_changes(self, choice: int) -> None:
        if not self.versions:
            return
        number = choice % len(self.versions)
        before = read(self.folder)
        try:
            self.sets.checkout(ANN, f"set@{number + 1}", self.folder)
        except LocalChangeError:
            assert read(self.folder) == before
            return
        after = read(self.folder)
        wanted = self.versions[number]
        assert {path: after[path] for path in wanted} == wanted
        for path, content in before.items():
            kept = path in after and after[path][0] == content[0]
            assert kept or any(path in v and v[path][0] == content[0] for v in self.versions), f"{path} was lost"
        self.files = after

    def _prune(self) -> None:
        for place in sorted(self.folder.rglob("*"), reverse=True):
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()

    def _remove_folders(self, place: Path) -> None:
        for inner in sorted(place.rglob("*"), reverse=True):
            inner.rmdir()
        place.rmdir()

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self.sets._database.close()
            self.place.cleanup()


def test_any_sequence_of_edits_commits_and_checkouts_keeps_every_version() -> None:
    run_state_machine_as_test(FolderMachine, settings=settings(max_examples=12, stateful_step_count=14, deadline=None))


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from tidemill.access import Caller, Role
    from tidemill.core import SystemClock
    from tidemill.data import FileSets
    from tidemill.storage import LocalBlobs
    from tidemill.storage.schema import open_database
    ANN = Caller("ann", "default", Role.EDITOR)
    def file_sets_of(home):
        database = open_database(home / "records.db", SystemClock(), home)
        return FileSets(database, LocalBlobs(home / "blobs"), SystemClock())
    home, what, number, point = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    sets, count = file_sets_of(home / "home"), 0
    real = getattr(os, point)
    def passing(*a, **k):
        global count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*a, **k)
    setattr(os, point, passing)
    if what == "commit":
        sets.commit(ANN, "images", home / "images")
    else:
        sets.checkout(ANN, "images@1", home / "images")
    print("done")
""")


def killed(home: Path, what: str, number: int, point: str) -> bool:
    """Run a verb in a process that is killed at the n-th call of a function; tell whether it was."""
    command = [sys.executable, "-c", KILLED, str(home), what, str(number), point]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode == -9


@pytest.mark.parametrize("point", ["open", "replace", "rename", "fsync"])
@pytest.mark.parametrize("number", [1, 4])
def test_a_killed_commit_goes_on(tmp_path: Path, point: str, number: int) -> None:
    write(tmp_path / "images", {f"d{i % 3}/{i}": b"%d" % i for i in range(20)})
    file_sets_of(tmp_path / "home")
    killed(tmp_path, "commit", number, point)
    sets = file_sets_of(tmp_path / "home")
    version = sets.commit(ANN, "images", tmp_path / "images")
    assert (version.version, version.n_files) == (1, 20)
    sets.checkout(ANN, "images", tmp_path / "out")
    assert read(tmp_path / "out") == read(tmp_path / "images")


@pytest.mark.parametrize("point", ["rename", "unlink", "fchmod"])
@pytest.mark.parametrize("number", [1, 3])
def test_a_killed_checkout_goes_on_and_to_elsewhere(tmp_path: Path, point: str, number: int) -> None:
    folder, states = tmp_path / "images", []
    sets = file_sets_of(tmp_path / "home")
    for version in range(3):
        write(
            folder,
            {f"{i}": b"%d of %d" % (i, version) for i in range(8)} | {f"only{version}/{i}": b"1" for i in range(4)},
        )
        for other in range(version):
            for file in (folder / f"only{other}").glob("*"):
                file.unlink()
            if (folder / f"only{other}").exists():
                (folder / f"only{other}").rmdir()
        sets.commit(ANN, "images", folder)
        states.append(read(folder))
    assert killed(tmp_path, "checkout", number, point)
    for target in (2, 0):
        sets.checkout(ANN, f"images@{target + 1}", folder)
        assert read(folder) == states[target]
        assert not list(folder.rglob("*.part"))
    assert sets.commit(ANN, "images", folder).version == 1


def _stamp(place: Path) -> Any:
    from tidemill.data.folder_scan import stamp_from

    return stamp_from(place.stat())


def _untold(_what: str, _done: int, _total: int) -> None:
    return None
