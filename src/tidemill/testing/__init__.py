"""Testing: what a backend must pass to be one of ours. Needs pytest; nothing else imports this room.

records_conformance  the port of records (`tidemill.storage.records.Database`)

A suite is a class of plain tests which takes its backend from one fixture. Derive from it in a test file of your own
and give it that fixture.
"""

from __future__ import annotations

from tidemill.testing.records_conformance import RecordsConformance

__all__ = ["RecordsConformance"]
