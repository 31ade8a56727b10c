"""Storage: small ports and their backends. No room above knows where bytes and rows are.

blobs/         bytes by digest: the port, a folder, a bucket; uploads, packs, collection
tables/        named, typed, versioned rows: the port, Delta Lake in a folder or a bucket
encryption/    keys, and what is sealed with them
copies/        backups, and copies from one backend to another
store_keys     which keys a store has; their rotation      (needs SQLAlchemy, import it by its file)
in_flight      marks of work whose records are still to be written
blob_urls      from such a URL to a store
uploaded       which blobs were uploaded                    (needs SQLAlchemy, import it by its file)
confined       names that somebody gave, made into open files below a folder
keyvalue       online values by key: the port, and the choice of its backend
sqlite_keyvalue  the same in one SQLite file
redis_keyvalue the same in Redis or Valkey
online_values  how an online feature value is written as bytes and its key as text
filelock       a lock between processes, taken in turn
file_systems   whether a folder is on a network file system
process_locks  which names have a living process
lookups        selects in plain words, for what is asked all the time
records        the port: Database, Transaction             (needs SQLAlchemy, import it by its file)
sqlite_records rows in SQLite                              (the same)
wal_file       how long SQLite's log of changes is
group_commit   writes of threads that share a transaction   (the same)
events         reading the event log                        (the same)
postgres_records rows in PostgreSQL                        (the same)
batches        many rows written at once, by each database's fastest way
stamps         whether anything was written since          (the same)
time_limits    statements that are stopped when they take too long (the same)
statements     what SQLite and PostgreSQL say differently   (the same)
followers      reading sealed events by position, once      (the same)
sealing        gap-free positions and the chain of hashes   (the same)
verification   checking that chain                          (the same)
server_indexes whether PostgreSQL's indexes say what its tables say (the same)
queue          durable jobs with leases and fencing         (the same)
schema         opening, creating and migrating a store      (the same)
migration_plan bringing an older store up to date by hand   (the same)
server_migration the same for one in PostgreSQL             (the same)
home_files     which files of a store's folder are its state
sqlite_copy    copying a SQLite file that is in use
backup_folders which folders hold backups of a store  (the same)
stores         opening a whole store, copying it to another (the same)
migrating      running the migrations                       (the same)
postgres_schema creating the tables in PostgreSQL           (the same)

The data plane imports this room, so its front stays light: what needs SQLAlchemy is imported by file.
"""

from __future__ import annotations

from tidemill.storage.blob_urls import direct_urls, open_blobs
from tidemill.storage.blobs.cached_blobs import CachedBlobs
from tidemill.storage.blobs.local_blobs import LocalBlobs
from tidemill.storage.blobs.port import BlobStore, BulkPut, DirectUpload, DirectUrls, LocalPaths, StoredBlob, is_digest
from tidemill.storage.filelock import FileLock
from tidemill.storage.in_flight import InFlight
from tidemill.storage.keyvalue import KeyValueStore, open_keyvalue
from tidemill.storage.process_locks import ProcessLocks
from tidemill.storage.sqlite_keyvalue import SqliteKeyValue

__all__ = [
    "BlobStore",
    "BulkPut",
    "CachedBlobs",
    "DirectUpload",
    "DirectUrls",
    "FileLock",
    "InFlight",
    "KeyValueStore",
    "LocalBlobs",
    "LocalPaths",
    "ProcessLocks",
    "SqliteKeyValue",
    "StoredBlob",
    "direct_urls",
    "is_digest",
    "open_blobs",
    "open_keyvalue",
]
