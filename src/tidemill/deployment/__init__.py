"""Deployment: endpoints, what they serve, and the snapshots that the data plane reads.

endpoint     `endpoint`: what a project declares; endpoints and revisions as stored
latest_rows  `LatestRows`: what an endpoint has answered lately and labels have come for
trial_load   a candidate loaded in a process of its own before anything else loads it
contender    what a gate judges: an offer, or a version
gathering    the evidence that rules look at, beside the champion on the same rows
collecting   evidence that takes running the model, or reading files
judgement    the trial, the evidence and what the gate makes of it
impact       what would change for whom
adopted_gates gates of endpoints of a time when no policies were recorded
gatekeeper   the gate, then whoever must approve
promotions   the verbs: promote, approve, reject, demote, collect evidence
references   which model versions were ever served
standing     `ServedModels`: where models are served, as the registry asks it
service      the verbs: release, deploy, roll back, declare, reconcile
snapshot_of  from a model version to the snapshot that serves it
"""

from __future__ import annotations

from tidemill.deployment.adopted_gates import adopt_gates
from tidemill.deployment.contender import Contender, Offer, dataset_references, made_of
from tidemill.deployment.endpoint import DeployedEndpoint, Endpoint, Revision, Trigger, endpoint
from tidemill.deployment.gatekeeper import Gatekeeper, Wish
from tidemill.deployment.gathering import Sources
from tidemill.deployment.judgement import Judge
from tidemill.deployment.latest_rows import LatestRows
from tidemill.deployment.promotions import Promoted, Promotions
from tidemill.deployment.references import deployed_versions
from tidemill.deployment.service import Deployments, Release
from tidemill.deployment.standing import ServedModels
from tidemill.deployment.trial_load import try_loading

__all__ = [
    "Contender",
    "DeployedEndpoint",
    "Deployments",
    "Endpoint",
    "Gatekeeper",
    "Judge",
    "LatestRows",
    "Offer",
    "Promoted",
    "Promotions",
    "Release",
    "Revision",
    "ServedModels",
    "Sources",
    "Trigger",
    "Wish",
    "adopt_gates",
    "dataset_references",
    "deployed_versions",
    "endpoint",
    "made_of",
    "try_loading",
]
