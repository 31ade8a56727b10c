"""Deployment: endpoints, what they serve, and the snapshots that the data plane reads.

endpoint     `endpoint`: what a project declares; endpoints and revisions as stored
latest_rows  `LatestRows`: what an endpoint has answered lately and labels have come for
trial_load   a candidate loaded in a process of its own before anything else loads it
judgement    an offer before the endpoint's gate, beside the champion on the same rows
references   which model versions were ever served
standing     `ServedModels`: where models are served, as the registry asks it
service      the verbs: release, deploy, roll back, declare, reconcile
snapshot_of  from a model version to the snapshot that serves it
"""

from __future__ import annotations

from tidemill.deployment.endpoint import DeployedEndpoint, Endpoint, Revision, Trigger, endpoint
from tidemill.deployment.judgement import Offer
from tidemill.deployment.latest_rows import LatestRows
from tidemill.deployment.references import deployed_versions
from tidemill.deployment.service import Deployments, Release
from tidemill.deployment.standing import ServedModels
from tidemill.deployment.trial_load import try_loading

__all__ = [
    "DeployedEndpoint",
    "Deployments",
    "Endpoint",
    "LatestRows",
    "Offer",
    "Release",
    "Revision",
    "ServedModels",
    "Trigger",
    "deployed_versions",
    "endpoint",
    "try_loading",
]
