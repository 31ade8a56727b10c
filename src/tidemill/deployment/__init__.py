"""Deployment: endpoints, what they serve, and the snapshots that the data plane reads.

endpoint     `endpoint`: what a project declares; endpoints and revisions as stored
service      the verbs: release, deploy, roll back, reconcile
snapshot_of  from a model version to the snapshot that serves it
"""

from __future__ import annotations

from tidemill.deployment.endpoint import DeployedEndpoint, Endpoint, Revision, endpoint
from tidemill.deployment.service import Deployments, Offer, Release

__all__ = ["DeployedEndpoint", "Deployments", "Endpoint", "Offer", "Release", "Revision", "endpoint"]
