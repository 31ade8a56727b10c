"""Bundles: a project's code as one thing with a digest, checked, deployed to environments, promoted between them.

ignore_rules   `.gitignore` and `.tidemillignore`
secrets        files that are never taken along, passwords in text that is
belonging      what belongs into a bundle and what does not, with the reason
declared       the pipelines that a file declares, read from its text
known_files    what is known of a folder's files by heart
project_files  walking a project's folder
lock           which versions of other packages the code stands on
source_state   the commit, and what differed from it
manifest       exactly what a bundle is made of; its digest is the bundle's
draft          a bundle that is not stored yet
records        bundles, checks, deployments
storing        bringing a bundle's bytes into a store
unpacking      bundles as folders again
deploying      which bundle an environment uses
removal        what decides whether a bundle is kept, and taking it away
references     which blobs the records of this room name
service        the verbs
"""

from __future__ import annotations

from tidemill.bundles.belonging import LeftOut
from tidemill.bundles.draft import BundleDraft, make_draft
from tidemill.bundles.manifest import BundleFile, Lock, Manifest, parse_manifest
from tidemill.bundles.records import CI, RUN_TAG, WORKING_TREE, Bundle, BundleCheck, BundleDeployment
from tidemill.bundles.references import referenced_blobs
from tidemill.bundles.removal import BundleFacts, bundles_in_use, list_bundle_facts, remove_bundles
from tidemill.bundles.service import Bundles
from tidemill.bundles.storing import copy_bundle, is_stored
from tidemill.bundles.unpacking import UnpackedBundles

__all__ = [
    "CI",
    "RUN_TAG",
    "WORKING_TREE",
    "Bundle",
    "BundleCheck",
    "BundleDeployment",
    "BundleDraft",
    "BundleFacts",
    "BundleFile",
    "Bundles",
    "LeftOut",
    "Lock",
    "Manifest",
    "UnpackedBundles",
    "bundles_in_use",
    "copy_bundle",
    "is_stored",
    "list_bundle_facts",
    "make_draft",
    "parse_manifest",
    "referenced_blobs",
    "remove_bundles",
]
