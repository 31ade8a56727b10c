"""What is stored for whom, and what would go."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Link
from tidemill.ui.views.page import Page


@context
class StoredRow:
    """Some blobs of one owner, or with one reason."""

    what: str = told("kept, left alone, would be set aside, would be deleted, or removed")
    words: str = told("whose they are, or why")
    n_blobs: int = told("how many blobs")
    n_bytes: int = told("their bytes")


@context
class RetentionRow:
    """One line of the policy and what it would let go."""

    kind: str = told("runs, datasets, models, predictions, quarantine, tables or bundles")
    rule: str = told("the line as it was written")
    n_going: int = told("how many would go")
    n_kept: int | None = told("how many would stay; None when they were not counted", default=None)


@context
class TableRow:
    """A table."""

    name: str = told("name of the table")
    version: int = told("its newest version")
    n_rows: int = told("rows of that version")
    n_columns: int = told("how many columns it has")
    changed_at: datetime = told("when that version was made, aware UTC")


@context
class BackupRow:
    """A backup that is there."""

    folder: str = told("where it is")
    made_at: datetime = told("the instant that it is of, aware UTC")
    n_events: int = told("how many events it holds")
    n_blobs: int = told("how many blobs it holds")
    n_bytes: int = told("their bytes")


@context
class EncryptionRow:
    """What is known of the keys of an encrypted store, none of which it shows."""

    data_key: str = told("id of the data key that seals now")
    made_at: datetime = told("when that was made, aware UTC")
    n_data_keys: int = told("how many data keys there are, the older ones for what they sealed")
    master_keys: str = told("ids of the master keys that open the store; two while a rotation is not finished")


@context
class StoragePage(Page):
    """What is stored, and what a collection would let go now. Only admins see it."""

    template: ClassVar[str] = "storage.html"
    section: ClassVar[str] = "Audit"

    stored: tuple[StoredRow, ...] = told("blobs by owner, then by reason")
    retention: tuple[RetentionRow, ...] = told("lines of the policy; none when everything is kept", default=())
    tables: tuple[TableRow, ...] = told("tables by name", default=())
    backups: tuple[BackupRow, ...] = told("backups that are there, newest first", default=())
    backups_said: str = told("why backups cannot be listed; empty where they are", default="")
    encryption: EncryptionRow | None = told("its keys, None for a store that is not encrypted", default=None)
    not_collected: str = told("why no blobs are collected; empty where they are", default="")
    n_kept_bytes: int = told("bytes that stay", default=0)
    n_going_bytes: int = told("bytes that would be set aside or deleted", default=0)

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Storage"

    @property
    def sentence(self) -> str:
        """How much stays and how much would go."""
        return sentences.storage(self.n_kept_bytes, self.n_going_bytes)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """The audit trail, which tells what was removed."""
        return (Link(text="Audit", url=urls.AUDIT),)
