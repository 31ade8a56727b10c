"""Tables in a collection: versions that a line of the policy no longer keeps, and files that no version has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tidemill.core import TidemillError
from tidemill.retention.rule import Rule, oldest
from tidemill.storage.tables.port import Tables

#: Before all versions: none of them goes, only files that are in none.
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class TableShare:
    """What goes, or went, of one table: files, their bytes, older versions. why_not: why nothing of it can be taken."""

    name: str
    n_files: int = 0
    n_bytes: int = 0
    n_versions: int = 0
    why_not: str = ""


def vacuum_tables(tables: Tables, rule: Rule | None, now: datetime, *, dry_run: bool) -> tuple[TableShare, ...]:
    """Take what no kept version of any table needs; return the tables of which something goes, or cannot.

    rule: how old a version may be; the newest stays, and every one that was it since. Without a rule all versions stay.
    A table that cannot be read, or that others have made, is told and left alone.
    """
    before = _NEVER if rule is None or rule.age is None else oldest(rule.age, now)
    found = []
    for name in tables.list():
        try:
            share = TableShare(name, *tables.vacuum(name, before, dry_run=dry_run))
        except TidemillError as error:
            share = TableShare(name, why_not=str(error))
        if share != TableShare(name):
            found.append(share)
    return tuple(found)
