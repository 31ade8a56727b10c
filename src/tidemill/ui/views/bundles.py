"""Bundles of code: the list with what each environment uses, and one bundle."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Link, Tone
from tidemill.ui.views.page import Page


@context
class EnvironmentRow:
    """What the scheduled and triggered runs of an environment use."""

    name: str = told("name of the environment, such as staging")
    bundle: Link | None = told("the bundle that is deployed; None for the working tree", default=None)
    how: str = told("how it came there: deployed, promoted, rolled back", default="")
    at: datetime | None = told("since when, aware UTC", default=None)
    by: str = told("who deployed it", default="")
    override: str = told("why it is deployed without having passed its check; empty when it had", default="")


@context
class BundleRow:
    """One line of the list of bundles."""

    digest: str = told("digest of the bundle, 64 hex digits")
    pipelines: tuple[str, ...] = told("pipelines that its files declare", default=())
    n_files: int = told("how many files it has")
    n_bytes: int = told("how many bytes they have")
    commit: str = told("commit of the repository; empty outside one", default="")
    dirty: bool = told("whether files differed from the commit", default=False)
    passed: bool | None = told("whether the check ci passed; None when it did not run", default=None)
    deployed_to: tuple[str, ...] = told("environments whose runs use it", default=())
    created_at: datetime = told("when it was stored, aware UTC")
    created_by: str = told("who stored it")

    @property
    def url(self) -> str:
        """Page of the bundle."""
        return urls.bundle_url(self.digest)


@context
class BundlesPage(Page):
    """List of bundles."""

    template: ClassVar[str] = "bundles.html"
    section: ClassVar[str] = "Bundles"

    bundles: tuple[BundleRow, ...] = told("one row per bundle, newest first")
    environments: tuple[EnvironmentRow, ...] = told("one row per environment of this store", default=())
    fill: Command = told("command that makes a first bundle, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Bundles"

    @property
    def sentence(self) -> str:
        """How many there are and how many environments use one."""
        return sentences.bundles(len(self.bundles), sum(row.bundle is not None for row in self.environments))


@context
class BundledFile:
    """One file of a bundle."""

    path: str = told("path below the project's folder")
    n_bytes: int = told("how many bytes it has")
    digest: str = told("digest of its bytes, 64 hex digits")
    executable: bool = told("whether it can be executed", default=False)


@context
class BundleCheckRow:
    """What came of one check of a bundle."""

    name: str = told("name of the check, such as ci")
    passed: bool = told("whether it passed")
    at: datetime = told("when it ended, aware UTC")
    by: str = told("who ran it")


@context
class BundlePage(Page):
    """One bundle."""

    template: ClassVar[str] = "bundle.html"
    section: ClassVar[str] = "Bundles"

    row: BundleRow = told("the bundle as the list has it")
    module: str = told("Python file with the project's declarations")
    python_version: str = told("version of Python that it is for, and the exact one that made it")
    lock: str = told("the lock file, or that installed versions were recorded")
    lock_text: str = told("the recorded versions; empty when the lock is one of the files", default="")
    files: tuple[BundledFile, ...] = told("its files in the order of their paths")
    checks: tuple[BundleCheckRow, ...] = told("its checks, the latest first", default=())
    deployments: tuple[EnvironmentRow, ...] = told("where it was deployed, the latest first", default=())
    diff: str = told("what was not committed when it was stored, secrets hidden", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"Bundle {self.row.digest[:12]}"

    @property
    def sentence(self) -> str:
        """What it holds, and whether it can be deployed."""
        return sentences.bundle(self.row.n_files, self.row.passed, self.row.deployed_to)

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The environments that use it."""
        return tuple((name, Tone.TIDE) for name in self.row.deployed_to)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Bundles."""
        return (Link(text="Bundles", url=urls.BUNDLES),)
