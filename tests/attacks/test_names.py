"""Attacks A1 to A12: names and paths, against the one function that makes names into files."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.core import DamagedError, NotFoundError, TidemillError, UsageError
from tidemill.storage import LocalBlobs
from tidemill.storage.confined import open_below, read_below, split_name, write_below

SECRET = b"canary-7f3a"
#: The attack of the table, and spellings of it.
SPELLINGS = {
    "A1 dots": ["../secret", "../../../../etc/passwd", "a/../../secret", "a/..", "..", "./secret", "a//b", "a/", "."],
    "A1 absolute": ["/etc/passwd", "//etc/passwd", "/", "C:/secret", "c:secret", "//host/share"],
    "A2 places": ["file:///etc", "mlflow-artifacts:/../../etc", "s3://b/../../x", "https://h/x"],
    "A3 backslashes": ["..\\..\\etc\\passwd", "a\\..\\..\\secret", "\\etc", "..%5c..%5csecret", "a\\b"],
    "A4 split elsewhere": ["x;/../../etc", "?a=/../../etc", "http:///#/../../etc", "a/?/../secret"],
    "A5 decoded twice": ["%2e%2e%2fsecret", "%252e%252e%252fsecret", "a%2fsecret", "%u002e%u002e/x", "%00", "..%c0%af"],
    "A6 odd names": ["x\0", "x\n", "x\x7f", "a" * 300, "b/" * 600 + "c", "CON", "con.txt", "nul", "LPT1.x", "COM¹"],
    "A6 ends": ["a ", " a", "a./b", "...", ".. ", " ..", "a\u00a0", "\u3000a", ".. /secret", "x:stream", "", "a."],
    "A6 letters": ["\u202ecod.exe", "a\u200b", "\ufeffa", "a\u2028b", "\u2066x", "\ud800", "e\u0301"],
    "A6 other dots": ["\uff0e\uff0e/secret", "..\uff0fsecret", "\u2025/secret", "\u2024\u2024/x", "a\uff3cx"],
}  # fmt: skip
CASES = [(attack, spelling) for attack, spellings in SPELLINGS.items() for spelling in spellings]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder to be confined to, beside one with a secret."""
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "root-private").mkdir()
    (tmp_path / "root-private" / "secret").write_bytes(SECRET)
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "plain").write_bytes(b"plain")
    return folder


@pytest.mark.parametrize(("attack", "name"), CASES, ids=[f"{attack}-{n}" for n, (attack, _) in enumerate(CASES)])
def test_a_spelling_is_refused_by_rule_and_not_repeated(root: Path, attack: str, name: str) -> None:
    before = everything(root.parent)
    for ask in (lambda: read_below(root, name), lambda: write_below(root, name, b"x")):
        with pytest.raises(UsageError, match="cannot be a file") as refused:
            ask()
        assert len(name) < 4 or name not in str(refused.value)
        assert "\n" not in str(refused.value)
    assert everything(root.parent) == before


def test_plain_names_are_files(root: Path) -> None:
    for name in ("plain.txt", "charts/roc.json", "a b", "ünïcode/模型.onnx", ".hidden", "a..b", "100%", "x" * 255):
        write_below(root, name, name.encode())
        assert read_below(root, name) == name.encode()
    assert (root / "charts").stat().st_mode & 0o777 == 0o700
    assert (root / "charts" / "roc.json").stat().st_mode & 0o777 == 0o600


def test_no_link_is_followed(root: Path) -> None:
    """A7, A8: a link for the file, for a folder on the way, to a folder inside, a chain, a loop."""
    (root / "file").symlink_to("../secret")
    (root / "out").symlink_to("..")
    (root / "in").symlink_to(".")
    (root / "chain").symlink_to("out")
    (root / "loop").symlink_to("loop")
    for name in ("file", "out/secret", "in/plain", "chain/secret", "loop", "loop/x", "plain/x"):
        with pytest.raises(UsageError, match="in the way"):
            read_below(root, name)
    for name in ("out/new", "in/new", "chain/new", "loop/new", "plain/new"):
        with pytest.raises(UsageError, match="in the way"):
            write_below(root, name, b"x")
    write_below(root, "file", b"mine")  # the link is replaced, what it led to stays
    assert read_below(root, "file") == b"mine"
    assert (root.parent / "secret").read_bytes() == SECRET


