"""Where what was logged goes: the store of a folder, or a server."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from tidemill.access import local_caller
from tidemill.client import Client
from tidemill.core import NotFoundError, Settings, clock_of
from tidemill.recording.journal_seal import JournalSeal
from tidemill.storage import InFlight
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.stores import Place, open_store
from tidemill.tracking import Artifacts, JournalBatch, Journals, MetricPoint, Tracking

#: The variable that holds the token for a server.
TOKEN = "TIDEMILL_TOKEN"  # noqa: S105 - a name
_ATTEMPT_S = 10.0


class Destination(Protocol):
    """Takes in what journals hold. For one thread.

    Every method raises UnavailableError when it does not answer now, UsageError for what it will never take,
    NotFoundError for a run that is not there (yet), and other errors of this package for what needs a person.
    """

    def send(self, run_id: str, batch: JournalBatch) -> int:
        """Store a batch and return the position that is reached."""
        ...

    @property
    def keys(self) -> DataKeys | None:
        """What opens sealed journals; None where there is none."""
        ...

    def put_artifact(self, run_id: str, path: str, file: Path, seal: JournalSeal | None) -> None:
        """Store a file as an artifact of a run, in place of one that is there. seal: opens a file that is sealed."""
        ...

    def put_blob(self, file: Path, seal: JournalSeal | None) -> str:
        """Store a file by its digest, and return that. seal: opens a file that is sealed."""
        ...

    def hear(self, run_id: str) -> None:
        """Say that a run is worked on."""
        ...

    def last_steps(self, run_id: str) -> dict[str, int]:
        """Return the last step of each metric of a run; empty for a run that is not there."""
        ...

    def settle(self) -> None:
        """Close the runs whose processes are dead."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@dataclass(frozen=True)
class Target:
    """What a run is logged to: `url` of a server, or else the store that the settings name.

    folder: where the run was started, which is looked at for where its code came from.
    """

    settings: Settings
    url: str = ""
    folder: Path = Path()

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells targets apart."""
        return self.url, str(self.settings.home.absolute()), self.settings.project

    @property
    def journals(self) -> Path:
        """The folder of the journals."""
        return self.settings.home.absolute() / "journals"

    def open(self, environ: Mapping[str, str]) -> Destination:
        """Open it. Raises what `open_store` raises."""
        if self.url:
            return ServerDestination(self.url, environ.get(TOKEN) or None)
        return StoreDestination(self.settings)


class StoreDestination:
    """The store of a folder, or the database that its settings name."""

    def __init__(self, settings: Settings) -> None:
        place = Place(settings.home.absolute(), settings.records, settings.blobs, settings.tables, settings.encryption)
        self._store = open_store(place, clock_of(settings))
        self._journals = Journals(self._store.database)
        self._tracking = Tracking(self._store.database)
        self._artifacts = Artifacts(self._store.database, self._store.blobs, InFlight(place.home / "in_flight"))
        self._caller = local_caller(settings.project)

    def send(self, run_id: str, batch: JournalBatch) -> int:
        return self._journals.apply(self._caller, run_id, batch)

    @property
    def keys(self) -> DataKeys | None:
        return self._store.keys

    def put_artifact(self, run_id: str, path: str, file: Path, seal: JournalSeal | None) -> None:
        if seal is None:
            self._artifacts.put_file(self._caller, run_id, path, file)
        else:
            self._artifacts.put(self._caller, run_id, path, seal.pieces(file))

    def put_blob(self, file: Path, seal: JournalSeal | None) -> str:
        return self._store.blobs.put(file.read_bytes() if seal is None else b"".join(seal.pieces(file)))

    def hear(self, run_id: str) -> None:
        self._journals.hear(self._caller, run_id)

    def last_steps(self, run_id: str) -> dict[str, int]:
        try:
            metrics = self._tracking.get_run(self._caller, run_id).metrics
        except NotFoundError:
            return {}
        return {key: point.step for key, point in metrics.items()}

    def settle(self) -> None:
        self._tracking.settle_dead_runs()

    def close(self) -> None:
        self._store.database.close()


class ServerDestination:
    """A server by its URL."""

    def __init__(self, url: str, token: str | None) -> None:
        self._client = Client(url, token, _ATTEMPT_S)

    def send(self, run_id: str, batch: JournalBatch) -> int:
        return int(self._client.post(f"/api/runs/{quote(run_id, safe='')}/log", as_json(batch))["position"])

    @property
    def keys(self) -> DataKeys | None:
        return None

    def put_artifact(self, run_id: str, path: str, file: Path, seal: JournalSeal | None) -> None:  # noqa: ARG002
        self._client.artifacts.put(run_id, path, file)

    def put_blob(self, file: Path, seal: JournalSeal | None) -> str:  # noqa: ARG002 - journals for servers have none
        return self._client.upload(file)

    def hear(self, run_id: str) -> None:
        self._client.post(f"/api/runs/{quote(run_id, safe='')}/heartbeat")

    def last_steps(self, run_id: str) -> dict[str, int]:
        try:
            metrics = self._client.get(f"/api/runs/{quote(run_id, safe='')}")["metrics"]
        except NotFoundError:
            return {}
        return {key: int(point["step"]) for key, point in metrics.items()}

    def settle(self) -> None:
        """The server does that by itself."""

    def close(self) -> None:
        self._client.close()


def as_json(batch: JournalBatch) -> dict[str, Any]:
    """Return a batch as a server reads it: NaN and infinities by their names."""
    body: dict[str, Any] = {
        "journal": batch.journal,
        "start": batch.start,
        "end": batch.end,
        "alive": batch.alive,
        "points": [_point(point) for point in batch.points],
        "params": dict(batch.params),
        "tags": dict(batch.tags),
    }
    if batch.commit is not None:
        body["commit"] = batch.commit
    for name, record in (("begin", batch.begin), ("finish", batch.finish)):
        if record is not None:
            body[name] = dict(record.__dict__)
    return body


def _point(point: MetricPoint) -> list[Any]:
    value = point.value
    if not math.isfinite(value):
        return [point.key, "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity", *point[2:]]
    return list(point)
