"""What can go wrong between a file and a dataset version."""

from __future__ import annotations

from tidemill.core import ConflictError, UsageError


class IngestError(UsageError):
    """A source's files cannot become a dataset version; nothing was kept."""

    code = "ingest_refused"


class CheckError(UsageError):
    """Rows of a source do not pass its checks; nothing was kept."""

    code = "check_failed"


class FolderChangedError(ConflictError):
    """A folder changed while it was read; nothing was committed."""


class LocalChangeError(ConflictError):
    """A checkout would have overwritten what is in no version; nothing was changed."""
