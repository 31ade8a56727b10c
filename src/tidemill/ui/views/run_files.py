"""The files of a run: a folder of them, or one with a look into it."""

from __future__ import annotations

from typing import ClassVar

from tidemill.ui.context import context, told
from tidemill.ui.formats import plural, size
from tidemill.ui.values import Link
from tidemill.ui.views.page import Page
from tidemill.ui.views.run_logged import FileRow
from tidemill.ui.views.run_steps import Preview


@context
class FilesPage(Page):
    """The files of a run: a folder of them, or one with a look into it."""

    template: ClassVar[str] = "run_files.html"
    section: ClassVar[str] = "Runs"

    owner: tuple[Link, ...] = told("the way up to the run or the model that keeps them, outermost first")
    folder: str = told("the folder or the file that is shown; empty for all")
    above: tuple[Link, ...] = told("the folders above, outermost first", default=())
    files: tuple[FileRow, ...] = told("what is in the folder", default=())
    next_url: str = told("what comes behind, for a large folder; empty on the last page", default="")
    preview: Preview | None = told("a look into the file; None for a folder", default=None)
    picture_url: str = told("where the picture is; empty for what is none", default="")
    n_bytes: int | None = told("size of the file; None for a folder", default=None)
    digest: str = told("digest of the file, 64 hex digits; empty for a folder", default="")
    download_url: str = told("where the file is downloaded; empty for a folder", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.folder.rpartition("/")[2] or "Files"

    @property
    def sentence(self) -> str:
        """What there is."""
        if self.n_bytes is not None:
            return f"A file of {size(self.n_bytes)}; what is shown of it is read as data and never run."
        if not self.files:
            return "No file is kept here."
        return f"{plural(len(self.files), 'entry', 'entries')} here{', and more' if self.next_url else ''}."

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Runs, the run, the folders above; or experiments, the logged model, the folders above."""
        return (*self.owner, *self.above)
