"""Requests to erase, and what each found and did."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Link
from tidemill.ui.views.page import Page


@context
class ErasureRow:
    """One request."""

    request_id: str = told("the id of the request")
    url: str = told("the page that shows it")
    state: str = told("open, waiting or done")
    columns: str = told("columns of the keys")
    n_keys: int = told("how many keys")
    why: str = told("the reason that was given")
    requested_at: datetime = told("when, aware UTC")
    requested_by: str = told("who asked for it")
    lifted_at: datetime | None = told("since when its keys may come back; None when they may not", default=None)


@context
class ErasedRow:
    """One thing that held the keys."""

    kind: str = told("dataset, prediction, model and so on")
    name: str = told("which one of that kind")
    words: str = told("counts of rows, keys or labels")
    state: str = told("erased, kept, found, or beyond what Tidemill reaches")


@context
class ErasuresPage(Page):
    """Requests to erase; with one of them, what it found and did. Only admins see it."""

    template: ClassVar[str] = "erasures.html"
    section: ClassVar[str] = "Audit"

    requests: tuple[ErasureRow, ...] = told("requests, newest first", default=())
    shown: ErasureRow | None = told("the request that is shown; None when none is", default=None)
    found: tuple[ErasedRow, ...] = told("what held its keys", default=())
    waiting: tuple[str, ...] = told("what must end before it is done", default=())
    advice: tuple[str, ...] = told("what is left to people", default=())

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Erasures" if self.shown is None else f"Erasure {self.shown.request_id[:8]}"

    @property
    def sentence(self) -> str:
        """How many requests there are, and how many wait."""
        if not self.requests:
            return "Nobody was erased from this project."
        n_open = sum(row.state != "done" for row in self.requests)
        asked = f"{len(self.requests):,} request{'s' if len(self.requests) != 1 else ''}"
        return f"{asked}, {f'{n_open:,} of them not done' if n_open else 'all done'}."

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """The audit trail, and the list when one request is shown."""
        audit = Link(text="Audit", url=urls.AUDIT)
        return (audit,) if self.shown is None else (audit, Link(text="Erasures", url=urls.ERASURES))
