"""What steps write is kept: in order, in batches, capped, without secrets, as long as its run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from tests.pipelines.projects import ANN, Sandbox
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import KeySource, Settings, UnavailableError, UsageError
from tidemill.data import ErasedKeys
from tidemill.erasure.messages import erase_message, find_messages
from tidemill.pipelines import LogWriter, Redaction, StepLogs, remove_steps
from tidemill.pipelines.executors.port import LogLine
from tidemill.storage.encryption.master_key import make_key_file
from tidemill.storage.records import Database, Transaction

T = TypeVar("T")
RUN = "01a2000000007000800000000000000a"
WITHIN_S = 30.0


def line(task: str, text: str, stream: str = "stdout") -> LogLine:
    return LogLine(task, time.time(), stream, text)


@pytest.fixture
def writer(sandbox: Sandbox) -> Iterator[LogWriter]:
    with sandbox.workspace.step_logs.writer("default", RUN) as opened:
        yield opened


def eventually(found: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    deadline = time.monotonic() + WITHIN_S
    while not wanted(value := found()):
        assert time.monotonic() < deadline, value
        time.sleep(0.01)
    return value


def texts(sandbox: Sandbox, **query: Any) -> list[str]:
    return [each.text for each in sandbox.workspace.step_logs.lines(ANN, RUN, **query)]


def test_lines_are_kept_in_order_with_their_step_element_and_try(sandbox: Sandbox, writer: LogWriter) -> None:
    for told in (line("3.1", "first"), line("5[17].2", "second", "stderr"), line("3.1", "third")):
        writer(told)
    writer.flush()
    found = sandbox.workspace.step_logs.lines(ANN, RUN)
    assert [(each.seq, each.position, each.element, each.attempt, each.stream, each.text) for each in found] == [
        (1, 3, None, 1, "stdout", "first"),
        (2, 5, 17, 2, "stderr", "second"),
        (3, 3, None, 1, "stdout", "third"),
    ]
    assert texts(sandbox, position=3) == ["first", "third"]
    assert texts(sandbox, position=5, element=17) == ["second"]
    assert texts(sandbox, after=1, limit=1) == ["second"]


def test_a_line_is_there_without_anybody_asking_for_it(sandbox: Sandbox, writer: LogWriter) -> None:
    writer(line("0.1", "still at work"))
    assert eventually(lambda: texts(sandbox), bool) == ["still at work"]


def test_a_run_that_goes_on_in_another_process_goes_on_behind_its_lines(sandbox: Sandbox) -> None:
    for text in ("before the pause", "after it"):
        with sandbox.workspace.step_logs.writer("default", RUN) as writer:
            writer(line("0.1", text))
    assert [each.seq for each in sandbox.workspace.step_logs.lines(ANN, RUN)] == [1, 2]


def test_many_lines_are_few_writes(sandbox: Sandbox) -> None:
    counted = Counted(sandbox.workspace.database)
    with StepLogs(counted).writer("default", RUN) as writer:
        for number in range(20_000):
            writer(line("0.1", f"{number:>20}"))
    assert len(texts(sandbox, limit=10_000)) == 10_000
    assert texts(sandbox, after=19_999) == [f"{19_999:>20}"]
    assert counted.n_writes <= 100


def test_of_a_step_so_much_is_kept_and_a_line_says_so(sandbox: Sandbox) -> None:
    with StepLogs(sandbox.workspace.database, limit_mib=1).writer("default", RUN) as writer:
        for _ in range(300):
            writer(line("0.1", "x" * 8_000))
        writer(line("1.1", "another step"))
    kept = texts(sandbox, position=0, limit=10_000)
    assert len(kept) == 132
    assert kept[-1] == "the log of this step is cut here: it has reached 1,024 KiB, the most that is kept"
    assert texts(sandbox, position=1) == ["another step"]


def test_lines_from_many_threads_are_all_there_once(sandbox: Sandbox, writer: LogWriter) -> None:
    def write(task: int) -> None:
        for number in range(200):
            writer(line(f"{task}.1", f"{task}/{number}"))

    threads = [threading.Thread(target=write, args=(task,)) for task in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.flush()
    for task in range(8):
        assert texts(sandbox, position=task) == [f"{task}/{number}" for number in range(200)]


def test_while_the_records_cannot_be_written_a_step_goes_on_and_its_lines_wait(sandbox: Sandbox) -> None:
    away = Counted(sandbox.workspace.database, away=True)
    with StepLogs(away).writer("default", RUN) as writer:
        writer(line("0.1", "said while it was away"))
        writer.flush()
        assert texts(sandbox) == []
        away.away = False
    assert texts(sandbox) == ["said while it was away"]


def test_secrets_of_the_environment_and_of_urls_are_not_kept(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "sk-123456789")
    monkeypatch.setenv("DB_PASSWORD", "two\nlong-lines")
    monkeypatch.setenv("KEYBOARD", "qwertz-layout")
    with sandbox.workspace.step_logs.writer("default", RUN) as writer:
        writer(line("0.1", "key sk-123456789 of postgres://ann:geheim@host/db, long-lines, qwertz-layout"))
    assert texts(sandbox) == ["key [redacted] of postgres://ann:[redacted]@host/db, [redacted], qwertz-layout"]


def test_paths_and_short_words_are_no_secrets(tmp_path: Path) -> None:
    redaction = Redaction({"KEY_FILE_TOKEN": str(tmp_path), "TOKEN": "yes"})
    assert redaction.text(f"yes, in {tmp_path}") == f"yes, in {tmp_path}"


@pytest.mark.parametrize("text", ["a\0b", "\udcff", "x" * 100_000])
def test_what_no_store_holds_is_kept_as_escapes_and_a_long_line_is_cut(
    sandbox: Sandbox, writer: LogWriter, text: str
) -> None:
    writer(line("0.1", text))
    writer.flush()
    (kept,) = texts(sandbox)
    assert len(kept) <= 16_000
    kept.encode()
    assert "\0" not in kept


def test_lines_go_with_their_run(sandbox: Sandbox, writer: LogWriter) -> None:
    writer(line("0.1", "gone soon"))
    writer.flush()
    sandbox.workspace.database.write(lambda tx: remove_steps(tx, "default", [RUN]))
    assert texts(sandbox) == []


def test_lines_are_for_viewers_of_the_project(sandbox: Sandbox, writer: LogWriter) -> None:
    writer(line("0.1", "ours"))
    writer.flush()
    logs = sandbox.workspace.step_logs
    assert logs.lines(Caller("eve", "other", Role.ADMIN), RUN) == []
    with pytest.raises(UsageError, match="the limit of lines is 0; ask for 1 to 10,000"):
        logs.lines(ANN, RUN, limit=0)


class Counted:
    """A database that counts its writes, and refuses them while it is away."""

    def __init__(self, database: Database, *, away: bool = False) -> None:
        self._database = database
        self.folder = database.folder
        self.n_writes = 0
        self.away = away

    def write(self, function: Callable[[Transaction], T]) -> T:
        if self.away:
            raise UnavailableError("the records are away")
        self.n_writes += 1
        return self._database.write(function)

    def read(self, function: Callable[[Transaction], T]) -> T:
        return self._database.read(function)

    def check_writable(self) -> None:
        self._database.check_writable()

    def close(self) -> None:
        self._database.close()


def test_in_an_encrypted_store_lines_are_sealed_and_erasure_finds_keys_in_them(tmp_path: Path) -> None:
    key = KeySource("file", (str(tmp_path / "key"),))
    make_key_file(tmp_path / "key")
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / "home", encryption=key))
    with workspace.step_logs.writer("default", RUN) as writer:
        writer(line("0.1", "no row of anna.k in the file"))
    erased = ErasedKeys(b"secret")
    erased = erased.holding([erased.hash_of({"person": "anna.k"})])
    stored: sa.Select[Any] = sa.select(sa.column("text")).select_from(sa.table("step_log"))
    (raw,) = workspace.database.read(lambda tx: tx.rows(stored))
    assert "anna" not in raw["text"]
    (found,) = workspace.database.read(lambda tx: list(find_messages(tx, "default", erased)))
    assert (found.table, found.text) == ("step_log", "no row of anna.k in the file")
    workspace.database.write(lambda tx: erase_message(tx, "default", found, erased))
    (kept,) = workspace.step_logs.lines(ANN, RUN)
    assert kept.text == "no row of [erased] in the file"
    workspace.database.close()
