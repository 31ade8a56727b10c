"""Printing, logging and warnings of a step are taken down and still shown; a debugger works as ever."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading

import pytest

from tidemill.pipelines import captured_output
from tidemill.pipelines.executors.port import LogLine


def told(lines: list[LogLine]) -> list[tuple[str, str]]:
    return [(line.stream, line.text) for line in lines]


def test_what_is_printed_is_taken_down_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[LogLine] = []
    with captured_output(lines.append, "4.1"):
        print("one")
        print("two", "of two", sep="\n")
        print("wrong", file=sys.stderr)
        sys.stdout.write("no end")
    print("not a step's")
    assert told(lines) == [
        ("stdout", "one"),
        ("stdout", "two"),
        ("stdout", "of two"),
        ("stderr", "wrong"),
        ("stdout", "no end"),
    ]
    assert {line.task_id for line in lines} == {"4.1"}
    shown = capsys.readouterr()
    assert shown.out == "one\ntwo\nof two\nno endnot a step's\n"
    assert shown.err == "wrong\n"


def test_logging_is_taken_down_whenever_its_handler_was_made() -> None:
    shown = io.StringIO()
    kept, sys.stderr = sys.stderr, shown
    logger = logging.getLogger("tests.capture")
    logger.propagate = False
    before = logging.StreamHandler()
    logger.addHandler(before)
    lines: list[LogLine] = []
    try:
        for number in (1, 2):
            with captured_output(lines.append, "0.1"):
                logger.warning("round %d", number)
        within: list[logging.Handler] = []
        with captured_output(lines.append, "0.1"):
            within.append(logging.StreamHandler())
        logger.removeHandler(before)
        logger.addHandler(within[0])
        logger.warning("between")
        with captured_output(lines.append, "0.1"):
            logger.warning("of a handler made in a step")
    finally:
        sys.stderr = kept
        logger.handlers.clear()
    assert [text for _, text in told(lines)] == ["round 1", "round 2", "of a handler made in a step"]
    assert shown.getvalue().splitlines() == ["round 1", "round 2", "between", "of a handler made in a step"]


def test_of_a_progress_bar_its_last_state_is_kept() -> None:
    lines: list[LogLine] = []
    with captured_output(lines.append, "0.1"):
        for percent in range(0, 101, 10):
            sys.stdout.write(f"\r{percent:>3} %")
        sys.stdout.write("\n")
        sys.stdout.write("windows\r\n")
    assert told(lines) == [("stdout", "100 %"), ("stdout", "windows")]


def test_threads_that_were_there_before_are_not_the_steps() -> None:
    lines: list[LogLine] = []
    go, gone = threading.Event(), threading.Event()

    def other() -> None:
        go.wait(30)
        print("of the server")
        gone.set()

    thread = threading.Thread(target=other)
    thread.start()
    with captured_output(lines.append, "0.1"):
        go.set()
        gone.wait(30)
        own = threading.Thread(target=lambda: print("of the step"))
        own.start()
        own.join()
    thread.join()
    assert told(lines) == [("stdout", "of the step")]


def test_a_step_that_fails_leaves_the_streams_as_they_were() -> None:
    before = sys.stdout, sys.stderr
    lines: list[LogLine] = []

    def fail() -> None:
        with captured_output(lines.append, "0.1"):
            print("so far")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert (sys.stdout, sys.stderr) == before
    assert told(lines) == [("stdout", "so far")]


def test_a_breakpoint_stops_where_it_is_and_answers_and_warnings_are_taken_down() -> None:
    program = (
        "import warnings\n"
        "from tidemill.pipelines import captured_output\n"
        "lines = []\n"
        "with captured_output(lines.append, '0.1'):\n"
        "    secret = 6 * 7\n"
        "    breakpoint()\n"
        "    print('went on')\n"
        "    warnings.warn('a column is empty')\n"
        "print([line.text.endswith('went on') for line in lines if line.stream == 'stdout'][-1])\n"
        "print([line.text for line in lines if line.stream == 'stderr'][0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="p secret\nc\n", capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert "(Pdb) 42" in done.stdout
    assert done.stdout.splitlines()[-2] == "True"
    assert done.stdout.splitlines()[-1].endswith("UserWarning: a column is empty")
