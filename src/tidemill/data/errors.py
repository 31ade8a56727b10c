"""What can go wrong between a file and a dataset version."""

from __future__ import annotations

from tidemill.core import UsageError


class IngestError(UsageError):
    """A source's files cannot become a dataset version; nothing was kept."""

    code = "ingest_refused"


class CheckError(UsageError):
    """Rows of a source do not pass its checks; nothing was kept."""

    code = "check_failed"
