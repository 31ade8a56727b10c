"""Testing: a project under test, and what a backend must pass to be one of ours. Needs pytest.

`project` runs pipelines on sampled data in a temporary store (see the room `rehearsal`); the rest are suites:

blobs_conformance     bytes by digest (`tidemill.storage.BlobStore`)
events_conformance    the log of events on a database of records: positions, followers, the chain
executors_conformance where steps are executed (`tidemill.pipelines.executors.Executor`); executor_steps what it asks
keyvalue_conformance  the port of online values (`tidemill.storage.KeyValueStore`)
queue_conformance     the queue on a database of records: leases and fences
records_conformance   the port of records (`tidemill.storage.records.Database`)
tables_conformance    the port of tables (`tidemill.storage.tables.port.Tables`)

A suite is a class of plain tests which takes its backend from one fixture. Derive from it in a test file of your own
and give it that fixture.
"""

from __future__ import annotations

from tidemill.rehearsal import Rehearsal, project
from tidemill.testing.blobs_conformance import BlobsConformance
from tidemill.testing.events_conformance import EventsConformance
from tidemill.testing.executors_conformance import ExecutorsConformance
from tidemill.testing.keyvalue_conformance import KeyValueConformance, KeyValueRaces
from tidemill.testing.queue_conformance import QueueConformance
from tidemill.testing.records_conformance import RecordsConformance
from tidemill.testing.tables_conformance import TablesConformance

__all__ = [
    "BlobsConformance",
    "EventsConformance",
    "ExecutorsConformance",
    "KeyValueConformance",
    "KeyValueRaces",
    "QueueConformance",
    "RecordsConformance",
    "Rehearsal",
    "TablesConformance",
    "project",
]
