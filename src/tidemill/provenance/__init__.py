"""Provenance: what a run was made in and from, beside its code digest and commit.

origin     the tags that a run gets, and reading what they name
installed  names and versions of what is installed
changes    uncommitted changes as a patch without secrets
git        the user's own git
redaction  taking secrets out of what is stored
"""

from __future__ import annotations

from tidemill.provenance.changes import CODE, Changes, redact, uncommitted_changes
from tidemill.provenance.git import demand_git, git, git_bytes
from tidemill.provenance.installed import Installed, installed_here, installed_in, normal_name
from tidemill.provenance.origin import LACKING_TAG, LOCK_FILE, Origin, origin_tags, read_origin
from tidemill.provenance.redaction import Redaction

__all__ = [
    "CODE",
    "LACKING_TAG",
    "LOCK_FILE",
    "Changes",
    "Installed",
    "Origin",
    "Redaction",
    "demand_git",
    "git",
    "git_bytes",
    "installed_here",
    "installed_in",
    "normal_name",
    "origin_tags",
    "read_origin",
    "redact",
    "uncommitted_changes",
]
