"""Records of the bundles."""

from __future__ import annotations

from dataclasses import dataclass

from tidemill.bundles.manifest import BundleFile, Lock, Manifest
from tidemill.core import check_name

#: The check that a bundle must have passed to be deployed.
CI = "ci"
#: What is asked to be deployed when runs shall use the working tree again.
WORKING_TREE = "working-tree"
#: Names the newest bundle of a store.
LATEST = "latest"
#: The tag of a run that holds the digest of its code's bundle.
RUN_TAG = "bundle"


@dataclass(frozen=True)
class Bundle:
    """A stored bundle: what is in it, and where it was taken from when it was first stored.

    commit: of git; None outside a repository. diff_digest: of what was not committed; empty when nothing was.
    made_with: the exact version of Python.
    """

    manifest: Manifest
    commit: str | None
    diff_digest: str
    made_with: str
    created_at: str
    created_by: str

    @property
    def digest(self) -> str:
        """The digest of the manifest, which is the bundle's."""
        return self.manifest.digest

    @property
    def files(self) -> tuple[BundleFile, ...]:
        """The files, in the order of their paths."""
        return self.manifest.files

    @property
    def lock(self) -> Lock:
        """Which versions of other packages it was made for."""
        return self.manifest.lock

    @property
    def short(self) -> str:
        """The beginning of the digest, by which it can be named."""
        return self.digest[:12]


@dataclass(frozen=True)
class BundleCheck:
    """What came of a check of a bundle. `report_digest` names the blob of its report, as JSON."""

    id: str
    digest: str
    name: str
    passed: bool
    report_digest: str
    at: str
    by: str


@dataclass(frozen=True)
class BundleDeployment:
    """A bundle was deployed to an environment; `number` counts up in each environment.

    digest: empty when the environment went back to the working tree. how: `deployed`, `promoted`, `rolled back` or
    `withdrawn`. override: why it was deployed without having passed its check; empty when it had.
    from_environment: where it was promoted from.
    """

    environment: str
    number: int
    digest: str
    how: str
    override: str
    from_environment: str
    at: str
    by: str


def check_environment(name: str) -> str:
    """Return the name of an environment. Raises UsageError for one that cannot be."""
    return check_name("environment", name)
