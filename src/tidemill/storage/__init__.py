"""Storage: small ports and their backends. No room above knows where bytes and rows are.

blobs          bytes by digest: the port
local_blobs    bytes by digest in a local folder
object_blobs   bytes by digest in S3, Google Cloud Storage, Azure (needs the extra s3)
cached_blobs   copies of those as local files
bulk_put       taking many files at a time into a local folder
aside          blobs set aside, on their way to being deleted
collection     garbage collection: which blobs go, and how
in_flight      marks of work whose records are still to be written
blob_place     where blobs are, as a URL says it
bucket         requests to it, tried again, told in one line when they fail
object_streams what is on its way to and from it, hashed as it passes
bucket_home    whose a bucket is, and which of its blobs are condemned
blob_urls      from such a URL to a store
uploads        blobs in pieces, going on where they broke
packs          many small blobs in one body on its way
uploaded       which blobs were uploaded                    (needs SQLAlchemy, import it by its file)
ciphers        the ciphers, all from one library
master_key     the master key, read from where the settings say
keyring        the data keys of an encrypted store, wrapped
key_file       the keyring as a file of the store's folder
data_keys      the data keys of an opened store, in memory
sealed_stream  the form of an encrypted file
sealed_places  where encrypted blobs lie
encrypted_blobs blobs whose bytes and names say nothing
encrypted_keyvalue online values the same
sealed_columns columns that are sealed in an encrypted store (needs SQLAlchemy)
encryption     whether a store is encrypted; rotation       (the same)
confined       names that somebody gave, made into open files below a folder
tables         named, typed, versioned rows: the port
delta_tables   the same on Delta Lake                      (needs polars, import it by its file)
delta_versions how versions of them are made               (the same)
delta_log      the log of a Delta table as it is written
table_columns  which types columns have, how rows are fitted (needs polars)
table_files    the files of tables: the port, and a local folder
object_table_files the same in S3, Google Cloud Storage, Azure (needs the extra s3)
table_copies   tables in copies and backups
table_reports  tables as people look at them               (needs polars)
keyvalue       online values by key: the port, and the choice of its backend
sqlite_keyvalue  the same in one SQLite file
redis_keyvalue the same in Redis or Valkey
online_values  how an online feature value is written as bytes and its key as text
filelock       a lock between processes, taken in turn
file_systems   whether a folder is on a network file system
process_locks  which names have a living process
records        the port: Database, Transaction             (needs SQLAlchemy, import it by its file)
sqlite_records rows in SQLite                              (the same)
wal_file       how long SQLite's log of changes is
group_commit   writes of threads that share a transaction   (the same)
events         reading the event log                        (the same)
postgres_records rows in PostgreSQL                        (the same)
batches        many rows written at once, by each database's fastest way
stamps         whether anything was written since          (the same)
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
backup         backing up a store that is in use            (the same)
backup_folders which folders hold backups of a store  (the same)
backup_manifest what a backup says of itself
restoring      checking a backup and bringing it back       (the same)
stores         opening a whole store, copying it to another (the same)
copying        copying records and blobs between backends   (the same)
copied_tables  the tables as they are copied                (the same)
migrating      running the migrations                       (the same)
postgres_schema creating the tables in PostgreSQL           (the same)

The data plane imports this room, so its front stays light: what needs SQLAlchemy is imported by file.
"""

from __future__ import annotations

from tidemill.storage.blob_urls import direct_urls, open_blobs
from tidemill.storage.blobs import BlobStore, BulkPut, DirectUpload, DirectUrls, LocalPaths, StoredBlob, is_digest
from tidemill.storage.cached_blobs import CachedBlobs
from tidemill.storage.filelock import FileLock
from tidemill.storage.in_flight import InFlight
from tidemill.storage.keyvalue import KeyValueStore, open_keyvalue
from tidemill.storage.local_blobs import LocalBlobs
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
