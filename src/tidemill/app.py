"""The one place that wires backends to rooms."""

from __future__ import annotations

import functools
from pathlib import Path

from tidemill.access.tokens import Tokens
from tidemill.bundles import Bundles
from tidemill.core import STEP_WORKER, Clock, Settings, SystemClock, clock_of
from tidemill.data import Datasets, FileSets, Reading
from tidemill.deployment import (
    Deployments,
    Gatekeeper,
    Judge,
    LatestRows,
    Promotions,
    ServedModels,
    Sources,
    adopt_gates,
)
from tidemill.erasure import Erasures, Stores
from tidemill.evaluation import ReportCodec
from tidemill.features import FeatureStore
from tidemill.feedback import Feedback, LoggedRows
from tidemill.governance import Audit, Backups, Encryption, Evidence, Predictions
from tidemill.loop import Jobs, Loop
from tidemill.models import model_formats
from tidemill.monitoring import Monitoring
from tidemill.pipelines import (
    CODECS,
    ApprovalCodec,
    Codec,
    Codecs,
    Execute,
    FailureCodec,
    Runner,
    RunRecords,
    StepHistory,
    StepLogs,
    built_in_codecs,
    parse_pools,
)
from tidemill.pipelines.executors import Executors, Wiring
from tidemill.plugins import discover
from tidemill.registry import CandidateCodec, EvidenceRecords, PromotionRequests, Registry
from tidemill.retention import Collector, parse_policy
from tidemill.serving.log_seal import LogSeal
from tidemill.storage import BlobStore, InFlight, KeyValueStore, open_keyvalue
from tidemill.storage.blob_urls import local_folder, open_blobs
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.encrypted_keyvalue import EncryptedKeyValue
from tidemill.storage.encryption.key_file import refuse_plain_tables
from tidemill.storage.home_files import BLOBS
from tidemill.storage.queue import Queue
from tidemill.storage.records import Database
from tidemill.storage.stores import OpenedStore, open_store, place_of
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.tracking import Artifacts, Tracking
from tidemill.tuning import StudyCodec
from tidemill.webhooks import Webhooks
from tidemill.webhooks.addresses import Addresses
from tidemill.workspace import Workspace


def _own_codecs() -> tuple[Codec, ...]:
    return CandidateCodec(), ReportCodec(), StudyCodec(), FailureCodec(), ApprovalCodec()


def open_workspace(
    folder: Path,
    settings: Settings,
    clock: Clock | None = None,
    reading: Reading | None = None,
    store: OpenedStore | None = None,
) -> Workspace:
    """Open the store that the settings name, creating or migrating it when needed.

    folder: the project's folder, below which sources find their files. clock, reading: instead of what the settings
    say. store: that of the settings, when it is open already.

    Raises ConflictError for a store of a newer Tidemill, DamagedError for what is no store, UnavailableError when the
    server of its records cannot be reached; UsageError and UnavailableError for an `online` that names no store, or one
    whose client is not installed.
    """
    clock, home = clock or clock_of(settings), settings.home.absolute()
    store = _gated(store or open_store(place_of(settings), clock))
    database, blobs, keys = store.database, store.blobs, store.keys
    tables, online = _tables(settings, store, clock), _online(settings, keys)
    datasets, tracking = Datasets(database, blobs, clock, reading or Reading(dict(settings.pins))), Tracking(database)
    executors, codecs = executors_of(folder, settings), codecs_of(blobs, folder, settings)
    step_logs, registry = StepLogs(database, settings.step_log_mib), Registry(database, blobs, ServedModels())
    runner = Runner(database, tracking, datasets, codecs, clock, _execute(settings, executors, step_logs))
    logged, predictions = _predictions(database, blobs, home / "predictions", clock, LogSeal(keys))
    history, feedback = StepHistory(database, codecs, tracking), Feedback(database, logged, clock)
    sources = Sources(registry, LatestRows(feedback, logged, clock), EvidenceRecords(database, blobs), runner, datasets)
    deployments, promotions = _deploying(store, home, sources, logged)
    monitoring = Monitoring(database, logged, feedback, registry, clock)
    queue, in_flight, policy = Queue(database), InFlight(home / "in_flight"), parse_policy(settings.retention)
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
        file_sets=FileSets(database, blobs, clock, _folders(settings)),
        features=FeatureStore(database, online, clock),
        tracking=tracking,
        artifacts=Artifacts(database, blobs, in_flight),
        bundles=Bundles(database, blobs, clock),
        pipelines=runner,
        executors=executors,
        step_logs=step_logs,
        run_records=RunRecords(database, codecs, blobs, settings.prices),
        registry=registry,
        deployments=deployments,
        promotions=promotions,
        predictions=predictions,
        logged=logged,
        feedback=feedback,
        monitoring=monitoring,
        loop=Loop(database, (queue, tracking), deployments, (logged, monitoring), clock),
        jobs=Jobs(database, queue),
        evidence=Evidence(registry, deployments, (tracking, runner, history), datasets, predictions),
        audit=Audit(database),
        backups=_backups(settings, database),
        encryption=Encryption(database, home, settings.encryption),
        collector=Collector(database, blobs, (tracking, logged, tables), in_flight, policy, clock),
        erasures=Erasures(stores, tracking),
        webhooks=Webhooks(database, Addresses(settings.webhook_networks)),
    )


