"""Keys: where they come from, what is refused in one line, rotation beside others, and sealed columns."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.core import ConflictError, DamagedError, KeySource, Settings, TidemillError, UsageError, load_settings
from tidemill.core.clock import SystemClock
from tidemill.storage.encryption import data_keys
from tidemill.storage.encryption.encrypted_blobs import EncryptedBlobs
from tidemill.storage.encryption.key_file import KEYRING_FILE, open_home_keys
from tidemill.storage.encryption.keyring import new_keyring, parse_keyring
from tidemill.storage.encryption.master_key import make_key_file, parse_master_key, read_master_key
from tidemill.storage.encryption.sealed_columns import SEALED_COLUMNS, Sealed
from tidemill.storage.events import EventQuery
from tidemill.storage.schema import open_database
from tidemill.storage.store_keys import open_keys
from tidemill.tracking import NewRun
from tidemill.tracking._tables import param_table, run_table
from tidemill.workspace import Workspace
from tools.schema import room_metadata

AT = "2026-01-01T00:00:00.000000Z"


@pytest.fixture
def key(tmp_path: Path) -> KeySource:
    return a_key(tmp_path / "keys" / "first")


def a_key(path: Path) -> KeySource:
    make_key_file(path)
    return KeySource("file", (str(path),))


def opened(home: Path, source: KeySource | None = None, **settings: str) -> Workspace:
    return open_workspace(home.parent, Settings(home=home, encryption=source or KeySource(), **settings))  # type: ignore[arg-type]


# ---- the master key -----------------------------------------------------------------------------------------------


def test_a_key_is_32_random_bytes_as_hex_or_base64() -> None:
    key = secrets.token_bytes(32)
    for text in (key.hex(), key.hex().upper(), base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()):
        assert parse_master_key(f"{text}\n", "env:KEY") == key


@pytest.mark.parametrize("text", ["", "correct horse battery staple", "ab" * 31, "S3CRET" * 10, "00" * 32, "é"])
def test_a_passphrase_is_refused_in_one_line_and_never_shown(text: str) -> None:
    with pytest.raises(UsageError, match="env:KEY holds") as refused:
        parse_master_key(text, "env:KEY")
    assert "\n" not in str(refused.value)
    assert not text or text not in str(refused.value)


def test_a_key_comes_from_environment_file_or_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = a_key(tmp_path / "key")
    text = (tmp_path / "key").read_text()
    monkeypatch.setenv("SOME_KEY", text)
    command = KeySource("command", (sys.executable, "-c", f"print(open({str(tmp_path / 'key')!r}).read())"))
    keys = {read_master_key(each) for each in (source, command, KeySource("env", ("SOME_KEY",)))}
    assert len(keys) == 1
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_key_file(tmp_path / "key")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (KeySource("env", ("NOT_SET_AT_ALL",)), "is not set"),
        (KeySource("file", ("/nowhere/key",)), "is not there"),
        (KeySource("command", ("/nowhere/program",)), "cannot be run"),
        (KeySource("command", ("false",)), "ended with 1"),
        (KeySource("command", ("echo", "tide")), "no key"),
    ],
)
def test_a_key_that_cannot_be_had_is_told_in_one_line(source: KeySource, says: str) -> None:
    with pytest.raises(TidemillError, match=says):
        read_master_key(source)


@pytest.mark.parametrize(
    "text",
    [
        '[encryption]\nkey = {env = "K"}',
        'encryption = "env:K"',
        'encryption = {env = "K"}',
    ],
)
def test_the_settings_name_a_source(tmp_path: Path, text: str) -> None:
    (tmp_path / "tidemill.toml").write_text(text)
    assert load_settings(tmp_path, environ={}).encryption == KeySource("env", ("K",))
    environ = {"TIDEMILL_ENCRYPTION": "file:keys/k"}
    assert load_settings(tmp_path, environ=environ).encryption.words == (str(tmp_path / "keys" / "k"),)


@pytest.mark.parametrize(
    "value", ["'S3CRET'", "'key:S3CRET'", "{env = 3}", "{env = 'a', file = 'b'}", "{command = []}"]
)
def test_what_is_no_source_is_refused_without_showing_it(tmp_path: Path, value: str) -> None:
    (tmp_path / "tidemill.toml").write_text(f"[encryption]\nkey = {value}")
    with pytest.raises(UsageError, match="no source of a key") as refused:
        load_settings(tmp_path, environ={})
    assert "S3CRET" not in str(refused.value)


# ---- opening ------------------------------------------------------------------------------------------------------


def test_a_store_remembers_that_it_is_encrypted(tmp_path: Path, key: KeySource) -> None:
    home = tmp_path / "home"
    with closing(opened(home, key).database):
        pass
    assert open_home_keys(home, key) is not None
    for source, says in (
        (None, "is encrypted and no key is given"),
        (a_key(tmp_path / "keys" / "other"), "not the key of the store"),
    ):
        with pytest.raises(UsageError, match=says):
            opened(home, source)
        with pytest.raises(UsageError, match=says):
            open_home_keys(home, source or KeySource())


def test_a_store_with_contents_is_not_encrypted_afterwards(tmp_path: Path, key: KeySource) -> None:
    workspace = opened(tmp_path / "events")
    workspace.tokens.create(ANN, "ci", ANN.role, "1d")
    workspace.database.close()
    workspace = opened(tmp_path / "blobs")
    workspace.blobs.put(b"tide")
    workspace.database.close()
    for home in (tmp_path / "events", tmp_path / "blobs"):
        with pytest.raises(ConflictError, match="tidemill copy SRC DST --to-key"):
            opened(home, key)
        opened(home).database.close()


def test_a_home_whose_records_are_others_is_refused(tmp_path: Path, key: KeySource) -> None:
    home = tmp_path / "home"
    opened(home, key).database.close()
    (home / "records.db").unlink()
    for source in (None, key):
        with pytest.raises(ConflictError, match="these are not its records"):
            opened(home, source)


def test_on_postgres_the_keys_are_found_from_another_machine(tmp_path: Path, key: KeySource, postgres_url: str) -> None:
    one = opened(tmp_path / "one", key, records=postgres_url)
    run = one.tracking.start_run(ANN, NewRun("trial", "trial"))
    one.tracking.log_params(ANN, run.id, {"city": "planted marker"})
    other = opened(tmp_path / "other", key, records=postgres_url)
    assert other.tracking.get_run(ANN, run.id).params == {"city": "planted marker"}
    assert (tmp_path / "other" / KEYRING_FILE).read_text() == (tmp_path / "one" / KEYRING_FILE).read_text()
    raw = other.database.read(lambda tx: tx.scalar(sa.text("SELECT value FROM run_param")))
    assert raw.startswith("tmfind1:")
    with pytest.raises(UsageError, match="no key is given"):
        opened(tmp_path / "third", records=postgres_url)
    one.database.close()
    other.database.close()


# ---- keyring and rotation -----------------------------------------------------------------------------------------


def test_a_keyring_that_was_changed_opens_nothing() -> None:
    master = secrets.token_bytes(32)
    text = new_keyring(master, AT).to_text()
    ring = parse_keyring(text)
    keys, names = ring.unwrapped(master)
    assert len(keys) == 1
    assert len(names) == 32
    (wrapped,) = ring.names.values()
    (other,) = next(iter(ring.keys.values())).wrapped.values()
    for changed in (
        text.replace(ring.store, "0" * 32),
        text.replace(wrapped, other),
        text.replace(ring.current, "0" * 16),
        text.replace(wrapped, wrapped[:20] + ("A" if wrapped[20] != "A" else "B") + wrapped[21:]),
        text[:-10],
        "[]",
    ):
        with pytest.raises(DamagedError, match="keyring"):
            parse_keyring(changed).unwrapped(master)
    with pytest.raises(UsageError, match="not the key of the store"):
        ring.unwrapped(secrets.token_bytes(32))


def test_rotation_keeps_what_is_there_and_lets_the_older_key_go_at_the_end(tmp_path: Path, key: KeySource) -> None:
    home, new = tmp_path / "home", a_key(tmp_path / "keys" / "new")
    workspace = opened(home, key)
    before = workspace.blobs.put(b"before")
    first = workspace.encryption.status(ANN)
    rotated = workspace.encryption.rotate(ANN, new)
    assert first is not None
    assert len(rotated.masters) == len(rotated.keys) == 2
    assert rotated.current != first.current
    with pytest.raises(ConflictError, match="not finished"):
        workspace.encryption.rotate(ANN, new)
    with pytest.raises(UsageError, match="older key"):
        workspace.encryption.finish(ANN)
    with closing(opened(home, new).database):
        other = opened(home, new)
        assert other.blobs.get(before) == b"before"
        assert len(other.encryption.finish(ANN).masters) == 1
    with pytest.raises(UsageError, match="not the key of the store"):
        opened(home, key)
    assert workspace.blobs.get(before) == b"before", "what runs goes on with the keys that it has"
    again = opened(home, new)
    again.encryption.rotate(ANN)
    assert again.blobs.get(before) == b"before"
    kinds = [event.kind for event in again.audit.list(ANN, EventQuery(20))]
    assert {"encryption.rotated", "encryption.finished"} <= set(kinds)
    again.database.close()
    workspace.database.close()


_WORK = """
import sys
from pathlib import Path
from tidemill.app import open_workspace
from tidemill.core import KeySource, Settings, digest_bytes
home, key, role = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
workspace = open_workspace(home.parent, Settings(home=home, encryption=KeySource("file", (key,))))
print("up", flush=True)
n = 0
for line in sys.stdin:
    for _ in range(10):
        if role == "writer":
            workspace.blobs.put(f"blob {n}".encode())
        n += 1
    if role == "reader":
        for blob in workspace.blobs.list():
            assert digest_bytes(workspace.blobs.get(blob.digest)) == blob.digest
    print("done", len(workspace.blobs.list()), flush=True)