def test_only_regular_files_are_opened_and_nothing_blocks(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(UsageError):
            read_below(root, name)
    with pytest.raises(UsageError):
        os.close(open_below(root, "pipe", os.O_WRONLY))
    with pytest.raises(NotFoundError, match="no file of this name"):
        read_below(root, "nothing/at/all")
    with pytest.raises(UsageError, match="larger than 3 bytes"):
        read_below(root, "plain", most_bytes=3)


ODD = st.sampled_from(
    ["..", ".", "/", "\\", "%2e", "%252f", "\0", ":", "secret", "root-private", " ", "\uff0e", "a", "~"]
)


@given(
    name=st.one_of(
        st.lists(ODD, max_size=8).map("".join), st.lists(ODD, max_size=8).map("/".join), st.text(max_size=30)
    )
)
@settings(max_examples=1500, deadline=None)
def test_no_generated_spelling_escapes(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    check_spelling(tmp_path_factory.getbasetemp() / "spellings", name)


@pytest.mark.long
@given(
    name=st.one_of(
        st.lists(ODD, max_size=12).map("".join), st.lists(ODD, max_size=12).map("/".join), st.text(max_size=99)
    )
)
@settings(max_examples=100_000, deadline=None)
@pytest.mark.timeout(1200)
def test_no_spelling_of_a_hundred_thousand_escapes(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    check_spelling(tmp_path_factory.getbasetemp() / "more-spellings", name)


def check_spelling(top: Path, name: str) -> None:
    """A name is refused, or names a file that lies where its parts say, below the root."""
    root = top / "root"
    if not root.is_dir():
        (top / "root-private").mkdir(parents=True)
        root.mkdir()
        (top / "secret").write_bytes(SECRET)
        (top / "root-private" / "secret").write_bytes(SECRET)
    try:
        parts = split_name(name)
    except UsageError:
        return
    assert ".." not in parts
    try:
        descriptor = open_below(root, name, os.O_RDWR | os.O_CREAT)
    except UsageError:  # an earlier name made a file where this one wants a folder, or the reverse
        return
    try:
        real = Path(f"/proc/self/fd/{descriptor}").readlink() if Path("/proc/self/fd").exists() else root / name
    finally:
        os.close(descriptor)
    assert real == root.resolve().joinpath(*parts)
    assert sorted(each.name for each in top.iterdir()) == ["root", "root-private", "secret"]


def test_a_folder_swapped_for_a_link_never_leads_out(root: Path) -> None:
    """A11: while files are written, their folder is exchanged with a link to a folder outside, again and again."""
    outside = root.parent / "root-private"
    before = everything(outside)
    ended = threading.Event()
    swapper = threading.Thread(target=_swap, args=(root, ended))
    swapper.start()
    refused = written = 0
    try:
        deadline = time.monotonic() + 30
        while min(written, refused) < 50 and time.monotonic() < deadline:
            try:
                write_below(root, f"artifact/file-{written % 7}", b"mine")
                written += 1
            except (TidemillError, FileNotFoundError):
                refused += 1
            with suppress(TidemillError, FileNotFoundError):
                assert read_below(root, "artifact/secret") != SECRET
    finally:
        ended.set()
        swapper.join()
    assert everything(outside) == before
    assert min(written, refused) >= 50


def _swap(root: Path, ended: threading.Event) -> None:
    artifact, n = root / "artifact", 0
    while not ended.is_set():
        n += 1
        with suppress(OSError):
            artifact.rename(root / f"kept-{n}")
        with suppress(OSError):
            artifact.symlink_to(root.parent / "root-private")
        ended.wait(0.0002)
        with suppress(OSError):
            artifact.unlink()
        ended.wait(0.0002)


@pytest.mark.parametrize("place", ["blob", "folder"])
def test_a_link_in_the_place_of_a_blob_is_damage(tmp_path: Path, place: str) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    digest = blobs.put(SECRET)
    path = blobs.path(digest)
    outside = tmp_path / "outside"
    path.rename(outside) if place == "blob" else path.parent.rename(outside)
    (path if place == "blob" else path.parent).symlink_to(outside)
    for read in (blobs.get, blobs.open, blobs.path):
        with pytest.raises(DamagedError):
            read(digest)


def test_what_is_being_stored_is_private_and_cannot_be_foreseen(tmp_path: Path) -> None:
    """A12: a name that nobody can prepare, mode 0600 from the first moment, in the store's own folder."""
    blobs = LocalBlobs(tmp_path / "blobs")
    seen: list[tuple[str, int]] = []

    def watched() -> list[bytes]:
        found = [each for each in (tmp_path / "blobs").iterdir() if each.name.endswith(".part")]
        seen.extend((each.name, each.stat().st_mode & 0o777) for each in found)
        return [b"x"]

    before = os.umask(0)
    try:
        for _ in range(2):
            blobs.put_stream(piece for _ in range(1) for piece in watched())
    finally:
        os.umask(before)
    (first, mode), (second, _) = seen
    assert mode == 0o600
    assert first != second
    assert len(first) > 32
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes; links are not followed."""
    return {
        os.path.relpath(Path(at) / name, folder): (Path(at) / name).read_bytes()
        for at, _, names in os.walk(folder)
        for name in names
        if not (Path(at) / name).is_symlink()
    }
