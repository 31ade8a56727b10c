"""Erasure: everything that is kept of an entity goes, ids stay, and what held it is told.

records   what a request is: its keys, its state, what was found and done
keys      reading keys from words and from files
tables    what is needed of the port of tables
targets   where rows of an entity are: datasets, outputs of steps, models, online values, predictions, tables
messages  words of errors that name a value
left      blobs that nothing names any more, and those that nothing ever named
beyond    what cannot be reached from here: files of sources, backups, models that learnt from the rows
passes    looking through everything once
scrub     making a SQLite file forget what was deleted in it
again     erasing what a restored backup brings back
erasures  the verbs: plan, erase, finish, lift, list
"""

from __future__ import annotations

from tidemill.erasure.again import n_erased_since
from tidemill.erasure.erasures import Erasures
from tidemill.erasure.keys import parse_keys, read_keys
from tidemill.erasure.records import ErasureItem, ErasureReport, Stores
from tidemill.erasure.scrub import scrub_sqlite
from tidemill.erasure.tables import ErasableTables

__all__ = [
    "ErasableTables",
    "ErasureItem",
    "ErasureReport",
    "Erasures",
    "Stores",
    "n_erased_since",
    "parse_keys",
    "read_keys",
    "scrub_sqlite",
]
