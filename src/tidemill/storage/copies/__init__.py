"""Copies of a store: backing it up while it is in use, bringing a backup back, copying between backends.

backup          backing up a store that is in use
backup_manifest what a backup says of itself
restoring       checking a backup and bringing it back
copying         copying records and blobs between backends
copied_tables   the records' tables as they are copied

What opens a whole store, and copies it to another, is in `storage.stores`.
"""
