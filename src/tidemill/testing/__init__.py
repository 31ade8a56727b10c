"""Testing: what a backend must pass to be one of ours. Needs pytest; nothing else imports this room.

blobs_conformance    what every blob store promises
events_conformance   the log of events on a database of records: positions, followers, the chain
queue_conformance    the queue on a database of records: leases and fences
records_conformance  the port of records (`tidemill.storage.records.Database`)

A suite is a class of plain tests which takes its backend from one fixture. Derive from it in a test file of your own
and give it that fixture.
"""

from __future__ import annotations

from tidemill.testing.blobs_conformance import BlobsConformance
from tidemill.testing.events_conformance import EventsConformance
from tidemill.testing.queue_conformance import QueueConformance
from tidemill.testing.records_conformance import RecordsConformance

__all__ = ["BlobsConformance", "EventsConformance", "QueueConformance", "RecordsConformance"]
