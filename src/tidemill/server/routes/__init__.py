"""The JSON API, a file for each room: which verbs of it may be called by whom.

health      whether the server lives and is ready
data        dataset versions
bundles     bundles of code, environments, promotion
components  the catalogue of steps and pipelines
searching   counting, exporting and comparing runs, saved views
tracking    runs and their steps
artifacts   files of runs
pipelines   pipelines, their plans, graphs, elements and approvals; cancelling a run
records     what steps wrote, took and returned, and how it was planned
jobs        work for the worker: queueing a run, its state, cancelling and retrying it
registry    models, versions
promotions  asking for a promotion, approving, demoting; policies and evidence
deployment  endpoints, deploying, rolling back, logged predictions
feedback    labels and their quarantine
monitoring  windows of event time and what was found in them
loop        its progress, its turns, retraining by hand
governance  why, the audit trail
erasure     taking an entity out of everything that is kept
storage     what is stored for whom, collecting what nothing keeps
tables      tables with their versions and rows
access      tokens
webhooks    addresses that are told what happens
blobs       uploading in pieces, downloading as a stream
packs       many small blobs in one request
direct      uploads straight into a bucket
"""

from __future__ import annotations

from tidemill.server.routes import (
    access,
    artifacts,
    blobs,
    bundles,
    components,
    data,
    deployment,
    direct,
    erasure,
    feedback,
    governance,
    health,
    jobs,
    loop,
    monitoring,
    packs,
    pipelines,
    promotions,
    recording,
    records,
    registry,
    searching,
    storage,
    tables,
    tracking,
    webhooks,
)
from tidemill.server.routes.route import Route

__all__ = ["ROUTES", "Route"]

ROUTES: tuple[Route, ...] = (
    *health.ROUTES,
    *data.ROUTES,
    *bundles.ROUTES,
    *components.ROUTES,
    *searching.ROUTES,
    *tracking.ROUTES,
    *artifacts.ROUTES,
    *pipelines.ROUTES,
    *recording.ROUTES,
    *records.ROUTES,
    *jobs.ROUTES,
    *promotions.ROUTES,
    *registry.ROUTES,
    *deployment.ROUTES,
    *feedback.ROUTES,
    *monitoring.ROUTES,
    *loop.ROUTES,
    *governance.ROUTES,
    *storage.ROUTES,
    *tables.ROUTES,
    *erasure.ROUTES,
    *access.ROUTES,
    *webhooks.ROUTES,
    *blobs.ROUTES,
    *direct.ROUTES,
    *packs.ROUTES,
)
