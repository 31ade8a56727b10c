"""PostgreSQL stopped at once, under load, and started again: as a power cut of the server alone would."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from tests.faults.acknowledgements import Line, read_lines
from tests.faults.checker import Findings
from tests.faults.server_client import EVENTS, KIND
from tests.faults.trials import Outcome
from tests.postgres import Server
from tidemill.core import SystemClock
from tidemill.storage.followers import catch_up
from tidemill.storage.schema import open_database
from tidemill.storage.verification import verify_chain

_WITHIN_S = 60.0
_N_CLIENTS = 3


class Restart(Outcome):
    """How a stop of the server was survived."""

    @property
    def command(self) -> str:
        """The one command that does it again."""
        return f"TIDEMILL_SEED={self.seed} .venv/bin/pytest -n 0 tests/faults/test_server_restarts.py"


class Restarts:
    """Clients that write to a store, a server that is stopped under them, and what is left of it."""

    def __init__(self, server: Server, folder: Path, seed: int, *, careless: bool = False) -> None:
        self._server = server
        self._url = server.fresh()
        self._folder = folder
        self._chance = random.Random(seed)
        self._seed = seed
        self._records = [folder / f"client{number}" for number in range(_N_CLIENTS)]
        command = [sys.executable, "-m", "tests.faults.server_client", self._url, str(folder)]
        more = ["--careless"] if careless else []
        self._clients = [
            subprocess.Popen([*command, record.name, *more], stdin=subprocess.PIPE) for record in self._records
        ]

    def ride(self, count: int) -> list[Outcome]:
        """Stop the server so many times, look each time at what is there, and end the clients."""
        try:
            self._wait_for_more([0] * _N_CLIENTS)
            outcomes = [self._restart(number) for number in range(count)]
        finally:
            for client in self._clients:
                client.communicate(timeout=_WITHIN_S)
        outcomes[-1].findings.trouble += [
            f"a client ended with {each.returncode}" for each in self._clients if each.returncode
        ]
        self._look(outcomes[-1].findings)
        self._server.drop(self._url)
        return outcomes

    def _restart(self, number: int) -> Outcome:
        """Stop it at a moment of chance, start it, and wait until every client was promised something since."""
        outcome = Restart(f"restart {number}", self._seed)
        before = self._counts("failed")
        time.sleep(self._chance.uniform(0.05, 0.4))
        self._server.stop_at_once()
        promised = [_keys(record, "done") for record in self._records]
        self._server.start()
        self._look(outcome.findings, promised)
        self._wait_for_more([len(keys) for keys in promised], outcome.findings)
        outcome.reached = self._counts("failed") != before
        return outcome

    def _counts(self, word: str) -> list[int]:
        return [len(_keys(record, word)) for record in self._records]

    def _wait_for_more(self, counts: list[int], findings: Findings | None = None) -> None:
        deadline = time.monotonic() + _WITHIN_S
        while any(now <= then for now, then in zip(self._counts("done"), counts, strict=True)):
            if time.monotonic() > deadline:
                assert findings is not None, "the clients do not begin"
                findings.trouble.append(f"a client did not come back within {_WITHIN_S:g} s")
                return
            time.sleep(0.02)

    def _look(self, findings: Findings, promised: list[list[str]] | None = None) -> None:
        """Hold what is stored against what was promised. promised: by when the server was stopped; None: by now."""
        promised = promised or [_keys(record, "done") for record in self._records]
        database = open_database(self._url, SystemClock(), self._folder)
        catch_up(database, None)
        stored = database.read(_stored)
        report = database.read(verify_chain)
        database.close()
        begun = {line.operation for record in self._records for line in read_lines(record)}
        whole = Counter(dict.fromkeys(("job", *EVENTS), 1))
        findings.lost += [f"{key} was promised" for keys in promised for key in keys if key not in stored]
        findings.half += [f"{key} is there as {dict(parts)}" for key, parts in stored.items() if parts != whole]
        findings.trouble += [f"{key} was never asked for" for key in stored.keys() - begun]
        findings.trouble += [each.sentence for each in report.findings]


def _keys(record: Path, word: str) -> list[str]:
    lines: list[Line] = read_lines(record)
    return [line.operation for line in lines if line.word == word]


def _stored(tx: object) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    jobs = sa.text("SELECT unique_key AS key, 'job' AS part FROM job WHERE kind = :kind").bindparams(kind=KIND)
    events = sa.text("SELECT subject AS key, kind AS part FROM event")
    for statement in (jobs, events):
        for row in tx.rows(statement):  # type: ignore[attr-defined]
            found.setdefault(row["key"], Counter())[row["part"]] += 1
    return found
