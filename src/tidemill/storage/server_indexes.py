"""Whether the indexes of a table in PostgreSQL say what the table says: a bad disk may change either.

By amcheck, which comes with PostgreSQL and has to be let into a database by its owner (`CREATE EXTENSION amcheck`).
Without it only the number of rows is compared, and the report says so.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction

_BY_TABLE = (
    "SELECT set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true), "
    "set_config('enable_bitmapscan', 'off', true)"
)
_INDEXES = (
    "SELECT this.relname, this.oid FROM pg_index JOIN pg_class this ON this.oid = indexrelid "
    "JOIN pg_am ON pg_am.oid = this.relam WHERE indrelid = CAST(:name AS regclass) AND amname = 'btree' "
    "ORDER BY this.relname"
)
_AMCHECK = (
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace "
    "WHERE extname = 'amcheck'"
)
_NOT_THERE = "the extension amcheck is not in its database, whose owner adds it by CREATE EXTENSION amcheck"


def count_in_table(tx: Transaction, counted: sa.Select[Any]) -> int:
    """Return a count, read from the table itself past its indexes."""
    tx.execute(sa.text(_BY_TABLE))
    return int(tx.scalar(counted))


def compare_indexes(tx: Transaction, table: str) -> tuple[list[str], str]:
    """Compare each index of a table with it; return what is wrong, and why it could not be told, if so.

    The last that a transaction can do: PostgreSQL ends it at what is wrong.
    """
    schema = tx.scalar(sa.text(_AMCHECK))
    if schema is None:
        return [], f"the indexes were not compared with their table: {_NOT_THERE}"
    check = sa.text(f"SELECT {schema}.bt_index_check(index => CAST(:oid AS oid), heapallindexed => true)")
    for index in tx.rows(sa.text(_INDEXES).bindparams(name=table)):
        try:
            tx.execute(check, {"oid": index["oid"]})
        except sa.exc.DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None) or ""
            said = " ".join(str(error.orig).split())[:200]
            if state[:2] == "XX":
                return [f"the index {index['relname']} is damaged: {said}"], ""
            if state[:2] in {"42", "0A"}:
                return [], f"the indexes were not compared with their table: {said}"
            raise
    return [], ""