def _gated(store: OpenedStore) -> OpenedStore:
    adopt_gates(store.database)
    return store


def _predictions(
    database: Database, blobs: BlobStore, folder: Path, clock: Clock, seal: LogSeal
) -> tuple[LoggedRows, Predictions]:
    return LoggedRows(database, blobs, folder, clock, seal), Predictions(folder, seal)


def _deploying(store: OpenedStore, home: Path, sources: Sources, logged: LoggedRows) -> tuple[Deployments, Promotions]:
    keeper = Gatekeeper(sources.registry, PromotionRequests(store.database), Judge(sources, logged))
    deployments = Deployments(store.database, sources.registry, home / "serving", keeper, store.keys)
    return deployments, Promotions(deployments, keeper, sources.registry, sources.records)


def _tables(settings: Settings, store: OpenedStore, clock: Clock) -> DeltaTables:
    home, seals_itself = settings.home.absolute(), settings.tables_encrypted_by == "storage"
    return DeltaTables(store.tables, clock, lambda name: refuse_plain_tables(home, name, seals_itself=seals_itself))


def _online(settings: Settings, keys: DataKeys | None) -> KeyValueStore:
    plain = open_keyvalue(settings.online or settings.home.absolute() / "online.db")
    return EncryptedKeyValue(plain, keys) if keys else plain


def _backups(settings: Settings, database: Database) -> Backups:
    elsewhere = settings.records or settings.blobs or settings.tables
    return Backups(database, settings.home.absolute(), SystemClock(), in_folder=not elsewhere)


def _execute(settings: Settings, executors: Executors, step_logs: StepLogs) -> Execute:
    pools = parse_pools(settings.pools)
    return Execute(executors, pools, settings.cache_packages, step_logs, settings.prices, settings.executor)


def codecs_of(blobs: BlobStore, folder: Path, settings: Settings) -> Codecs:
    """Return the codecs of every room and of installed plugins, on the store of blobs of a project in a folder."""
    built_in = built_in_codecs(model_formats(), folder.absolute()) | {codec.name: codec for codec in _own_codecs()}
    own = [settings.home.absolute(), *_folders(settings)]
    return Codecs(discover(CODECS, built_in), blobs, inline=not settings.encryption, own_folders=own)


def open_step_store(folder: Path, settings: Settings) -> tuple[BlobStore, Codecs]:
    """Open what a process needs of a store that executes steps and writes no record: blobs, and how they are read.

    Raises what `open_store` raises.
    """
    home = settings.home.absolute()
    if settings.encryption:
        blobs = open_store(place_of(settings), clock_of(settings)).blobs
    else:
        blobs = open_blobs(settings.blobs or str(home / BLOBS), home / "cache" / "blobs", home=home)
    return blobs, codecs_of(blobs, folder, settings)


def executors_of(folder: Path, settings: Settings) -> Executors:
    """Return what makes the executors of a store by their names: ``pool``, ``ray``, ``ray://host:port``.

    The one that shares this process needs nothing of the store and is the runner's own.
    """
    return Executors(Wiring(settings, STEP_WORKER, functools.partial(open_step_store, folder)))


def _folders(settings: Settings) -> list[Path]:
    """Return the folders of blobs and tables that lie outside of the store's."""
    return [place for url in (settings.blobs, settings.tables) if url and (place := local_folder(url))]
