"""Data: the list of datasets, and one dataset with its versions, schema and checks."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Link
from tidemill.ui.views.page import Page


@context
class DatasetRow:
    """One line of the list of datasets."""

    name: str = told("name of the dataset")
    version: int = told("latest version")
    n_versions: int = told("how many versions are committed")
    n_rows: int = told("rows of the latest version")
    n_checks: int = told("checks that the latest version passed")
    digest: str = told("digest of the latest version, 64 hex digits")
    created_at: datetime = told("when the latest version was committed, aware UTC")


@context
class FileSetRow:
    """One line of the list of file sets."""

    name: str = told("name of the file set")
    version: int = told("latest version")
    n_versions: int = told("how many versions are committed")
    n_files: int = told("files of the latest version")
    n_bytes: int = told("bytes of the latest version")
    digest: str = told("digest of the latest version's manifest, 64 hex digits")
    created_at: datetime = told("when the latest version was committed, aware UTC")


@context
class DatasetsPage(Page):
    """List of datasets."""

    template: ClassVar[str] = "datasets.html"
    section: ClassVar[str] = "Data"

    datasets: tuple[DatasetRow, ...] = told("one row per dataset")
    fill: Command = told("command that commits a first dataset version, shown when there is none")
    q: str = told("words the list is filtered by; empty for all", default="")
    file_sets: tuple[FileSetRow, ...] = told("one row per file set: folders that were committed", default=())

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Data"

    @property
    def sentence(self) -> str:
        """How many datasets, versions and rows."""
        return sentences.datasets(
            len(self.datasets),
            sum(row.n_versions for row in self.datasets),
            sum(row.n_rows for row in self.datasets),
        )


@context
class DatasetVersionRow:
    """One version of a dataset."""

    version: int = told("number of the version")
    digest: str = told("digest of its manifest, 64 hex digits")
    n_rows: int = told("rows of the version")
    n_parts: int = told("files it is made of")
    n_checks: int = told("checks that it passed; nothing is committed when one fails")
    created_at: datetime = told("when it was committed, aware UTC")
    created_by: str = told("who committed it")


@context
class CheckRow:
    """One check of a dataset version."""

    name: str = told("the check as declared: between(distance, 1, 6000)")
    passed: bool = told("whether it held")
    words: str = told("what was found: all 51,955 values lie in 17 to 4983", default="")


@context
class SchemaColumn:
    """One column of a dataset version."""

    name: str = told("name of the column")
    type: str = told("its type: String, Int64, Datetime")
    role: str = told("key, event time, or empty", default="")


@context
class DatasetPage(Page):
    """One dataset; one of its versions is shown open."""

    template: ClassVar[str] = "dataset.html"
    section: ClassVar[str] = "Data"

    name: str = told("name of the dataset")
    versions: tuple[DatasetVersionRow, ...] = told("its versions, newest first")
    shown: int = told("version whose schema and checks are shown")
    columns: tuple[SchemaColumn, ...] = told("schema of the version shown, in its order")
    checks: tuple[CheckRow, ...] = told("checks of the version shown")
    window: tuple[datetime, datetime] | None = told("first and last event time of its rows", default=None)
    used_by: tuple[Link, ...] = told("runs and model versions made from it", default=())

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.name

    @property
    def sentence(self) -> str:
        """How large the version shown is and whether its checks held."""
        row = next(row for row in self.versions if row.version == self.shown)
        failed = sum(not check.passed for check in self.checks)
        return sentences.dataset(self.name, row.version, row.n_rows, len(self.checks), failed)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Data."""
        return (Link(text="Data", url=urls.DATASETS),)
