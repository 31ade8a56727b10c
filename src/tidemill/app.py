"""The one place that wires backends to rooms."""

from __future__ import annotations

from pathlib import Path

from tidemill.access.tokens import Tokens
from tidemill.core import Clock, Settings, SystemClock, clock_of
from tidemill.data import Datasets, FileSets, Reading
from tidemill.deployment import Deployments, LatestRows
from tidemill.erasure import Erasures, Stores
from tidemill.evaluation import ReportCodec
from tidemill.features import FeatureStore
from tidemill.feedback import Feedback, LoggedRows
from tidemill.governance import Audit, Backups, Encryption, Evidence, Predictions
from tidemill.loop import Jobs, Loop
from tidemill.models import model_formats
from tidemill.monitoring import Monitoring
from tidemill.pipelines import CODECS, Codec, Codecs, Runner, built_in_codecs
from tidemill.plugins import discover
from tidemill.registry import CandidateCodec, Registry
from tidemill.retention import Collector, parse_policy
from tidemill.serving.log_seal import LogSeal
from tidemill.storage import BlobStore, InFlight, open_keyvalue
from tidemill.storage.blob_urls import local_folder
from tidemill.storage.encryption.encrypted_keyvalue import EncryptedKeyValue
from tidemill.storage.encryption.key_file import refuse_plain_tables
from tidemill.storage.queue import Queue
from tidemill.storage.stores import Place, open_store
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.tracking import Tracking
from tidemill.tuning import StudyCodec
from tidemill.workspace import Workspace


def open_workspace(
    folder: Path, settings: Settings, clock: Clock | None = None, reading: Reading | None = None
) -> Workspace:
    """Open the store that the settings name, creating or migrating it when needed.

    folder: the project's folder, below which sources find their files. clock: instead of the one in the settings.
    reading: how runs read sources, instead of by the pins in the settings.

    Raises ConflictError for a store of a newer Tidemill, DamagedError for what is no store, UnavailableError when the
    server of its records cannot be reached; UsageError and UnavailableError for an `online` that names no store, or one
    whose client is not installed.
    """
    clock = clock or clock_of(settings)
    home = settings.home.absolute()
    store = open_store(Place(home, settings.records, settings.blobs, settings.tables, settings.encryption), clock)
    database, blobs, keys = store.database, store.blobs, store.keys
    seals_itself = settings.tables_encrypted_by == "storage"
    tables = DeltaTables(store.tables, clock, lambda name: refuse_plain_tables(home, name, seals_itself=seals_itself))
    seal = LogSeal(keys)
    plain = open_keyvalue(settings.online or home / "online.db")
    online = EncryptedKeyValue(plain, keys) if keys else plain
    datasets = Datasets(database, blobs, clock, reading or Reading(dict(settings.pins)))
    tracking = Tracking(database)
    runner = Runner(database, tracking, datasets, _codecs(blobs), clock)
    registry = Registry(database, blobs)
    logged = LoggedRows(database, blobs, home / "predictions", clock, seal)
    feedback = Feedback(database, logged, clock)
    deployments = Deployments(database, registry, home / "serving", LatestRows(feedback, logged, clock), keys)
    predictions = Predictions(home / "predictions", seal)
    monitoring = Monitoring(database, logged, feedback, registry, clock)
    queue = Queue(database)
    in_flight = InFlight(home / "in_flight")
    own = [place for url in (settings.blobs, settings.tables) if url and (place := local_folder(url))]
    policy = parse_policy(settings.retention)
    stores = Stores(database, blobs, online, logged, in_flight, home, folder.absolute(), clock, tables)
    return Workspace(
        settings=settings,
        folder=folder.absolute(),
        home=home,
        clock=clock,
        database=database,
        blobs=blobs,
        tables=tables,
        in_flight=in_flight,
        queue=queue,
        tokens=Tokens(database, home / "serving" / "tokens.json"),
        datasets=datasets,
        file_sets=FileSets(database, blobs, clock, own),
        features=FeatureStore(database, online, clock),
        tracking=tracking,
        pipelines=runner,
        registry=registry,
        deployments=deployments,
        predictions=predictions,
        logged=logged,
        feedback=feedback,
        monitoring=monitoring,
        loop=Loop(database, (queue, tracking), deployments, (logged, monitoring), clock),
        jobs=Jobs(database, queue),
        evidence=Evidence(registry, deployments, (tracking, runner), datasets, predictions),
        audit=Audit(database),
        backups=Backups(
            database, home, SystemClock(), in_folder=not (settings.records or settings.blobs or settings.tables)
        ),
        encryption=Encryption(database, home, settings.encryption),
        collector=Collector(database, blobs, (tracking, logged, tables), in_flight, policy, clock),
        erasures=Erasures(stores, tracking),
    )


def _codecs(blobs: BlobStore) -> Codecs:
    own: dict[str, Codec] = {codec.name: codec for codec in (CandidateCodec(), ReportCodec(), StudyCodec())}
    return Codecs(discover(CODECS, built_in_codecs(model_formats()) | own), blobs)
