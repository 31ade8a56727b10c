"""Storage: small ports and their backends. No room above knows where bytes and rows are.

blobs          bytes by digest: the port and the local folder
aside          blobs set aside, on their way to being deleted
collection     garbage collection: which blobs go, and how
in_flight      marks of work whose records are still to be written
keyvalue       online values by key: the port and SQLite
online_values  how an online feature value is written as bytes and its key as text
filelock       a lock between processes
process_locks  which names have a living process
records        the port: Database, Transaction             (needs SQLAlchemy, import it by its file)
sqlite_records rows in SQLite                              (the same)
events         reading the event log                        (the same)
followers      reading sealed events by position, once      (the same)
sealing        gap-free positions and the chain of hashes   (the same)
verification   checking that chain                          (the same)
queue          durable jobs with leases and fencing         (the same)
schema         opening, creating and migrating a store      (the same)

The data plane imports this room, so its front stays light: what needs SQLAlchemy is imported by file.
"""

from __future__ import annotations

from tidemill.storage.blobs import BlobInfo, BlobStore, LocalBlobs
from tidemill.storage.filelock import FileLock
from tidemill.storage.in_flight import InFlight
from tidemill.storage.keyvalue import KeyValueStore, SqliteKeyValue
from tidemill.storage.process_locks import ProcessLocks

__all__ = [
    "BlobInfo",
    "BlobStore",
    "FileLock",
    "InFlight",
    "KeyValueStore",
    "LocalBlobs",
    "ProcessLocks",
    "SqliteKeyValue",
]
