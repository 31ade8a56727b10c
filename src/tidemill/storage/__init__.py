"""Storage: small ports and their backends. No room above knows where bytes and rows are.

blobs          bytes by digest: the port and the local folder
keyvalue       online values by key: the port, and the choice of its backend
sqlite_keyvalue  the same in one SQLite file
redis_keyvalue the same in Redis or Valkey
online_values  how an online feature value is written as bytes and its key as text
filelock       a lock between processes, taken in turn
file_systems   whether a folder is on a network file system
process_locks  which names have a living process
records        the port: Database, Transaction             (needs SQLAlchemy, import it by its file)
sqlite_records rows in SQLite                              (the same)
group_commit   writes of threads that share a transaction   (the same)
events         reading the event log                        (the same)
postgres_records rows in PostgreSQL                        (the same)
statements     what SQLite and PostgreSQL say differently   (the same)
followers      reading sealed events by position, once      (the same)
sealing        gap-free positions and the chain of hashes   (the same)
verification   checking that chain                          (the same)
queue          durable jobs with leases and fencing         (the same)
schema         opening, creating and migrating a store      (the same)
migrating      running the migrations                       (the same)
postgres_schema creating the tables in PostgreSQL           (the same)

The data plane imports this room, so its front stays light: what needs SQLAlchemy is imported by file.
"""

from __future__ import annotations

from tidemill.storage.blobs import BlobStore, LocalBlobs
from tidemill.storage.filelock import FileLock
from tidemill.storage.keyvalue import KeyValueStore, open_keyvalue
from tidemill.storage.process_locks import ProcessLocks
from tidemill.storage.sqlite_keyvalue import SqliteKeyValue

__all__ = ["BlobStore", "FileLock", "KeyValueStore", "LocalBlobs", "ProcessLocks", "SqliteKeyValue", "open_keyvalue"]