"""


def test_a_writer_and_a_reader_in_other_processes_go_on_while_keys_are_rotated(tmp_path: Path, key: KeySource) -> None:
    home, new = tmp_path / "home", a_key(tmp_path / "keys" / "new")
    workspace = opened(home, key)
    command = [sys.executable, "-c", _WORK, str(home), key.words[0]]
    workers = [
        subprocess.Popen([*command, role], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for role in ("writer", "reader")
    ]

    def turn(word: str, ask: str = "go\n") -> list[str]:
        said = []
        for worker in workers:
            assert worker.stdin is not None
            assert worker.stdout is not None
            if ask:
                worker.stdin.write(ask)
                worker.stdin.flush()
            said.append(worker.stdout.readline())
        assert all(line.startswith(word) for line in said), said
        return said

    try:
        turn("up", "")
        turn("done")
        workspace.encryption.rotate(ANN, new)
        renewed = opened(home, new)
        sealed_new = renewed.blobs.put(b"with the new key")
        for _ in range(3):
            turn("done")
        assert workspace.blobs.get(sealed_new) == b"with the new key"
        renewed.encryption.finish(ANN)
        for _ in range(3):
            turn("done")
        assert len(renewed.blobs.list(limit=1000)) == 71
        for blob in renewed.blobs.list():
            renewed.blobs.get(blob.digest)
        renewed.database.close()
    finally:
        for worker in workers:
            worker.communicate()
    assert [worker.returncode for worker in workers] == [0, 0]
    workspace.database.close()


def test_what_is_written_after_a_rotation_has_the_new_key(
    tmp_path: Path, key: KeySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_keys, "_LOOK_EVERY_S", 0.0)
    home = tmp_path / "home"
    one, other = opened(home, key), opened(home, key)
    rotated = one.encryption.rotate(ANN)
    digest = other.blobs.put(b"tide")
    assert isinstance(other.blobs, EncryptedBlobs)
    sealed = b"".join(other.blobs.place.pieces(other.blobs.name(digest)))
    assert sealed[8:16].hex() == rotated.current
    assert one.blobs.get(digest) == b"tide"
    one.database.close()
    other.database.close()


def test_runs_are_found_by_their_sealed_tags(tmp_path: Path, key: KeySource) -> None:
    workspace = opened(tmp_path / "home", key)
    runs = [workspace.tracking.start_run(ANN, NewRun("trial", "trial")).id for _ in range(3)]
    for run_id, city in zip(runs, ("planted marker", "other", "planted marker"), strict=True):
        workspace.tracking.set_tags(ANN, run_id, {"city": city})
    workspace.encryption.rotate(ANN)
    found = [run.id for run in workspace.tracking.tagged_runs(ANN, "city", "planted marker")]
    assert found == [runs[2], runs[0]]
    assert workspace.tracking.get_run(ANN, runs[1]).tags == {"city": "other"}
    workspace.database.close()


# ---- sealed columns -----------------------------------------------------------------------------------------------


def test_the_list_of_sealed_columns_is_what_the_tables_declare() -> None:
    declared = {
        table.name: tuple(sorted(column.name for column in table.columns if isinstance(column.type, Sealed)))
        for table in room_metadata().tables.values()
    }
    assert {name: columns for name, columns in declared.items() if columns} == SEALED_COLUMNS


def test_a_sealed_column_can_be_neither_compared_nor_sorted_by() -> None:
    column, findable = run_table.c.error, param_table.c.value
    uses: list[Callable[[], object]] = [
        lambda: column == "x",
        lambda: findable < "x",
        lambda: findable.like("x%"),
        lambda: column.in_(["x"]),
        lambda: column.like("x%"),
        lambda: column + "x",
        lambda: column < "x",
    ]
    for use in uses:
        with pytest.raises(TypeError, match="sealed in encrypted stores"):
            use()
    column.is_(None)


def test_sealed_values_come_back_and_tampering_is_found(tmp_path: Path, key: KeySource) -> None:
    home = tmp_path / "home"
    database = open_database(home / "records.db", SystemClock())
    assert open_keys(database, home, key) is not None
    row = {"project_id": "p", "run_id": "r"}
    values = {"a": "planted marker", "b": "", "c": "tmseal1:no", "d": "\U0001f30a"}
    for name, value in values.items():
        database.write(lambda tx, n=name, v=value: tx.execute(sa.insert(param_table), row | {"key": n, "value": v}))  # type: ignore[misc]
    select = sa.select(param_table.c.key, param_table.c.value)
    assert database.read(lambda tx: {each["key"]: each["value"] for each in tx.rows(select)}) == values
    raw = database.read(lambda tx: tx.scalar(sa.text("SELECT value FROM run_param WHERE key = 'a'")))
    flipped = raw[:-6] + ("A" if raw[-6] != "A" else "B") + raw[-5:]
    for bad in ("planted", flipped, raw[:-4], "tmseal1:*", "tmseal1:" + "A" * 80):
        update = sa.text("UPDATE run_param SET value = :bad WHERE key = 'a'").bindparams(bad=bad)
        database.write(lambda tx, update=update: tx.execute(update))  # type: ignore[misc]
        with pytest.raises(DamagedError):
            database.read(lambda tx: tx.rows(select))
    moved = sa.text("INSERT INTO run_tag SELECT * FROM run_param WHERE key = 'b'")
    database.write(lambda tx: tx.execute(moved))
    tags = sa.select(room_metadata().tables["run_tag"].c.value)
    with pytest.raises(DamagedError):
        database.read(lambda tx: tx.rows(tags))
    database.close()


def test_two_stores_in_one_process_seal_each_with_its_own_keys(tmp_path: Path, key: KeySource) -> None:
    stores = [
        opened(tmp_path / "a", key),
        opened(tmp_path / "b", a_key(tmp_path / "keys" / "b")),
        opened(tmp_path / "c"),
    ]
    runs = []
    for store in stores:
        run = store.tracking.start_run(ANN, NewRun("trial", "trial"))
        store.tracking.log_params(ANN, run.id, {"city": "planted marker"})
        runs.append(run.id)
    for store, run_id in zip(stores, runs, strict=True):
        assert store.tracking.get_run(ANN, run_id).params == {"city": "planted marker"}
        store.database.close()
    held = [b"planted marker" in (tmp_path / name / "records.db").read_bytes() for name in "abc"]
    assert held == [False, False, True]


def test_no_key_is_in_the_store(tmp_path: Path, key: KeySource) -> None:
    workspace = opened(tmp_path / "home", key)
    workspace.blobs.put(os.urandom(1000))
    workspace.encryption.rotate(ANN)
    ring = open_home_keys(tmp_path / "home", key)
    assert ring is not None
    secret = [read_master_key(key), ring.names, ring.lookup, *ring._keys.values()]
    workspace.database.close()
    for file in (each for each in (tmp_path / "home").rglob("*") if each.is_file()):
        held = file.read_bytes()
        for each in secret:
            assert each not in held
            assert each.hex().encode() not in held
            assert base64.b64encode(each) not in held
