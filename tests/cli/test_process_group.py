"""A group lives as long as someone in it runs: who is dead and not buried does not count."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tidemill.cli.process_group import group_lives, signal_group

_LEADER = "import subprocess, sys; subprocess.Popen(['sleep', '60']); print('started', flush=True); sys.stdin.read()"


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is told who is dead")
def test_a_group_outlives_its_leader_and_ends_with_its_last_member() -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", _LEADER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    with leader:
        assert leader.stdout is not None
        assert leader.stdout.readline() == b"started\n"
        assert group_lives(leader.pid)
        leader.kill()
        os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT)
        assert group_lives(leader.pid), "what it had started still runs"
        assert signal_group(leader.pid, signal.SIGKILL)
        _until(lambda: not group_lives(leader.pid))
        assert signal_group(leader.pid, 0), "the leader is dead and not buried yet"
    assert not group_lives(leader.pid)
