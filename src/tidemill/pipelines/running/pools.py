"""Named pools: how much of each resource the runs of a store may hold at once.

A claim is a row with a lease: of a process that died its claims are given back when they run out, or as soon as its run
is found dead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from tidemill.access import Caller
from tidemill.core import SystemClock, UsageError, did_you_mean, iso
from tidemill.pipelines._tables import pool_claim_table
from tidemill.pipelines.graph.options import Resources, StepOptions
from tidemill.storage.records import Database, Transaction

DEFAULT = "default"
LEASE = timedelta(seconds=60)
_BEATS = 4
_SETTLE_EVERY_S = 1.0

Quotas = Mapping[str, Mapping[str, float]]


class Pools:
    """The claims of one run. Used as a context: at its end all are given back. Thread-safe.

    settle: gives back what dead runs have held; asked for while others hold too much.
    """

    def __init__(
        self,
        database: Database,
        caller: Caller,
        run_id: str,
        quotas: Quotas,
        settle: Callable[[], object] = lambda: None,
    ) -> None:
        self._database = database
        self._project = caller.project
        self._run_id = run_id
        self._quotas = quotas
        self._settle = settle
        self._settled = 0.0
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Pools:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        if self._held:
            self._database.write(lambda tx: self._remove(tx, None))

    def check(self, step: str, options: StepOptions) -> None:
        """Raise UsageError for a step whose pool is not there, or never has what it needs."""
        name = options.pool or DEFAULT
        if options.pool and name not in self._quotas:
            raise UsageError(
                f"step {step!r} draws from pool {name!r}, which is not there.{did_you_mean(name, self._quotas)} "
                f"Declare it in tidemill.toml: [pools.{name}] with cpus, gpus or others"
            )
        quota = self._quotas.get(name, {})
        for resource, amount in amounts_of(options.resources).items():
            if amount > quota.get(resource, amount):
                raise UsageError(
                    f"step {step!r} needs {amount:g} {resource} of pool {name!r}, which has {quota[resource]:g}; ask "
                    "for less or raise the pool's quota in tidemill.toml"
                )

    def claim(self, task_id: str, options: StepOptions) -> bool:
        """Take what a task needs; False while others hold too much of it."""
        name = options.pool or DEFAULT
        quota = self._quotas.get(name)
        if quota is None:
            return True
        wanted = {key: value for key, value in amounts_of(options.resources).items() if key in quota and value}
        if not wanted:
            return True
        if not self._database.write(lambda tx: self._take(tx, task_id, name, wanted)):
            if time.monotonic() - self._settled > _SETTLE_EVERY_S:
                self._settle()
                self._settled = time.monotonic()
            return False
        with self._lock:
            self._held.add(task_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="pool-claims", daemon=True)
                self._thread.start()
        return True

    def give_back(self, task_id: str) -> None:
        """Give back what a task has held."""
        if task_id in self._held:
            self._database.write(lambda tx: self._remove(tx, task_id))
            with self._lock:
                self._held.discard(task_id)

    def _take(self, tx: Transaction, task_id: str, pool: str, wanted: Mapping[str, float]) -> bool:
        table, now = pool_claim_table.c, SystemClock().now()
        if tx.dialect == "postgresql":  # writers there are not serial: this table's are
            tx.execute(sa.text("LOCK TABLE pool_claim IN SHARE ROW EXCLUSIVE MODE"))
        tx.execute(sa.delete(pool_claim_table).where(table.pool == pool, table.until < iso(now)))
        rows: list[Any] = list(tx.execute(sa.select(table.amounts).where(table.pool == pool)))
        for resource, amount in wanted.items():
            held = sum(row[0].get(resource, 0.0) for row in rows)
            if held + amount > self._quotas[pool][resource] + 1e-9:
                return False
        place = {"project_id": self._project, "run_id": self._run_id, "task": task_id, "pool": pool}
        values = place | {"amounts": dict(wanted), "until": iso(now + LEASE)}
        tx.execute(sa.insert(pool_claim_table), values)
        return True

    def _remove(self, tx: Transaction, task_id: str | None) -> None:
        table = pool_claim_table.c
        mine = [table.project_id == self._project, table.run_id == self._run_id]
        mine += [] if task_id is None else [table.task == task_id]
        tx.execute(sa.delete(pool_claim_table).where(*mine))

    def _keep(self) -> None:
        while not self._end.wait(LEASE.total_seconds() / _BEATS):
            until = iso(SystemClock().now() + LEASE)
            table = pool_claim_table.c
            mine = (table.project_id == self._project, table.run_id == self._run_id)
            self._database.write(lambda tx, until=until, mine=mine: _put_off(tx, until, mine))  # type: ignore[misc]


def _put_off(tx: Transaction, until: str, mine: tuple[Any, ...]) -> None:
    tx.execute(sa.update(pool_claim_table).where(*mine).values(until=until))


def claiming_runs(tx: Transaction) -> set[str]:
    """Return the runs that hold something of a pool."""
    return {str(row["run_id"]) for row in tx.rows(sa.select(pool_claim_table.c.run_id).distinct())}


def release_claims(tx: Transaction, run_ids: Collection[str]) -> None:
    """Give back what runs have held that are over, such as those whose processes died."""
    tx.execute(sa.delete(pool_claim_table).where(pool_claim_table.c.run_id.in_(list(run_ids))))


def amounts_of(resources: Resources) -> dict[str, float]:
    """Return how much of each resource is needed, by the name that a pool gives it; memory in bytes."""
    amounts = {"cpus": resources.cpus, "gpus": resources.gpus, "memory": float(resources.memory_bytes or 0)}
    return amounts | dict(resources.custom)


def parse_pools(pools: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Read pools as tidemill.toml has them. Raises UsageError."""
    read: dict[str, dict[str, float]] = {}
    for name, quota in pools.items():
        if not isinstance(quota, Mapping):
            raise UsageError(f"pool {name!r} is {quota!r}; write [pools.{name}] with lines such as gpus = 2")
        for resource, amount in quota.items():
            if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
                raise UsageError(f"{resource} of pool {name!r} is {amount!r}; give a number that is not negative")
        read[name] = {resource: float(amount) for resource, amount in quota.items()}
    return read
