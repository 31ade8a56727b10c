"""A workspace: one opened store. It holds attributes only, one per room; `app.py` fills them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tidemill.access.tokens import Tokens
from tidemill.bundles import Bundles
from tidemill.core import Clock, Settings
from tidemill.data import Datasets, FileSets
from tidemill.deployment import Deployments, Promotions
from tidemill.erasure import Erasures
from tidemill.features import FeatureStore
from tidemill.feedback import Feedback, LoggedRows
from tidemill.governance import Audit, Backups, Encryption, Evidence, Predictions
from tidemill.loop import Jobs, Loop
from tidemill.monitoring import Monitoring
from tidemill.pipelines import Runner, RunRecords, StepLogs
from tidemill.pipelines.executors import Executors
from tidemill.registry import Registry
from tidemill.retention import Collector
from tidemill.storage import BlobStore, InFlight
from tidemill.storage.queue import Queue
from tidemill.storage.records import Database
from tidemill.storage.tables.port import Tables
from tidemill.tracking import Artifacts, Tracking
from tidemill.webhooks import Webhooks


@dataclass(frozen=True)
class Workspace:
    """The rooms of one store, wired. `folder` is the project's folder, `home` that of the store."""

    settings: Settings
    folder: Path
    home: Path
    clock: Clock
    database: Database
    blobs: BlobStore
    tables: Tables
    in_flight: InFlight
    queue: Queue
    tokens: Tokens
    datasets: Datasets
    file_sets: FileSets
    features: FeatureStore
    tracking: Tracking
    artifacts: Artifacts
    bundles: Bundles
    pipelines: Runner
    executors: Executors
    step_logs: StepLogs
    run_records: RunRecords
    registry: Registry
    deployments: Deployments
    promotions: Promotions
    predictions: Predictions
    logged: LoggedRows
    feedback: Feedback
    monitoring: Monitoring
    loop: Loop
    jobs: Jobs
    evidence: Evidence
    audit: Audit
    backups: Backups
    encryption: Encryption
    collector: Collector
    erasures: Erasures
    webhooks: Webhooks
