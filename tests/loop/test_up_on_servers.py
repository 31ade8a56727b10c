"""The whole of Tidemill on servers: records in PostgreSQL, blobs in S3, online values in Valkey, `tidemill up`."""

from __future__ import annotations

import random
from contextlib import closing, suppress
from pathlib import Path
from socket import create_server

import pytest

from tests.cli.running import eventually, up
from tests.cli.test_commands import tidemill
from tests.loop.test_up import LAST, Outside
from tests.loop.world import DAY, HEAVIER, write_watched_project
from tests.postgres import postgres, postgres_url
from tests.valkey_server import Valkey
from tidemill.core import StoredClock, iso

__all__ = ["postgres", "postgres_url"]

#: One whole window as the first model knows it, and one that is not.
BEGIN = HEAVIER - 7 * DAY


def _ports() -> int:
    """Return a port that is free together with the next, and that no outgoing connection takes meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), create_server(("127.0.0.1", port)), create_server(("127.0.0.1", port + 1)):
            return port


@pytest.mark.timeout(240)
def test_the_whole_loop_turns_on_servers(tmp_path: Path, postgres_url: str, s3_url: str, valkey: Valkey) -> None:
    write_watched_project(tmp_path)
    module = tmp_path / "parcels.py"
    module.write_text(module.read_text().replace('label="late"', 'features=[depot_load], label="late"'))
    (tmp_path / "tidemill.toml").write_text(
        f'module = "parcels.py"\nclock = "clock"\nrecords = "{postgres_url}"\nblobs = "{s3_url}"\n'
        f'online = "{valkey.url()}"\n'
    )
    StoredClock(tmp_path / "clock").set(BEGIN)
    for command in (["ingest"], ["run"], ["materialize", "--until", iso(BEGIN)]):
        done = tidemill(tmp_path, *command)
        assert done.returncode == 0, done.stderr
    with up(tmp_path, _ports()) as running, closing(Outside(tmp_path, running)) as outside:
        eventually(lambda: outside.serves() == "late/1", "the first version")
        day = BEGIN
        while not outside.turns() and day <= LAST:
            outside.live(day)
            day += DAY
        turn = outside.turns()[0]
        assert (turn["state"], turn["before"], turn["after"]) == ("promoted", "late/1", "late/2"), turn
        eventually(lambda: outside.serves() == outside.turns()[-1]["after"], "the champion")
    verified = tidemill(tmp_path, "verify")
    assert verified.returncode == 0, verified.stderr
    assert "sound" in verified.stdout
    assert not list((tmp_path / ".tidemill").glob("*.db*"))
    assert not (tmp_path / ".tidemill" / "blobs").exists()
