"""Testing: conformance suites of the ports, for backends of one's own as for the built-in ones. Needs pytest.

blobs_conformance  what every blob store promises

A suite is a class of tests with a fixture to fill in, and runs where it is subclassed under pytest.
"""

from __future__ import annotations

from tidemill.testing.blobs_conformance import BlobsConformance

__all__ = ["BlobsConformance"]
